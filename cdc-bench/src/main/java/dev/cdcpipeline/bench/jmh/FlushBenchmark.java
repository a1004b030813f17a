package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.mirror.WriterOptions;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.postgresql.PGConnection;

/**
 * One flush into an embedded PostgreSQL over loopback, from decoded changes to the commit:
 * milliseconds a flush, by its number of rows, for orders that are new and for orders that exist.
 * The server shares the machine's cores with the benchmark; fsync is on, the sink's session does
 * not wait for it, as by default.
 *
 * <ul>
 *   <li>{@link #flush}: ours: reduction, staging, mirror, ledger, no results.
 *   <li>{@link #stagedMerge}: the ceiling: the same rows, encoded beforehand, by {@code COPY} into
 *       a temporary table and one {@code INSERT … ON CONFLICT DO UPDATE}. It reduces nothing,
 *       encodes nothing, keeps no ledger, reads no old rows and rewrites rows that did not change.
 * </ul>
 *
 * <p>The tables grow while new keys are measured; compare {@code flush} and {@code stagedMerge} of
 * the same parameters only.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 30)
@Measurement(iterations = 30)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class FlushBenchmark {
  private static final int EXISTING = 200_000;

  /** Which orders a flush touches. */
  public enum Keys {
    NEW,
    EXISTING
  }

  @Param({"100", "1000", "10000", "50000"})
  public int rows;

  @Param public Keys keys;

  private final OrderChanges changes = new OrderChanges(7);
  private EmbeddedPostgres server;
  private Connection connection;
  private TransactionalWriter writer;
  private int nextKey = 1;
  private List<RowChange> batch;
  private byte[] copyText;

  @Setup
  public void fillTheTables() throws IOException, SQLException {
    server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("shared_buffers", "256MB")
            .setServerConfig("max_wal_size", "4GB")
            .start();
    connection =
        TargetSession.open(
            SessionOptions.of(server.getJdbcUrl("postgres", "postgres"), "postgres", null));
    OffsetLedger ledger = new OffsetLedger(connection, "cdc", "bench");
    ledger.createObjects();
    ledger.claim(List.of(OrderChanges.PARTITION));
    writer = new TransactionalWriter(connection, ledger, WriterOptions.defaults(), List.of());
    int filled = keys == Keys.EXISTING ? EXISTING : 1000;
    write(changes.ofEach(Operation.CREATE, nextKey, filled));
    nextKey += filled;
    run("CREATE TABLE merged (LIKE mirror.orders INCLUDING ALL)");
    run("INSERT INTO merged SELECT * FROM mirror.orders");
    run("CREATE TEMPORARY TABLE staged ON COMMIT DELETE ROWS AS SELECT * FROM merged LIMIT 0");
    connection.commit();
    connection.setAutoCommit(true);
    run("VACUUM ANALYZE mirror.orders");
    run("VACUUM ANALYZE merged");
    connection.setAutoCommit(false);
  }

  @Setup(Level.Invocation)
  public void makeBatch() {
    batch =
        switch (keys) {
          case NEW -> changes.ofEach(Operation.CREATE, nextKey, rows);
          case EXISTING -> changes.ofEach(Operation.UPDATE, 1 + nextKey % (EXISTING - rows), rows);
        };
    nextKey += rows;
    copyText = copyText(batch);
  }

  @TearDown
  public void stopTheServer() throws IOException {
    writer.close();
    server.close();
  }

  @Benchmark
  public FlushResult flush() {
    return write(batch);
  }

  @Benchmark
  public long stagedMerge() throws SQLException, IOException {
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("COPY staged FROM STDIN", new ByteArrayInputStream(copyText));
    run(
        """
        INSERT INTO merged SELECT * FROM staged
        ON CONFLICT (order_id) DO UPDATE SET
          customer_id = excluded.customer_id, order_status = excluded.order_status,
          total_amount = excluded.total_amount, shipping_address = excluded.shipping_address,
          created_at = excluded.created_at, updated_at = excluded.updated_at,
          _cdc_applied_at = excluded._cdc_applied_at, _cdc_position = excluded._cdc_position
        """);
    connection.commit();
    return copyText.length;
  }

  private FlushResult write(List<RowChange> rowChanges) {
    writer.stage(rowChanges);
    writer.endOfTransaction();
    return writer.commit(
        List.of(new OffsetUpdate(OrderChanges.PARTITION, null, changes.nextOffset(), 0)),
        Optional.empty());
  }

  private static byte[] copyText(List<RowChange> batch) {
    StringBuilder text = new StringBuilder(batch.size() * 150);
    for (RowChange change : batch) {
      for (int i = 0; i < 5; i++) {
        text.append(change.row().get(i)).append('\t');
      }
      text.append("2026-01-01 00:00:00\t2026-01-01 00:00:00\t2026-01-01 00:00:00+00\t")
          .append(change.position().lsn())
          .append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
