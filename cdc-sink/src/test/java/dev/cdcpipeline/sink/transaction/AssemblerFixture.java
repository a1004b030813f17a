package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.transaction.EncodedChanges.Event;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An assembler, a clock to turn, and the next offset of each partition. */
final class AssemblerFixture {
  static final PartitionId ORDERS_0 = new PartitionId("shop.public.orders", 0);
  static final PartitionId ORDERS_1 = new PartitionId("shop.public.orders", 1);
  static final PartitionId CUSTOMERS_0 = new PartitionId("shop.public.customers", 0);
  static final PartitionId MARKERS = DebeziumTopics.TRANSACTION_PARTITION;

  final TransactionAssembler assembler;
  private final Map<PartitionId, Long> offsets = new HashMap<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  AssemblerFixture(Path directory, AssemblerStart start, long bufferMaxBytes) {
    Clock clock =
        new Clock() {
          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now;
          }
        };
    assembler =
        new TransactionAssembler(
            new AssemblerOptions(
                DebeziumTopics.TRANSACTIONS,
                bufferMaxBytes,
                Duration.ofSeconds(60),
                directory,
                "sink of a test",
                table -> !table.equals("public.audit") && !table.equals("message")),
            start,
            EncodedChanges::decode,
            clock);
    assembler.assign(Map.of(ORDERS_0, 0L, ORDERS_1, 0L, CUSTOMERS_0, 0L, MARKERS, 0L));
  }

  static AssemblerFixture started(Path directory) {
    return new AssemblerFixture(directory, AssemblerStart.after(Optional.empty()), 1_000_000);
  }

  void read(PartitionId partition, Event event) {
    assembler.change(event.at(partition, nextOffset(partition)));
  }

  /** Reads a change of a transaction that committed at another time than the tests give. */
  void read(PartitionId partition, Event event, long commitMillis) {
    ReadChange at = event.at(partition, nextOffset(partition));
    Source source = at.source();
    assembler.change(
        new ReadChange(
            at.change(),
            new Source(
                source.schema(),
                source.table(),
                source.transactionId(),
                source.lsn(),
                source.previousCommit(),
                source.snapshot(),
                commitMillis * 1_000L),
            at.transaction(),
            at.key(),
            at.value()));
  }

  void read(TransactionMarker marker) {
    read(marker, Delivery.WHOLE_TRANSACTIONS);
  }

  void read(TransactionMarker marker, Delivery by) {
    assembler.marker(
        marker, by, new Coordinates(MARKERS.topic(), MARKERS.partition(), nextOffset(MARKERS)));
  }

  void readTombstone(PartitionId partition) {
    assembler.ignored(
        new Coordinates(partition.topic(), partition.partition(), nextOffset(partition)));
  }

  long nextOffset(PartitionId partition) {
    return offsets.merge(partition, 1L, Long::sum) - 1;
  }

  void pass(Duration time) {
    now = now.plus(time);
  }

  List<Release> releases() {
    List<Release> all = new ArrayList<>();
    Optional<Release> next;
    while ((next = assembler.poll()).isPresent()) {
      all.add(next.get());
    }
    return all;
  }

  /** Ids of the transactions that come out now. */
  List<Long> released() {
    return releases().stream().map(r -> ((SourceTransaction) r).transactionId()).toList();
  }

  /** The last transaction that the target holds, of those whose commit times the tests give. */
  static AppliedTransaction applied(long id, long commitLsn) {
    return new AppliedTransaction(id, new Lsn(commitLsn), EncodedChanges.commitMillis(id));
  }

  static List<RowChange> changes(SourceTransaction transaction) {
    List<RowChange> all = new ArrayList<>();
    transaction.chunks(3, Long.MAX_VALUE).forEach(all::addAll);
    return all;
  }
}
