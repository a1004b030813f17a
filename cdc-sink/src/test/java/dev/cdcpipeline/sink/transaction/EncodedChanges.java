package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.model.event.TransactionBlock;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Changes of tables with a key and a version, whose encoded form is text. */
final class EncodedChanges {
  private static final RowType TYPE =
      new RowType(
          List.of(
              new Column("id", ColumnType.INT32, false, Map.of()),
              new Column("version", ColumnType.INT32, false, Map.of())));

  private EncodedChanges() {}

  /** What Debezium would write, before it has a place in a partition. */
  record Event(
      String table,
      Operation operation,
      Source.Snapshot snapshot,
      int id,
      int version,
      Long lsn,
      Long previousCommit,
      Long transactionId,
      long totalOrder,
      long tableOrder) {

    /** The same in a transaction of which the table has changes of other tables between. */
    Event numbered(long number) {
      return new Event(
          table,
          operation,
          snapshot,
          id,
          version,
          lsn,
          previousCommit,
          transactionId,
          totalOrder,
          number);
    }

    /** The same with the mark of a snapshot, as Debezium sets it after some restarts. */
    Event marked(Source.Snapshot mark) {
      return new Event(
          table,
          operation,
          mark,
          id,
          version,
          lsn,
          previousCommit,
          transactionId,
          totalOrder,
          tableOrder);
    }

    ReadChange at(PartitionId partition, long offset) {
      Coordinates at = new Coordinates(partition.topic(), partition.partition(), offset);
      byte[] value =
          String.join(
                  "|",
                  table,
                  operation.code(),
                  Integer.toString(id),
                  Integer.toString(version),
                  Long.toString(lsn == null ? 0 : lsn),
                  Long.toString(totalOrder))
              .getBytes(StandardCharsets.UTF_8);
      byte[] key = operation == Operation.TRUNCATE ? null : new byte[] {(byte) id};
      return new ReadChange(
          decode(at, key, value),
          new Source(
              "public",
              table,
              transactionId == null ? 0 : transactionId,
              lsn == null ? null : new Lsn(lsn),
              previousCommit == null ? null : new Lsn(previousCommit),
              snapshot,
              commitMillis(transactionId) * 1_000L + 7),
          transactionId == null || totalOrder == 0
              ? null
              : new TransactionBlock(transactionId + ":" + lsn, totalOrder, tableOrder),
          key,
          value);
    }
  }

  static Event streamed(
      String table, int id, int version, long transaction, long lsn, Long previous, long order) {
    return new Event(
        table,
        Operation.UPDATE,
        Source.Snapshot.FALSE,
        id,
        version,
        lsn,
        previous,
        transaction,
        order,
        order);
  }

  static Event truncate(String table, long transaction, long lsn, Long previous, long order) {
    return new Event(
        table,
        Operation.TRUNCATE,
        Source.Snapshot.FALSE,
        -1,
        0,
        lsn,
        previous,
        transaction,
        order,
        order);
  }

  static Event snapshot(String table, int id, int version, long lsn, Source.Snapshot mark) {
    return new Event(table, Operation.READ, mark, id, version, lsn, null, null, 0, 0);
  }

  static Event incremental(String table, int id, int version, Long previous) {
    return new Event(
        table,
        Operation.READ,
        Source.Snapshot.INCREMENTAL,
        id,
        version,
        null,
        previous,
        null,
        0,
        0);
  }

  /** Every transaction of the tests commits a millisecond after the one with the next lower id. */
  static long commitMillis(Long transaction) {
    return 1_000L + (transaction == null ? 0 : transaction);
  }

  static TransactionMarker begin(long transaction, long lsn) {
    return new TransactionMarker(
        TransactionMarker.Status.BEGIN,
        transaction + ":" + lsn,
        0,
        Map.of(),
        commitMillis(transaction));
  }

  static TransactionMarker end(long transaction, long commitLsn, Map<String, Long> counts) {
    return new TransactionMarker(
        TransactionMarker.Status.END,
        transaction + ":" + commitLsn,
        counts.values().stream().mapToLong(Long::longValue).sum(),
        counts,
        commitMillis(transaction));
  }

  static RowChange decode(Coordinates at, byte[] key, byte[] value) {
    String[] parts = new String(value, StandardCharsets.UTF_8).split("\\|");
    Operation operation = Operation.of(parts[1]);
    Lsn lsn = new Lsn(Long.parseLong(parts[4]));
    return new RowChange(
        new TableId("public", parts[0]),
        operation,
        List.of("id"),
        operation == Operation.TRUNCATE
            ? null
            : new Row(TYPE, new Object[] {Integer.valueOf(parts[2]), Integer.valueOf(parts[3])}),
        new SourcePosition(0, lsn, lsn, Long.parseLong(parts[5])),
        1_000_000L,
        at);
  }
}
