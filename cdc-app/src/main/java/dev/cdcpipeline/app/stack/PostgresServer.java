package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.Secrets.Role;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * One PostgreSQL server with one database of ours, set up by a SQL file that may run at every
 * start.
 */
final class PostgresServer implements Piece {
  /** PostgreSQL's own databases are for its superuser alone. */
  private static final String RULES =
      """
      host all                postgres 127.0.0.1/32 scram-sha-256
      host postgres,template1 all      127.0.0.1/32 reject
      host all                all      127.0.0.1/32 scram-sha-256
      """;

  /** Ends sessions, and leaves the files as a start needs them. */
  static final String STOP_SIGNAL = "INT";

  private static final Duration LOCK_WAIT = Duration.ofMinutes(1);

  private final Service service;
  private final Site site;
  private final DataDirectory data;
  private final String database;
  private final Map<String, Role> passwordSettings;
  private final int port;
  private volatile ProcessHandle initdb;

  /**
   * @param passwordSettings the settings from which the SQL file takes the passwords of the roles
   *     it makes
   */
  PostgresServer(
      Service service, Site site, String database, Map<String, Role> passwordSettings, int port) {
    this.service = service;
    this.site = site;
    this.data = site.data();
    this.database = database;
    this.passwordSettings = passwordSettings;
    this.port = port;
  }

  @Override
  public Service service() {
    return service;
  }

  /** Stops without waiting for sessions to end by themselves. */
  @Override
  public String stopSignal() {
    return STOP_SIGNAL;
  }

  int port() {
    return port;
  }

  /** The JDBC URL of the database, without credentials. */
  String url() {
    return url(port);
  }

  /** The same, called at another port. */
  String url(int called) {
    return "jdbc:postgresql://127.0.0.1:" + called + "/" + database;
  }

  /** The JDBC URL of the database with a role's credentials. */
  String url(Role role) {
    return url(url(), site.secrets(), role);
  }

  static String url(String url, Secrets secrets, Role role) {
    return url
        + "?user="
        + role.user()
        + "&password="
        + URLEncoder.encode(secrets.password(role), StandardCharsets.UTF_8);
  }

  @Override
  public Launch launch() {
    Path home = PostgresBinaries.home(site.distribution(), site.listener());
    Path cluster = data.of(service);
    ServerAccount account = ServerAccount.of(service, data, site.listener());
    requireReachable(home, account);
    if (!Files.isDirectory(cluster)) {
      initialise(home, cluster, account);
    }
    prepare(cluster, account);
    if (account.isOther() && returnsByName(home)) {
      letThrough();
    }
    List<String> command = new ArrayList<>(account.server());
    command.add(home.resolve("bin/postgres").toString());
    command.addAll(
        List.of(
            "-c",
            ServerProcesses.mark(service, data.root()),
            "-D",
            account.nameOf(cluster).toString()));
    Properties settings = DataDirectory.load(site.infra("postgresql/" + service.id() + ".conf"));
    settings.forEach(
        (name, value) -> command.addAll(List.of("-c", name + "=" + unquoted(value.toString()))));
    // the path of a data directory may be too long for a socket's name
    command.addAll(
        List.of(
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "port=" + port,
            "-c",
            "unix_socket_directories="));
    return new Launch(command, Map.of(), cluster);
  }

  /**
   * Before version 16 PostgreSQL leaves its working directory for a moment and comes back by the
   * whole name.
   */
  private static boolean returnsByName(Path home) {
    return Programs.succeeds(
        "sh",
        "-c",
        "\"$0\" --version | grep -q '(PostgreSQL) 1[0-5][.]'",
        home.resolve("bin/postgres").toString());
  }

  /** Whoever knows a name in it comes there; all that is in it is closed by itself. */
  private void letThrough() {
    try {
      Files.setPosixFilePermissions(data.root(), PosixFilePermissions.fromString("rwx--x--x"));
    } catch (IOException e) {
      throw new StackException(
          "cannot let the %s come to its directory in %s: %s"
              .formatted(service.title(), data.root(), e),
          e);
    }
  }

  private static void requireReachable(Path home, ServerAccount account) {
    List<String> test = new ArrayList<>(account.server());
    test.addAll(List.of("test", "-x", home.resolve("bin/postgres").toString()));
    if (!Programs.succeeds(test.toArray(String[]::new))) {
      throw new StackException(
          "%s cannot be run by `%s`; have every directory above be open to all (chmod a+x), or set %s to one that is"
              .formatted(
                  home.resolve("bin/postgres"),
                  String.join(" ", account.server()),
                  PostgresBinaries.HOME_VARIABLE));
    }
  }

  /**
   * Gives the directory to the server's user, and says who may log in: from this machine, with a
   * password, to a database. What is no connection to a database, a backup of the whole server
   * above all, matches no line.
   */
  private void prepare(Path cluster, ServerAccount account) {
    Path rules = data.run(service.id() + ".hba");
    DataDirectory.store(rules, RULES);
    List<String> command = new ArrayList<>(account.server());
    // not written by this process: root must not follow a link that the server's user has made
    command.addAll(
        List.of("sh", "-c", "umask 077 && cat >pg_hba.conf.new && mv pg_hba.conf.new pg_hba.conf"));
    try {
      account.giveToServer(cluster);
      if (started(command, cluster, rules).waitFor() != 0) {
        throw new StackException(
            "cannot write pg_hba.conf of the %s; %s"
                .formatted(service.title(), LogTail.of(data.log(service))));
      }
    } catch (IOException e) {
      throw new StackException(
          "cannot prepare the %s in %s: %s".formatted(service.title(), cluster, e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("interrupted while preparing the " + service.title(), e);
    }
  }

  /** Starts a program that reads a file, and whose words go to the server's log. */
  private Process started(List<String> command, Path directory, Path input) throws IOException {
    DataDirectory.makeLog(data.log(service));
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectInput(input.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(data.log(service).toFile()))
        .start();
  }

  /** In postgresql.conf a text stands in quotes, on a command line it does not. */
  private static String unquoted(String value) {
    boolean quoted = value.length() > 1 && value.startsWith("'") && value.endsWith("'");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  @Override
  public void abort() {
    ProcessHandle running = initdb;
    if (running != null && running.isAlive()) {
      ChildProcess.stop(running, "TERM", Duration.ofSeconds(5));
    }
  }

  private void initialise(Path home, Path cluster, ServerAccount account) {
    Path fresh = cluster.resolveSibling(service.id() + ".new");
    Path passwordFile = data.run(service.id() + ".password");
    try {
      Directories.delete(fresh);
      Files.createDirectory(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      DataDirectory.store(passwordFile, site.secrets().password(Role.SUPERUSER));
      account.giveToInitialiser(fresh);
      account.giveToInitialiser(passwordFile);
      List<String> command = new ArrayList<>(account.initialiser());
      command.addAll(
          List.of(
              home.resolve("bin/initdb").toString(),
              "--username=" + Role.SUPERUSER.user(),
              // opened already: its directory may be closed to this user
              "--pwfile=/dev/stdin",
              "--auth=scram-sha-256",
              "--encoding=UTF8",
              "--no-locale",
              "--no-instructions",
              "-D",
              account.nameOf(fresh).toString()));
      Process process = started(command, fresh, passwordFile);
      initdb = process.toHandle();
      if (!process.waitFor(startLimit().toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      if (process.exitValue() != 0) {
        throw new StackException(
            "initdb for the %s ended with exit code %d; %s"
                .formatted(service.title(), process.exitValue(), LogTail.of(data.log(service))));
      }
      account.giveToServer(fresh);
      // whole or not at all: a launcher killed in between starts over
      Files.move(fresh, cluster, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new StackException(
          "cannot make the %s in %s: %s".formatted(service.title(), cluster, e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("interrupted while making the " + service.title(), e);
    } finally {
      passwordFile.toFile().delete();
    }
  }

  @Override
  public boolean answers() throws SQLException {
    if (!Ports.isOpen(port)) {
      return false;
    }
    try (Connection connection = connect("postgres")) {
      return connection.isValid(5);
    }
  }

  @Override
  public void settle() {
    Path file = site.infra("sql/" + service.id() + ".sql");
    try {
      createDatabase();
      try (Connection connection = connect(database)) {
        for (Map.Entry<String, Role> setting : passwordSettings.entrySet()) {
          Query.of(
                  "SELECT set_config(?, ?, false)",
                  setting.getKey(),
                  site.secrets().password(setting.getValue()))
              .run(connection);
        }
        Query.of("SET lock_timeout = " + LOCK_WAIT.toMillis()).run(connection);
        runFile(file, connection);
      }
    } catch (IOException e) {
      throw new StackException("cannot read " + file, e);
    } catch (SQLException e) {
      throw new StackException(
          "%s failed on the %s: SQLSTATE %s, %s"
              .formatted(file, service.title(), e.getSQLState(), e.getMessage()),
          e);
    }
  }

  private void runFile(Path file, Connection connection) throws IOException, SQLException {
    try {
      Query.of(Files.readString(file)).run(connection);
    } catch (SQLException e) {
      if (!OpenTransactions.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        throw e;
      }
      throw new StackException(
          "%s waited %d s for a lock on the %s, which is held by one of these: %s"
              .formatted(
                  file,
                  LOCK_WAIT.toSeconds(),
                  service.title(),
                  OpenTransactions.namedIn(connection, LOCK_WAIT)),
          e);
    }
  }

  private void createDatabase() throws SQLException {
    try (Connection connection = connect("postgres")) {
      if (!Query.of("SELECT FROM pg_database WHERE datname = ?", database).hasRow(connection)) {
        Query.of("CREATE DATABASE " + database).run(connection);
      }
    }
  }

  private Connection connect(String to) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", Role.SUPERUSER.user());
    properties.setProperty("password", site.secrets().password(Role.SUPERUSER));
    properties.setProperty("loginTimeout", "10");
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + to, properties);
  }
}
