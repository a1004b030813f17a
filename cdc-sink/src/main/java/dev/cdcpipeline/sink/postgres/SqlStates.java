package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.tls.TlsProblem;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The one place that decides from an SQLSTATE whether to wait, to skip a record, or to stop. */
public final class SqlStates {

  /** What a failure means for the write that met it. */
  public enum Kind {
    TRANSIENT,
    RECORD,
    FATAL
  }

  private static final Set<String> RECORD_CLASSES =
      Set.of(
          "22", // data exception
          "23", // integrity constraint violation
          "44", // with check option violation
          "P0"); // what a trigger's function raises
  private static final String PROGRAM_LIMIT = "54000";
  private static final Set<String> TRANSIENT_CLASSES = Set.of("08", "40", "53", "57", "58");
  private static final Set<String> TRANSIENT =
      Set.of(
          "55P03", // lock not available
          "55006", // object in use
          "25P03", // idle in transaction too long
          "25P04", // transaction took too long
          "25006", // read only: a standby, before or after a failover
          "72000"); // snapshot too old
  private static final Set<String> CONNECTION_LOST =
      Set.of("57P01", "57P02", "57P03", "57P05", "25P03", "25P04");
  private static final Map<String, String> ADVICE =
      Map.ofEntries(
          Map.entry(
              "0A000",
              "if a view or rule uses the column, drop it, restart the task and create it again"),
          Map.entry("2BP01", "drop what depends on it, restart the task and create it again"),
          Map.entry("42P01", "create the table or set auto.create=true"),
          Map.entry("42703", "add the column or set schema.evolution=add"),
          Map.entry("42501", "grant the sink's role what it lacks, or let it own the schema"),
          Map.entry("28P01", "check user and password"),
          Map.entry("28000", "check user, password and pg_hba.conf"),
          Map.entry("3D000", "create the database or correct the URL"),
          Map.entry("3F000", "create the schema or let the sink's role create it"),
          Map.entry("53100", "free disk space at the target"),
          Map.entry("53300", "raise max_connections at the target"));

  private SqlStates() {}

  /** What a failure with this SQLSTATE means; without one it is the connection that failed. */
  public static Kind kind(String sqlState) {
    if (sqlState == null || sqlState.length() != 5) {
      return Kind.TRANSIENT;
    }
    String sqlClass = sqlState.substring(0, 2);
    if (TRANSIENT_CLASSES.contains(sqlClass) || TRANSIENT.contains(sqlState)) {
      return Kind.TRANSIENT;
    }
    if (RECORD_CLASSES.contains(sqlClass) || sqlState.equals(PROGRAM_LIMIT)) {
      return Kind.RECORD;
    }
    return Kind.FATAL;
  }

  /**
   * The exception to throw for a failure of the database.
   *
   * @param doing what was being done, as {@code upsert 500 rows into mirror.orders}
   */
  public static WriteException classify(String doing, SQLException e) {
    String state = e.getSQLState();
    String message = message(doing, e);
    return switch (kind(state)) {
      case TRANSIENT -> passing(doing, e);
      case RECORD -> new RecordWriteException(message, state, null, e);
      case FATAL -> new FatalWriteException(message, state, e);
    };
  }

  /** The exception to throw for a failure that is to be waited out, whatever its SQLSTATE is. */
  public static TransientWriteException passing(String doing, SQLException e) {
    String state = e.getSQLState();
    return new TransientWriteException(
        message(doing, e),
        state,
        state == null || state.startsWith("08") || CONNECTION_LOST.contains(state),
        e);
  }

  private static String message(String doing, SQLException e) {
    String state = e.getSQLState();
    List<String> parts = new ArrayList<>();
    parts.add(
        "cannot %s: %s, %s"
            .formatted(doing, state == null ? "no SQLSTATE" : "SQLSTATE " + state, firstLine(e)));
    ServerErrorMessage server = server(e);
    if (server != null) {
      String table = server.getTable();
      add(parts, "table ", table == null ? null : server.getSchema() + "." + table);
      add(parts, "column ", server.getColumn());
      add(parts, "constraint ", server.getConstraint());
      add(parts, "type ", server.getDatatype());
      // a row's failure has its values in the detail, and those belong into no log
      add(parts, "detail: ", kind(state) == Kind.RECORD ? null : server.getDetail());
      add(parts, "hint: ", server.getHint());
    }
    add(parts, "statement: ", e instanceof FailedStatement failed ? failed.statement() : null);
    add(parts, "", state == null ? null : ADVICE.get(state));
    // of a connection alone: what other failures say may hold values of rows
    boolean connecting = state == null || state.startsWith("08");
    add(parts, "", connecting ? TlsProblem.of(e).orElse(null) : null);
    return String.join("; ", parts);
  }

  private static void add(List<String> parts, String name, String value) {
    if (value != null && !value.isEmpty()) {
      parts.add(name + value);
    }
  }

  private static ServerErrorMessage server(SQLException e) {
    Throwable cause = e instanceof FailedStatement ? e.getCause() : e;
    return cause instanceof PSQLException refused ? refused.getServerErrorMessage() : null;
  }

  // the driver puts the detail, which may hold values of rows, into the lines after the first
  private static String firstLine(SQLException e) {
    String text = String.valueOf(e.getMessage());
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end);
    return line.startsWith("ERROR: ") ? line.substring("ERROR: ".length()) : line;
  }
}
