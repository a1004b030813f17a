package dev.cdcpipeline.sink.crash;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.mirror.WriterOptions;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two tasks own one partition: the first is a process that {@code SIGSTOP} stopped inside a flush
 * and that a successor knows nothing of. The successor gets what the stopped one held, and when the
 * first goes on, it commits nothing and can't take up its work again.
 */
class ZombieIT {
  static final PartitionId LOG = new PartitionId("shop.log", 0);
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final long SOON = 1_500;
  private static final long NEVER = Duration.ofHours(1).toMillis();

  private static EmbeddedPostgres postgres;
  private static int databases;

  private String database;
  private String url;
  private Process zombie;
  private BufferedReader words;

  @BeforeAll
  static void start() throws IOException {
    postgres = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  @BeforeEach
  void createDatabase() throws SQLException {
    database = "zombie_" + ++databases;
    url = postgres.getJdbcUrl("postgres", database);
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + database);
    }
  }

  @AfterEach
  void endTheZombie() {
    if (zombie != null) {
      zombie.destroyForcibly();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = StoppableTask.Place.class,
      names = {"AFTER_THE_ROWS", "BEFORE_THE_COMMIT"})
  void theServerEndsWhatAStoppedTaskHoldsAndItsSuccessorWrites(StoppableTask.Place place)
      throws Exception {
    stopAZombie(place, SOON);

    // the rows, and after the ledger's update its row too, are locked until the server steps in
    successorWrites();

    wakeAndExpect("TransientWriteException", "FencedException");
    assertThat(query("SELECT DISTINCT status FROM mirror.orders")).containsExactly("successor");
    assertThat(query("SELECT next_offset FROM cdc.offsets")).containsExactly("7");
  }

  @Test
  void aTaskThatWakesBeforeItsTransactionIsFenced() throws Exception {
    stopAZombie(StoppableTask.Place.BEFORE_THE_TRANSACTION, NEVER);

    successorWrites();

    wakeAndExpect("FencedException", "FencedException");
    assertThat(query("SELECT DISTINCT status FROM mirror.orders")).containsExactly("successor");
    assertThat(query("SELECT next_offset FROM cdc.offsets")).containsExactly("7");
  }

  @Test
  void aTaskThatWakesWithItsRowsWrittenIsFencedByALaterClaim() throws Exception {
    stopAZombie(StoppableTask.Place.AFTER_THE_ROWS, NEVER);
    try (Connection connection = TargetSession.open(StoppableTask.options(url))) {
      new OffsetLedger(connection, "cdc", "zombie").claim(List.of(ZombieIT.LOG));
    }

    wakeAndExpect("FencedException", "FencedException");
    assertThat(query("SELECT count(*) FROM mirror.orders")).containsExactly("0");
  }

  @Test
  void everySessionOfTheSinkLimitsItsWaitsAndItsIdleness() throws SQLException {
    try (Connection connection = TargetSession.open(SessionOptions.of(url, "postgres", null))) {
      assertThat(setting(connection, "lock_timeout")).isEqualTo("30s");
      assertThat(setting(connection, "idle_in_transaction_session_timeout")).isEqualTo("1min");
    }
  }

  /** As a task writes that was given the partition, tries again after passing faults. */
  private void successorWrites() {
    await("the successor's flush, once what the stopped task holds is free")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              try (Connection connection = TargetSession.open(StoppableTask.options(url))) {
                OffsetLedger ledger = new OffsetLedger(connection, "cdc", "zombie");
                ledger.claim(List.of(ZombieIT.LOG));
                TransactionalWriter writer =
                    new TransactionalWriter(
                        connection, ledger, WriterOptions.defaults(), List.of());
                writer.stage(orders("successor"));
                writer.commit(
                    List.of(new OffsetUpdate(ZombieIT.LOG, null, 7, 0)), Optional.empty());
                return true;
              } catch (TransientWriteException e) {
                return false;
              }
            });
  }

  private void stopAZombie(StoppableTask.Place place, long idleMillis) throws Exception {
    zombie =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                StoppableTask.class.getName(),
                url,
                Long.toString(idleMillis),
                place.name())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    words =
        new BufferedReader(new InputStreamReader(zombie.getInputStream(), StandardCharsets.UTF_8));
    assertThat(words.readLine()).isEqualTo("here");
    signal("STOP");
  }

  private void wakeAndExpect(String endOfFlush, String endOfTakingUp) throws Exception {
    signal("CONT");
    zombie.getOutputStream().write('\n');
    zombie.getOutputStream().flush();
    assertThat(words.readLine()).as("the woken task's flush").isEqualTo(endOfFlush);
    assertThat(words.readLine()).as("its taking up").isEqualTo(endOfTakingUp);
    assertThat(zombie.waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
  }

  private void signal(String name) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(zombie.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  private List<String> query(String sql) throws SQLException {
    try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      while (row.next()) {
        rows.add(row.getString(1));
      }
      return rows;
    }
  }

  private static String setting(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + name)) {
      row.next();
      return row.getString(1);
    }
  }

  /** The same orders, whoever writes them. */
  static List<RowChange> orders(String status) {
    RowType type =
        new RowType(
            List.of(
                new Column("order_id", ColumnType.INT32, false, Map.of()),
                new Column("status", ColumnType.STRING, true, Map.of())));
    return IntStream.rangeClosed(1, 5)
        .mapToObj(
            id ->
                new RowChange(
                    new TableId("public", "orders"),
                    Operation.UPDATE,
                    List.of("order_id"),
                    new Row(type, new Object[] {id, status}),
                    new SourcePosition(0, new Lsn(1), new Lsn(2), id),
                    1,
                    new Coordinates("shop.public.orders", 0, id)))
        .toList();
  }
}
