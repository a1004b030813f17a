package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an administrator does to the sink's role is no fault of a result. */
class SystemFaultsIT {
  private final ResultOptions options = ResultOptions.defaults();
  private final ResultCatalog catalog = new ResultCatalog(options);
  private final ShopHistory history = new ShopHistory(11, 5);
  private TargetDatabase database;
  private Connection command;
  private Connection sink;
  private FakeWriter writer;

  @BeforeEach
  void open() throws Exception {
    database = new TargetDatabase();
    command = database.open();
    command.setAutoCommit(true);
    database.run(
        "DROP ROLE IF EXISTS weak_sink; CREATE ROLE weak_sink LOGIN;"
            + " CREATE SCHEMA cdc AUTHORIZATION weak_sink;"
            + " CREATE SCHEMA mirror AUTHORIZATION weak_sink;"
            + " CREATE SCHEMA analytics AUTHORIZATION weak_sink");
    temporary("REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC");
    temporary("GRANT CREATE, TEMPORARY ON DATABASE %I TO weak_sink");
    connect();
    writer.createMirrors();
    writer.open();
    follow(10);
  }

  @AfterEach
  void close() throws SQLException {
    sink.close();
    command.close();
    temporary("REVOKE ALL ON DATABASE %I FROM weak_sink");
    database.run("DROP OWNED BY weak_sink CASCADE; DROP ROLE weak_sink");
    database.close();
  }

  private void temporary(String statement) throws SQLException {
    database.run("DO $$ BEGIN EXECUTE format('" + statement + "', current_database()); END $$");
  }

  private void connect() throws Exception {
    String url = database.options().url().replaceFirst("\\?.*", "");
    sink =
        TargetSession.open(
            new SessionOptions(
                url,
                "weak_sink",
                null,
                "cdc-sink analytics",
                database.options().lockTimeout(),
                database.options().idleInTransactionTimeout(),
                database.options().statementTimeout(),
                false,
                List.of("mirror", "analytics")));
    writer =
        new FakeWriter(
            sink,
            new ResultMaintainer(
                options,
                Optional.of(ResultFile.readDirectory(Path.of("../infra/results"))),
                Clock.systemUTC()));
  }

  private void follow(int commits) throws SQLException {
    for (int i = 0; i < commits; i++) {
      writer.flush(List.of(history.next()), false);
    }
  }

  @Test
  void aRightThatIsTakenAwayAtARestartMarksNoResult() throws Exception {
    sink.close();
    temporary("REVOKE TEMPORARY ON DATABASE %I FROM weak_sink");
    connect();
    ResultMaintainer maintainer =
        new ResultMaintainer(
            options,
            Optional.of(ResultFile.readDirectory(Path.of("../infra/results"))),
            Clock.systemUTC());

    assertThatThrownBy(() -> maintainer.opened(sink))
        .isInstanceOf(TransientWriteException.class)
        .hasMessageContaining("SQLSTATE 42501")
        .hasMessageContaining("grant the sink's role what it lacks");

    assertThat(catalog.list(command)).hasSize(10).allMatch(e -> e.state() == State.ACTIVE);
    temporary("GRANT TEMPORARY ON DATABASE %I TO weak_sink");
    sink.close();
    connect();
    writer.open();
    follow(10);
    assertThat(catalog.list(command)).hasSize(10).allMatch(e -> e.state() == State.ACTIVE);
    assertThat(catalog.gaps(command)).isEmpty();
  }

  @Test
  void aRightThatIsTakenAwayInAFlushRollsItBack() throws Exception {
    String position = database.value("SELECT max(source_lsn) FROM analytics.order_status_summary");
    database.run("REVOKE SELECT, UPDATE ON analytics.order_status_summary FROM weak_sink");

    assertThatThrownBy(() -> follow(3))
        .isInstanceOf(TransientWriteException.class)
        .hasMessageContaining("maintain the results at ")
        .hasMessageContaining("SQLSTATE 42501");

    assertThat(catalog.list(command)).hasSize(10).allMatch(e -> e.state() == State.ACTIVE);
    assertThat(database.value("SELECT max(source_lsn) FROM analytics.order_status_summary"))
        .isEqualTo(position);
    database.run("GRANT SELECT, UPDATE ON analytics.order_status_summary TO weak_sink");
    follow(5);
    assertThat(catalog.list(command)).allMatch(e -> e.state() == State.ACTIVE);
  }
}
