package dev.cdcpipeline.sink.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ShopHistory;
import dev.cdcpipeline.sink.result.SourceCommit;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The connection is cut at each message of the sink's life to the database, one after the other:
 * before the statement reaches the server, and after the server has carried it out but before its
 * answer arrives, {@code COMMIT} included. After each cut the target is what its ledger says:
 * mirrors, results and position are those of a sink that nobody interrupted, at that offset. Then
 * the sink starts again from its ledger, and the target equals the other one at the log's end.
 *
 * <p>{@code -Dcrash.stride=1} cuts at every message also where the default leaves some out.
 */
class CrashMatrixIT {
  private static final int STRIDE = Integer.getInteger("crash.stride", 7);
  private static EmbeddedPostgres postgres;
  private static CuttingProxy proxy;
  private static Connection admin;
  private static List<ResultDefinition> results;

  @BeforeAll
  static void start() throws IOException, SQLException {
    postgres = EmbeddedPostgres.builder().start();
    proxy = new CuttingProxy(postgres.getPort());
    admin = postgres.getPostgresDatabase().getConnection();
    admin.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    admin.setAutoCommit(false);
    results = ResultFile.readDirectory(Path.of("../infra/results"));
  }

  @AfterAll
  static void stop() throws IOException, SQLException {
    proxy.close();
    admin.close();
    postgres.close();
  }

  private static SessionOptions session(int port) {
    return SessionOptions.of(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?sslmode=disable&gssEncMode=disable",
        "postgres",
        null);
  }

  static List<Arguments> kinds() {
    List<Arguments> kinds = new ArrayList<>();
    for (CuttingProxy.Cut cut : CuttingProxy.Cut.values()) {
      for (boolean large : new boolean[] {false, true}) {
        for (boolean withResults : new boolean[] {false, true}) {
          kinds.add(Arguments.of(cut, large ? "large" : "small", withResults));
        }
      }
    }
    return kinds;
  }

  @ParameterizedTest(name = "{0}, {1} flushes, results {2}")
  @MethodSource("kinds")
  void aFlushOfARunningSink(CuttingProxy.Cut cut, String size, boolean withResults)
      throws SQLException {
    ShopHistory history = new ShopHistory(11, 5);
    List<SinkLife.Step> log = new ArrayList<>();
    log.add(SinkLife.flush(commits(history, 12)));
    Matrix matrix = new Matrix("flush", cut, size, withResults, log);
    matrix.prepare();
    matrix.cutEverywhere(
        withResults ? STRIDE : 1, () -> log.add(SinkLife.flush(commits(history, 6))));
  }

  @ParameterizedTest(name = "{0}, {1} flushes, results {2}")
  @MethodSource("kinds")
  void aSnapshotOverWhatIsThere(CuttingProxy.Cut cut, String size, boolean withResults)
      throws SQLException {
    ShopHistory history = new ShopHistory(12, 4);
    List<SinkLife.Step> log = new ArrayList<>();
    log.add(SinkLife.flush(commits(history, 12)));
    Matrix matrix = new Matrix("snapshot", cut, size, withResults, log);
    matrix.prepare();
    matrix.cutEverywhere(
        withResults ? STRIDE : 1,
        () -> {
          commits(history, 3); // what the sink never read, and the snapshot shows
          SourceCommit rows = history.snapshot();
          int half = rows.changes().size() / 2;
          log.add(SinkLife.snapshotRows(part(rows, 0, half), false));
          log.add(SinkLife.snapshotRows(part(rows, half, rows.changes().size()), true));
          log.add(SinkLife.snapshotEnd(rows));
        });
  }

  private static SourceCommit part(SourceCommit rows, int from, int to) {
    return new SourceCommit(
        rows.previousCommit(),
        rows.commitLsn(),
        rows.timeMicros(),
        rows.changes().subList(from, to));
  }

  private static List<SourceCommit> commits(ShopHistory history, int n) {
    List<SourceCommit> commits = new ArrayList<>();
    while (commits.size() < n) {
      SourceCommit commit = history.next();
      if (!commit.changes().isEmpty()) {
        commits.add(commit);
      }
    }
    return commits;
  }

  /** A sink that is interrupted again and again, beside one that is not. */
  private static final class Matrix {
    private final CuttingProxy.Cut cut;
    private final List<SinkLife.Step> log;
    private final SinkLife.Sink victim;
    private final SinkLife.Sink reference;
    // what the target holds at each offset of the log
    private final Map<Integer, Map<String, List<String>>> expected = new HashMap<>();

    Matrix(
        String name,
        CuttingProxy.Cut cut,
        String size,
        boolean withResults,
        List<SinkLife.Step> log) {
      this.cut = cut;
      this.log = log;
      List<ResultDefinition> kept = withResults ? results : List.of();
      String suffix = (name + "_" + cut + "_" + size + "_" + withResults).toLowerCase(Locale.ROOT);
      boolean large = size.equals("large");
      this.victim = new SinkLife.Sink(suffix + "_cut", large, kept);
      this.reference = new SinkLife.Sink(suffix, large, kept);
    }

    void prepare() throws SQLException {
      SinkLife.run(victim, session(postgres.getPort()), log);
      runReference(0);
    }

    private void runReference(int from) throws SQLException {
      for (int end = from + 1; end <= log.size(); end++) {
        SinkLife.run(reference, session(postgres.getPort()), log.subList(0, end));
        expected.put(end, TargetContents.of(admin, reference));
      }
    }

    /** Until the life is too short to be cut any more, three times in a row. */
    void cutEverywhere(int stride, Runnable more) throws SQLException {
      int cuts = 0;
      int missed = 0;
      for (int nth = 1; missed < 3; nth += stride) {
        int from = log.size();
        more.run();
        runReference(from);
        proxy.arm(cut, nth);
        TransientWriteException failure = lifeUntilCut();
        boolean fired = proxy.disarm();
        String where = victim.suffix() + ", message " + nth + ", " + proxy.what();
        assertThat(failure != null).as(where + ": the cut is noticed").isEqualTo(fired);
        Map<String, List<String>> left = TargetContents.of(admin, victim);
        assertThat(left)
            .as(where + ": rows and ledger are of one flush")
            .isEqualTo(expected.get(TargetContents.nextOffset(left)));
        if (fired) {
          cuts++;
        } else {
          missed++;
        }
        SinkLife.run(victim, session(postgres.getPort()), log);
        assertThat(TargetContents.of(admin, victim))
            .as(where + ": started again")
            .isEqualTo(expected.get(log.size()));
      }
      assertThat(cuts).as("cuts").isGreaterThan(5);
    }

    /** Any other failure than a passing one would have stopped the task for good. */
    private TransientWriteException lifeUntilCut() throws SQLException {
      try {
        SinkLife.run(victim, session(proxy.port()), log);
        return null;
      } catch (TransientWriteException e) {
        return e;
      }
    }
  }
}
