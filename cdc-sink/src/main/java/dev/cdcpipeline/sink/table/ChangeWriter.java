package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
import dev.cdcpipeline.sink.binary.RowEncoding;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.postgres.FencedException;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.postgres.WriteException;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes rows that a plain consumer makes of its records, with their offsets, for callers who need
 * neither Connect nor bytes.
 *
 * <p>Valid: {@code (add* commit)*}. A change goes to the table it names, which is a table of the
 * target; one without key columns is appended. After an exception everything added is forgotten:
 * read again from the ledger's offsets. Not thread-safe.
 */
public final class ChangeWriter implements AutoCloseable {
  private static final int COPY_THRESHOLD = 3_000;
  private static final RowType NO_KEY = new RowType(List.of());

  private record Source(TableId table, RowType type, List<String> keyColumns) {}

  private record Way(TablePlan plan, RowEncoding encoding) {}

  private final TableWriter<Coordinates> writer;
  private final Refusals<Coordinates> refusals;
  private final TableBatch<Coordinates> batch = new TableBatch<>();
  private final Map<Source, Way> ways = new HashMap<>();
  private final Map<PartitionId, Long> nextOffsets = new HashMap<>();

  /**
   * A writer without tables yet.
   *
   * @param connection from {@link TargetSession#open}; the writer commits and rolls back on it
   * @param ledger of the same connection, with its partitions claimed
   * @param refusals takes the records that the target refuses
   */
  public ChangeWriter(Connection connection, OffsetLedger ledger, Refusals<Coordinates> refusals) {
    this(connection, ledger, refusals, COPY_THRESHOLD);
  }

  /**
   * A writer without tables yet.
   *
   * @param connection from {@link TargetSession#open}; the writer commits and rolls back on it
   * @param ledger of the same connection, with its partitions claimed
   * @param refusals takes the records that the target refuses
   * @param copyThreshold rows of a table in a commit from which on they go by {@code COPY} instead
   *     of arrays, at least 1
   */
  public ChangeWriter(
      Connection connection,
      OffsetLedger ledger,
      Refusals<Coordinates> refusals,
      int copyThreshold) {
    this.writer = new TableWriter<>(connection, ledger, copyThreshold, true);
    this.refusals = refusals;
  }

  /**
   * Takes the next change of a partition; nothing is written yet.
   *
   * @throws IllegalArgumentException for a truncate or a message, which are changes of no row
   * @throws WriteException the table is missing or does not fit, or the target is away
   */
  public void add(RowChange change) {
    if (change.operation() == Operation.TRUNCATE || change.operation() == Operation.MESSAGE) {
      throw new IllegalArgumentException(
          "[%s] %s is no change of a single row"
              .formatted(change.coordinates(), change.operation()));
    }
    Way way =
        ways.computeIfAbsent(
            new Source(change.table(), change.row().type(), change.keyColumns()), this::way);
    way.encoding().begin();
    if (change.operation() == Operation.DELETE) {
      put(change.row(), change.keyColumns(), way.encoding().valueTargets());
      batch.rows(way.plan()).delete(way.encoding(), change.coordinates());
    } else {
      RowEncoding.put(change.row(), way.encoding().valueTargets());
      batch.rows(way.plan()).upsert(way.encoding(), change.coordinates());
    }
    nextOffsets.put(PartitionId.of(change.coordinates()), change.coordinates().offset() + 1);
  }

  private Way way(Source source) {
    WriteMode mode = source.keyColumns().isEmpty() ? WriteMode.APPEND : WriteMode.UPSERT;
    TableOptions options = TableOptions.of(mode).withSchemaEvolution(SchemaEvolution.ADD);
    TablePlan plan = writer.plan(source.table(), options, source.type(), source.keyColumns());
    return new Way(plan, plan.encoding(NO_KEY, source.type()));
  }

  private static void put(Row row, List<String> columns, ValueTarget[] targets) {
    for (String column : columns) {
      int place = row.type().indexOf(column);
      targets[place].set(row.get(place));
    }
  }

  /**
   * Makes what was added visible, together with the offsets behind it.
   *
   * @throws TransientWriteException rolled back, or, if the connection was lost in the commit
   *     itself, perhaps committed: the ledger knows
   * @throws FencedException rolled back; another writer has claimed a partition
   */
  public FlushResult commit() {
    List<OffsetUpdate> offsets = new ArrayList<>(nextOffsets.size());
    nextOffsets.forEach(
        (partition, next) -> offsets.add(new OffsetUpdate(partition, null, next, 0)));
    try {
      return writer.write(batch, offsets, refusals);
    } finally {
      batch.clear();
      nextOffsets.clear();
    }
  }

  /** Closes prepared statements; the connection is the caller's. */
  @Override
  public void close() {
    writer.close();
  }
}
