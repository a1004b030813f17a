package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.Service;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** What ends the source connector's work at an unplanned place. */
enum Interruption {
  /** The worker dies. */
  KILL {
    @Override
    void begin(TableWay way) {
      way.stack().kill(Service.CONNECT);
    }

    @Override
    void end(TableWay way) {
      way.stack().start(Service.CONNECT);
    }
  },

  /** The worker stops in an orderly way. */
  STOP {
    @Override
    void begin(TableWay way) {
      way.stack().stop(Service.CONNECT);
    }

    @Override
    void end(TableWay way) {
      way.stack().start(Service.CONNECT);
    }
  },

  /** The whole stack stops in an orderly way; what is open at the source is rolled back. */
  DOWN {
    @Override
    void begin(TableWay way) {
      ORDER.forEach(way.stack()::stop);
    }

    @Override
    void end(TableWay way) {
      for (int i = ORDER.size() - 1; i >= 0; i--) {
        way.stack().start(ORDER.get(i));
      }
    }
  },

  /** The task is restarted by REST while the worker goes on. */
  TASK_RESTART {
    @Override
    void begin(TableWay way) {
      new ConnectRest(way.stack().endpoints().connectUrl())
          .call("POST", "/connectors/shop-source/tasks/0/restart");
    }
  },

  /** The server ends the replication connection. */
  WALSENDER {
    @Override
    void begin(TableWay way) {
      try (Connection admin = DriverManager.getConnection(way.stack().sourceAdminJdbcUrl());
          Statement statement = admin.createStatement()) {
        statement.execute(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
      } catch (SQLException e) {
        throw new AssertionError("cannot end the replication connection", e);
      }
    }
  };

  private static final Duration LIMIT = Duration.ofSeconds(180);
  private static final List<Service> ORDER =
      List.of(
          Service.CONNECT,
          Service.BROKER,
          Service.REGISTRY,
          Service.TARGET_DATABASE,
          Service.SOURCE_DATABASE);

  /** Begins; when it returns, the connector has been interrupted or soon will be. */
  abstract void begin(TableWay way);

  /** Starts again what does not start by itself. */
  void end(TableWay way) {}

  /** Ends, and waits until every connector runs. */
  void endAndAwait(TableWay way) {
    end(way);
    way.stack().awaitConnectors(LIMIT);
  }
}
