package dev.cdcpipeline.sink.postgres;

import java.time.Duration;
import java.util.List;
import org.postgresql.Driver;

/**
 * How the sink connects to its target.
 *
 * @param url {@code jdbc:postgresql://…}
 * @param user the sink's role
 * @param password its password, null if none is needed
 * @param applicationName shown in {@code pg_stat_activity}
 * @param lockTimeout longest wait for a lock another session holds
 * @param idleInTransactionTimeout after which the server ends a session that stands still inside a
 *     transaction, so that a stopped writer's locks are freed
 * @param statementTimeout longest run of one statement, zero for no limit
 * @param synchronousCommit whether a commit waits for the disk; off loses nothing, since rows and
 *     ledger are lost and replayed together, but a crash may step the target back to an earlier
 *     commit
 * @param searchPath schemas in which unqualified names are looked up
 */
public record SessionOptions(
    String url,
    String user,
    String password,
    String applicationName,
    Duration lockTimeout,
    Duration idleInTransactionTimeout,
    Duration statementTimeout,
    boolean synchronousCommit,
    List<String> searchPath) {

  /**
   * Refuses what the driver can't read, since its own message has the URL with its parameters.
   *
   * @throws IllegalArgumentException if the URL is not PostgreSQL's
   */
  public SessionOptions {
    if (!isJdbcUrl(url)) {
      throw new IllegalArgumentException(
          "'%s' is no JDBC URL of PostgreSQL; expected jdbc:postgresql://HOST:PORT/DATABASE"
              .formatted(withoutSecrets(url)));
    }
  }

  /** Whether PostgreSQL's driver can read a URL. */
  public static boolean isJdbcUrl(String url) {
    return Driver.parseURL(url, null) != null;
  }

  /** A JDBC URL as it may be shown: without parameters, and without what is before an {@code @}. */
  public static String withoutSecrets(String url) {
    return url.replaceFirst("(?s)\\?.*", "").replaceFirst("(?s)//.*@", "//");
  }

  /** The defaults: 30 s for locks, 60 s idle in a transaction, schemas mirror and analytics. */
  public static SessionOptions of(String url, String user, String password) {
    return new SessionOptions(
        url,
        user,
        password,
        "cdc-sink",
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ZERO,
        false,
        List.of("mirror", "analytics"));
  }

  public SessionOptions withApplicationName(String name) {
    return new SessionOptions(
        url,
        user,
        password,
        name,
        lockTimeout,
        idleInTransactionTimeout,
        statementTimeout,
        synchronousCommit,
        searchPath);
  }

  public SessionOptions withLockTimeout(Duration timeout) {
    return new SessionOptions(
        url,
        user,
        password,
        applicationName,
        timeout,
        idleInTransactionTimeout,
        statementTimeout,
        synchronousCommit,
        searchPath);
  }

  public SessionOptions withIdleInTransactionTimeout(Duration timeout) {
    return new SessionOptions(
        url,
        user,
        password,
        applicationName,
        lockTimeout,
        timeout,
        statementTimeout,
        synchronousCommit,
        searchPath);
  }

  public SessionOptions withStatementTimeout(Duration timeout) {
    return new SessionOptions(
        url,
        user,
        password,
        applicationName,
        lockTimeout,
        idleInTransactionTimeout,
        timeout,
        synchronousCommit,
        searchPath);
  }

  public SessionOptions withSynchronousCommit(boolean on) {
    return new SessionOptions(
        url,
        user,
        password,
        applicationName,
        lockTimeout,
        idleInTransactionTimeout,
        statementTimeout,
        on,
        searchPath);
  }

  public SessionOptions withSearchPath(List<String> schemas) {
    return new SessionOptions(
        url,
        user,
        password,
        applicationName,
        lockTimeout,
        idleInTransactionTimeout,
        statementTimeout,
        synchronousCommit,
        List.copyOf(schemas));
  }

  /** Without the password, and without the URL's parameters, which may hold one. */
  @Override
  public String toString() {
    return user + "@" + withoutSecrets(url);
  }
}
