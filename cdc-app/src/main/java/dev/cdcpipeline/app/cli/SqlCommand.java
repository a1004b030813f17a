package dev.cdcpipeline.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc sql}: runs a statement and prints a table. */
@Command(
    name = "sql",
    mixinStandardHelpOptions = true,
    description = "Runs SQL on the source or the target and prints what it gives as a table.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the statement ran",
      "1:the statement failed; its SQLSTATE is on stderr",
      "2:the database does not answer, or wrong usage"
    },
    footer = {
      "",
      "On the source you are `shop`, which owns the shop's tables; on the target `analyst`, who may"
          + " only read, or with --as-sink the role that owns the tables. NULL is shown as NULL.",
      "",
      "Examples:",
      "  cdc sql target \"SELECT * FROM order_status_summary\"",
      "  cdc sql source \"UPDATE customers SET email = 'a@example.com' WHERE customer_id = 1\"",
      "  echo 'SELECT 1' | cdc sql target -"
    })
final class SqlCommand implements Callable<Integer> {

  private enum Database {
    SOURCE,
    TARGET
  }

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Option(
      names = "--max-rows",
      paramLabel = "N",
      defaultValue = "1000",
      description = "print at most so many rows of a result (default: ${DEFAULT-VALUE})")
  private int maxRows;

  @Option(
      names = "--as-sink",
      description = "on the target, as the role that sinks write with and that owns their tables")
  private boolean asSink;

  @Parameters(index = "0", paramLabel = "source|target", description = "which database")
  private Database database;

  @Parameters(index = "1", paramLabel = "SQL", description = "the statement; - reads stdin")
  private String sql;

  @Override
  public Integer call() throws IOException {
    if (asSink && database == Database.SOURCE) {
      throw new CommandException("--as-sink is for the target: no sink writes to the source");
    }
    String url =
        database == Database.SOURCE
            ? pipeline.sourceUrl()
            : asSink ? pipeline.sinkUrl() : pipeline.targetUrl();
    String text =
        sql.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : sql;
    PrintWriter err = spec.commandLine().getErr();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      try {
        run(statement, text);
        return ExitCodes.OK;
      } catch (SQLException e) {
        err.println(describe(e));
        return ExitCodes.BAD_ANSWER;
      }
    } catch (SQLException e) {
      throw new CommandException(
          "cannot connect to the "
              + database.name().toLowerCase(java.util.Locale.ROOT)
              + ": "
              + describe(e),
          e);
    }
  }

  private void run(Statement statement, String text) throws SQLException {
    PrintWriter out = spec.commandLine().getOut();
    boolean rows = statement.execute(text);
    while (rows || statement.getUpdateCount() >= 0) {
      if (rows) {
        print(statement.getResultSet(), out);
      } else {
        int count = statement.getUpdateCount();
        out.println(count == 1 ? "1 row changed" : count + " rows changed");
      }
      rows = statement.getMoreResults();
    }
    for (SQLWarning notice = statement.getWarnings();
        notice != null;
        notice = notice.getNextWarning()) {
      spec.commandLine().getErr().println(notice.getMessage());
    }
    out.flush();
  }

  private void print(ResultSet result, PrintWriter out) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    List<String> headers = new ArrayList<>();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      headers.add(columns.getColumnLabel(i));
    }
    TextTable table = new TextTable(headers);
    long count = 0;
    while (result.next()) {
      if (++count <= maxRows) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= headers.size(); i++) {
          cells.add(result.getString(i));
        }
        table.row(cells);
      }
    }
    table.print(out);
    out.println(
        (count == 1 ? "(1 row" : "(" + count + " rows")
            + (count > maxRows ? ", " + maxRows + " of them shown; see --max-rows)" : ")"));
  }

  /** The server's message with its SQLSTATE, and where it points, if it does. */
  private static String describe(SQLException e) {
    StringBuilder text = new StringBuilder("SQLSTATE " + e.getSQLState() + ": ");
    ServerErrorMessage server =
        e instanceof PSQLException known ? known.getServerErrorMessage() : null;
    if (server == null) {
      return text.append(e.getMessage()).toString();
    }
    text.append(server.getMessage());
    if (server.getDetail() != null) {
      text.append("\ndetail: ").append(server.getDetail());
    }
    if (server.getHint() != null) {
      text.append("\nhint: ").append(server.getHint());
    }
    if (server.getPosition() > 0) {
      text.append("\nat character ").append(server.getPosition());
    }
    return text.toString();
  }
}
