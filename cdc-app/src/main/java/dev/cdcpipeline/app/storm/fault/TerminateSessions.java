package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.StormStack;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    int[] ended = new int[1];
    Moments.persist(
        "end sessions",
        () -> {
          try (Connection connection = database.open(stack);
              Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery(sql)) {
            row.next();
            ended[0] = row.getInt(1);
          }
        });
    return ended[0] + " sessions ended";
  }
}
