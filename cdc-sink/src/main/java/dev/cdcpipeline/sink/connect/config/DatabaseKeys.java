package dev.cdcpipeline.sink.connect.config;

import dev.cdcpipeline.sink.postgres.SessionOptions;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** How the target is reached. */
public final class DatabaseKeys {
  public static final String CONNECTION_URL = "connection.url";
  public static final String CONNECTION_USER = "connection.user";
  public static final String CONNECTION_PASSWORD = "connection.password";
  public static final String LOCK_TIMEOUT_MS = "lock.timeout.ms";
  public static final String SYNCHRONOUS_COMMIT = "synchronous.commit";

  private static final String GROUP = "Target database";

  private DatabaseKeys() {}

  static void define(ConfigDef def) {
    int order = 0;
    def.define(
        CONNECTION_URL,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        jdbcUrl(),
        Importance.HIGH,
        "JDBC URL of the target database, for example jdbc:postgresql://analytics:5432/analytics.",
        GROUP,
        ++order,
        Width.LONG,
        "Connection URL");
    def.define(
        CONNECTION_USER,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        new NonEmptyString(),
        Importance.HIGH,
        "Role that owns the mirror, result and ledger schemas, and needs nothing else.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "User");
    def.define(
        CONNECTION_PASSWORD,
        Type.PASSWORD,
        "",
        Importance.HIGH,
        "The role's password. Name a config provider (${env:…}, ${file:…}), so that it is in no"
            + " file.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Password");
    def.define(
        LOCK_TIMEOUT_MS,
        Type.LONG,
        10_000L,
        Range.between(100L, 600_000L),
        Importance.LOW,
        "How long a statement of the sink waits for a lock that a reader or an administrator holds"
            + " before the flush is tried again.",
        GROUP,
        ++order,
        Width.SHORT,
        "Lock timeout (ms)");
    def.define(
        SYNCHRONOUS_COMMIT,
        Type.STRING,
        "off",
        ValidString.in("off", "on"),
        Importance.LOW,
        "PostgreSQL's synchronous_commit in the sink's sessions. With off nothing is lost: rows and"
            + " offsets are lost together and read again, so a crash of the target may step it back"
            + " to an earlier commit, never to half of one.",
        GROUP,
        ++order,
        Width.SHORT,
        "Synchronous commit");
  }

  private static ConfigDef.Validator jdbcUrl() {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> {
          // without the value: it may have a password
          if (!(value instanceof String url) || !SessionOptions.isJdbcUrl(url)) {
            throw new ConfigException(
                name + " must be a JDBC URL of PostgreSQL, jdbc:postgresql://host:port/database");
          }
        },
        () -> "jdbc:postgresql://host:port/database");
  }
}
