package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.mirror.WriterOptions;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.table.ChangeWriter;
import dev.cdcpipeline.sink.table.Refusals;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * From which size on a flush is faster by {@code COPY} than by arrays: milliseconds a flush of
 * orders, both ways in turn on one table, so that whatever else the machine does is done to both.
 * What {@code copy.threshold} should be is where the ratio passes 1.
 *
 * <p>{@code java -cp cdc-bench/target/benchmarks.jar dev.cdcpipeline.bench.jmh.CopyThreshold
 * [ROUNDS]}
 */
public final class CopyThreshold {
  private static final int[] SIZES = {50, 100, 200, 350, 500, 750, 1_000, 2_000, 5_000};
  private static final int EXISTING = 200_000;
  private static final int ROUNDS = 31;

  /** What a kind of writer does with one flush. */
  private interface Flush {
    void write(List<RowChange> changes);
  }

  private final SessionOptions session;
  private final OrderChanges changes = new OrderChanges(7);
  private final int rounds;
  private int nextKey = 1;

  private CopyThreshold(SessionOptions session, int rounds) {
    this.session = session;
    this.rounds = rounds;
  }

  /** Arguments: how often each size is written each way. */
  public static void main(String[] args) throws Exception {
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("shared_buffers", "256MB")
            .setServerConfig("max_wal_size", "4GB")
            .start()) {
      int rounds = args.length == 0 ? ROUNDS : Integer.parseInt(args[0]);
      CopyThreshold bench =
          new CopyThreshold(
              SessionOptions.of(server.getJdbcUrl("postgres", "postgres"), "postgres", null),
              rounds);
      System.out.println("| table | keys | rows | arrays, ms | COPY, ms | arrays / COPY |");
      System.out.println("|---|---|---|---|---|---|");
      bench.measure("upserted", bench.tables("arrays", 1_000_000), bench.tables("copy", 1));
      bench.measure("mirror", bench.mirrors("m_arrays", 1_000_000), bench.mirrors("m_copy", 1));
    }
  }

  private void measure(String table, Flush arrays, Flush copy) throws SQLException {
    nextKey = 1;
    // both have their plans and temporary tables before anything is measured
    for (int i = 0; i < 20; i++) {
      arrays.write(created(EXISTING / 40));
      copy.write(created(EXISTING / 40));
    }
    for (boolean existing : new boolean[] {false, true}) {
      for (int size : SIZES) {
        analyze();
        List<Double> byArrays = new ArrayList<>();
        List<Double> byCopy = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
          // neither is always the first
          boolean swapped = round % 2 == 1;
          (swapped ? byCopy : byArrays).add(time(swapped ? copy : arrays, existing, size));
          (swapped ? byArrays : byCopy).add(time(swapped ? arrays : copy, existing, size));
        }
        Measured a = new Measured("ms", byArrays);
        Measured c = new Measured("ms", byCopy);
        System.out.printf(
            Locale.ROOT,
            "| %s | %s | %,d | %.2f | %.2f | %.2f |%n",
            table,
            existing ? "existing" : "new",
            size,
            a.median(),
            c.median(),
            a.median() / c.median());
      }
    }
  }

  private double time(Flush flush, boolean existing, int size) {
    List<RowChange> batch =
        existing
            ? changes.ofEach(Operation.UPDATE, 1 + nextKey % (EXISTING - size), size)
            : created(size);
    if (existing) {
      nextKey += size;
    }
    long begun = System.nanoTime();
    flush.write(batch);
    return (System.nanoTime() - begun) / 1e6;
  }

  private List<RowChange> created(int size) {
    List<RowChange> batch = changes.ofEach(Operation.CREATE, nextKey, size);
    nextKey += size;
    return batch;
  }

  private void analyze() throws SQLException {
    try (Connection connection = TargetSession.open(session)) {
      connection.setAutoCommit(true);
      Query.of("VACUUM ANALYZE").run(connection);
    }
  }

  private Flush tables(String sink, int copyThreshold) {
    Connection connection = TargetSession.open(session);
    OffsetLedger ledger = ledger(connection, sink);
    ledger.claimPartitions(List.of(OrderChanges.PARTITION));
    ChangeWriter writer = new ChangeWriter(connection, ledger, Refusals.none(), copyThreshold);
    return batch -> {
      batch.forEach(writer::add);
      writer.commit();
    };
  }

  private Flush mirrors(String sink, int copyThreshold) {
    Connection connection = TargetSession.open(session);
    OffsetLedger ledger = ledger(connection, sink);
    ledger.claim(List.of(OrderChanges.PARTITION));
    TransactionalWriter writer =
        new TransactionalWriter(
            connection,
            ledger,
            WriterOptions.defaults().withCopyThreshold(copyThreshold),
            List.of());
    return batch -> {
      writer.stage(batch);
      writer.endOfTransaction();
      writer.commit(
          List.of(new OffsetUpdate(OrderChanges.PARTITION, null, changes.nextOffset(), 0)),
          Optional.empty());
    };
  }

  private static OffsetLedger ledger(Connection connection, String sink) {
    OffsetLedger ledger = new OffsetLedger(connection, "cdc", sink);
    ledger.createObjects();
    return ledger;
  }
}
