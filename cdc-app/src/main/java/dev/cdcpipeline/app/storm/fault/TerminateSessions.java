package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.random.RandomGenerator;

/** Has a database end the sessions of the pipeline, as an operator or a failover would. */
final class TerminateSessions implements Fault {
  private final String name;
  private final String description;
  private final String sql;
  private final Database database;

  private interface Database {
    Connection open(StormStack stack) throws SQLException;
  }

  private TerminateSessions(String name, String description, String sql, Database database) {
    this.name = name;
    this.description = description;
    this.sql = sql;
    this.database = database;
  }

  static TerminateSessions ofWalSender() {
    return new TerminateSessions(
        "terminate-walsender",
        "pg_terminate_backend of the source connector's walsender",
        "SELECT count(pg_terminate_backend(active_pid)) FROM pg_replication_slots WHERE slot_name ="
            + " 'cdc_shop' AND active",
        StormStack::sourceAsSuperuser);
  }

  static TerminateSessions ofSink() {
    return new TerminateSessions(
        "terminate-sink",
        "pg_terminate_backend of all sessions of the sinks",
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'cdc_sink'",
        StormStack::targetAsSuperuser);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    Moments.meetLarge(stack, random);
    long[] ended = new long[1];
    Moments.persist(
        "end sessions",
        () -> {
          try (Connection connection = database.open(stack)) {
            ended[0] = Query.of(sql).number(connection);
          }
        });
    return ended[0] + " sessions ended";
  }
}
