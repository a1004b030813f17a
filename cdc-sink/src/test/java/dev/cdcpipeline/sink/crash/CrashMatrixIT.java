package dev.cdcpipeline.sink.crash;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The sink is cut at the messages of its life to the database, one after the other: before the
 * statement reaches the server, and after the server has carried it out but before its answer
 * arrives, {@code COMMIT} included. What is cut is the connection, the server's process or the
 * sink's. After each cut the target is what its ledger says: tables, results and position are those
 * of a sink that nobody interrupted, at that offset. Then the sink starts again from its ledger, is
 * cut at the next place, and in the end, when it is not, equals the other one at the log's end.
 *
 * <p>By default one place of each kind of statement is cut, at each kind of message; with {@code
 * -Dcrash.all=true} every place.
 */
class CrashMatrixIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final Predicate<String> ANYWHERE = Pattern.compile("(?s).*").asMatchPredicate();
  private static final Predicate<String> AT_COMMITS =
      Pattern.compile("[QES] COMMIT.*").asMatchPredicate();

  /** By default all that the scenarios differ in; the other kinds are cut in one of each mode. */
  private static final Predicate<String> WHERE_ROWS_OR_TABLES_CHANGE =
      Pattern.compile(". (.* .*|CREATE|ALTER|DROP)").asMatchPredicate();

  /** What a killed process may leave half done. */
  private static final Predicate<String> WHERE_TO_KILL =
      Pattern.compile("[QES] (COMMIT after )?UPDATE cdc_|c COPY .*").asMatchPredicate();

  // data decide whether a life has some statements
  private static final int MOST_TRIES = 20;

  private static EmbeddedPostgres postgres;
  private static CuttingProxy proxy;
  private static int targets;

  private static void nothingElse(int backend) {}

  @BeforeAll
  static void start() throws IOException {
    postgres = EmbeddedPostgres.builder().start();
    proxy = new CuttingProxy(postgres.getPort());
  }

  @AfterAll
  static void stop() throws IOException {
    proxy.close();
    postgres.close();
  }

  static Stream<Arguments> cuts() {
    return Stream.of(Scenario.Kind.values())
        .flatMap(kind -> Stream.of(CuttingProxy.Cut.values()).map(cut -> Arguments.of(kind, cut)));
  }

  /** What is slow: by default in one scenario of each mode. */
  static Stream<Scenario.Kind> oneOfEachMode() {
    return Stream.of(Scenario.Kind.values())
        .filter(
            kind ->
                Scenario.ALL
                    || kind == Scenario.Kind.TRANSACTIONS_BY_ARRAYS
                    || kind == Scenario.Kind.TOPICS_BY_COPY);
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void theConnectionOfARunningSink(Scenario.Kind kind, CuttingProxy.Cut cut) throws Exception {
    try (Matrix matrix = new Matrix(kind)) {
      matrix.begin();
      boolean everyKind = oneOfEachMode().anyMatch(kind::equals);
      // but for a commit, an answer that is lost is as a next statement that is
      Predicate<String> some =
          cut == CuttingProxy.Cut.LOST ? WHERE_ROWS_OR_TABLES_CHANGE : AT_COMMITS;
      for (Place place : matrix.places(cut, everyKind ? ANYWHERE : some)) {
        matrix.cut(cut, place, CrashMatrixIT::nothingElse, matrix::liveAndFail);
      }
      matrix.startAgain();
    }
  }

  /** By default behind the commits alone: what is between two is rolled back, DDL as well. */
  @ParameterizedTest
  @MethodSource("oneOfEachMode")
  void theConnectionOfASinkThatStartsForTheFirstTime(Scenario.Kind kind) throws Exception {
    for (CuttingProxy.Cut cut : CuttingProxy.Cut.values()) {
      if (cut == CuttingProxy.Cut.UNANSWERED || Scenario.ALL) {
        try (Matrix matrix = new Matrix(kind)) {
          matrix.grow();
          for (Place place : matrix.everyPlace(cut, Scenario.ALL ? ANYWHERE : AT_COMMITS)) {
            matrix.startOver();
            matrix.cut(cut, place, CrashMatrixIT::nothingElse, matrix::liveAndFail);
            matrix.startAgain();
          }
        }
      }
    }
  }

  /** All other sessions die with it, and what was committed last may be lost with its ledger. */
  @ParameterizedTest
  @MethodSource("oneOfEachMode")
  void theServersProcess(Scenario.Kind kind) throws Exception {
    try (Matrix matrix = new Matrix(kind)) {
      matrix.begin();
      for (CuttingProxy.Cut cut : CuttingProxy.Cut.values()) {
        for (Place place : matrix.places(cut, Scenario.ALL ? ANYWHERE : WHERE_TO_KILL)) {
          matrix.cut(cut, place, CrashMatrixIT::kill, matrix::liveAndAwaitTheServer);
        }
      }
      matrix.startAgain();
    }
  }

  @ParameterizedTest
  @MethodSource("oneOfEachMode")
  void theSinksProcess(Scenario.Kind kind) throws Exception {
    try (Matrix matrix = new Matrix(kind)) {
      matrix.begin();
      for (CuttingProxy.Cut cut : CuttingProxy.Cut.values()) {
        for (Place place : matrix.places(cut, Scenario.ALL ? ANYWHERE : WHERE_TO_KILL)) {
          CompletableFuture<Process> sink = new CompletableFuture<>();
          matrix.cut(
              cut,
              place,
              backend -> sink.join().destroyForcibly(),
              session -> {
                sink.complete(SinkProcess.start(proxy.port(), kind, matrix.victim, matrix.grown));
                assertThat(sink.join().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
                return sink.join().exitValue() != 0;
              });
        }
      }
      matrix.startAgain();
    }
  }

  private static SessionOptions proxied() {
    return SinkProcess.session(proxy.port());
  }

  private static void kill(int process) {
    try {
      Process kill =
          new ProcessBuilder("kill", "-9", Integer.toString(process)).inheritIO().start();
      assertThat(kill.waitFor()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A life of a sink; says whether it ended in a failure. */
  private interface Life {
    boolean endsInAFailure(SessionOptions session) throws Exception;
  }

  /** Where a life is cut: at the nth of some messages. */
  private record Place(String what, Predicate<String> messages, int nth) {}

  /** A sink that is interrupted again and again, beside one that is not. */
  private static final class Matrix implements AutoCloseable {
    private final Scenario scenario;
    private final Target reference = new Target(++targets);
    private final Map<Long, Map<String, List<String>>> expected = new HashMap<>();
    private Target victim = new Target(++targets);
    private Connection admin = open();
    private int grown;
    private long written;

    Matrix(Scenario.Kind kind) throws SQLException {
      scenario = kind.scenario();
      scenario.prepare(admin, reference);
      scenario.prepare(admin, victim);
    }

    private static Connection open() throws SQLException {
      Connection connection = postgres.getPostgresDatabase().getConnection();
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      return connection;
    }

    /** Both have written something. */
    void begin() throws SQLException {
      grow();
      live(direct());
      grow();
      live(direct());
    }

    void startOver() throws SQLException {
      victim = new Target(++targets);
      written = 0;
      scenario.prepare(admin, victim);
    }

    void grow() throws SQLException {
      int before = scenario.ends().size();
      scenario.grow();
      grown++;
      List<Long> ends = scenario.ends();
      for (long end : ends.subList(before, ends.size())) {
        scenario.write(reference, direct(), end);
        expected.put(end, TargetContents.of(admin, reference).rows());
      }
    }

    /** What a cut rolled back is the next life's work. */
    void growIfAllIsWritten() throws SQLException {
      if (written == end()) {
        grow();
      }
    }

    private void live(SessionOptions session) throws SQLException {
      scenario.write(victim, session, end());
      written = end();
    }

    /** Whether the life ended in a passing failure; any other would stop the task for good. */
    boolean liveAndFail(SessionOptions session) throws SQLException {
      try {
        live(session);
        return false;
      } catch (TransientWriteException e) {
        return true;
      }
    }

    /** As one server process was killed, all are ended, and the server recovers. */
    boolean liveAndAwaitTheServer(SessionOptions session) throws SQLException {
      boolean failed = liveAndFail(session);
      if (failed) {
        await("the end of all sessions").atMost(LIMIT).until(() -> !admin.isValid(5));
        admin.close();
        await("the server, after its recovery")
            .atMost(LIMIT)
            .ignoreExceptions()
            .until(
                () -> {
                  admin = open();
                  return true;
                });
      }
      return failed;
    }

    /** The next life, which is not cut. */
    void startAgain() throws SQLException {
      live(direct());
      assertThat(TargetContents.of(admin, victim).rows())
          .as(victim + ": started again")
          .isEqualTo(expected.get(end()));
    }

    private long end() {
      List<Long> ends = scenario.ends();
      return ends.get(ends.size() - 1);
    }

    private static SessionOptions direct() {
      return SinkProcess.session(postgres.getPort());
    }

    /** Where a life like the next ones can be cut, one place of each kind, or every place. */
    List<Place> places(CuttingProxy.Cut cut, Predicate<String> wanted) throws SQLException {
      if (Scenario.ALL) {
        return everyPlace(cut, wanted);
      }
      List<Place> places = new ArrayList<>();
      for (String kind : new LinkedHashSet<>(lifeUncut(cut, wanted))) {
        // a lost Sync differs from an answer that is lost by nothing but time
        if (cut == CuttingProxy.Cut.UNANSWERED || !kind.startsWith("S")) {
          places.add(new Place(kind, kind::equals, 1));
        }
      }
      return places;
    }

    List<Place> everyPlace(CuttingProxy.Cut cut, Predicate<String> wanted) throws SQLException {
      List<String> life = lifeUncut(cut, wanted);
      List<Place> places = new ArrayList<>();
      for (int n = 1; n <= life.size(); n++) {
        places.add(new Place(n + ", " + life.get(n - 1), wanted, n));
      }
      return places;
    }

    private List<String> lifeUncut(CuttingProxy.Cut cut, Predicate<String> wanted)
        throws SQLException {
      growIfAllIsWritten();
      proxy.record();
      live(proxied());
      List<String> life =
          proxy.recorded().stream()
              .filter(wanted.and(message -> CuttingProxy.isPlaceOf(cut, message)))
              .toList();
      assertThat(life).as("places to cut").isNotEmpty();
      return life;
    }

    /** Cuts at a place, in the first life that comes there; what must hold then holds. */
    void cut(CuttingProxy.Cut cut, Place place, IntConsumer first, Life life) throws Exception {
      boolean fired = false;
      for (int tries = 0; !fired && tries < MOST_TRIES; tries++) {
        growIfAllIsWritten();
        proxy.arm(cut, place.messages(), place.nth(), first);
        boolean noticed = life.endsInAFailure(proxied());
        fired = proxy.disarm();
        String where = "%s, %s, %s".formatted(victim, place.what(), proxy.what());
        assertThat(noticed).as(where + ": the cut is noticed").isEqualTo(fired);
        check(where);
      }
      // every place is counted in a life that may be longer than the others are
      assertThat(fired || Scenario.ALL).as(place.what() + ": was there").isTrue();
    }

    private void check(String where) throws SQLException {
      TargetContents left = TargetContents.of(admin, victim);
      if (left.next().isPresent()) {
        written = left.next().getAsLong();
        assertThat(left.rows())
            .as(where + ": rows and ledger are of one flush")
            .isEqualTo(expected.get(written));
      } else {
        assertThat(left.hasNoRows()).as(where + ": no rows without a ledger").isTrue();
      }
    }

    @Override
    public void close() throws SQLException {
      admin.close();
    }
  }
}
