package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultDefinition.Affected;
import dev.cdcpipeline.sink.result.ResultShape.ResultColumn;
import dev.cdcpipeline.sink.result.ServerCheck.Read;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks every piece of SQL of a definition as the server understands it: the piece is parsed as a
 * temporary view, which is dropped again, and what it reads and calls is looked at. Runs in a
 * transaction of the caller's.
 */
final class FragmentReader {
  private static final String NAME = "_cdc_checked";
  private static final String VIEW = "pg_temp." + NAME;

  private final Connection connection;
  private final ResultOptions options;
  private final ServerCheck server;

  FragmentReader(Connection connection, ResultOptions options) {
    this.connection = connection;
    this.options = options;
    this.server = new ServerCheck(connection);
  }

  /**
   * The columns that a SELECT gives.
   *
   * @param what names it in messages: "the SELECT"
   * @param relations all that it may read, by unqualified name
   * @throws InvalidResultException it is no SELECT, or reads or calls what it must not
   */
  List<ResultColumn> select(
      ResultDefinition definition, String what, String select, Map<String, Relation> relations)
      throws SQLException {
    // where a comment or a quote of the SELECT would end, the definition's reader has seen to
    SqlText.problem(select, true)
        .ifPresent(
            found -> {
              throw invalid(definition, what + " has " + found.what());
            });
    try (Statement statement = connection.createStatement()) {
      statement.execute("SAVEPOINT cdc_shape");
      try {
        statement.execute("CREATE TEMP VIEW " + NAME + " AS " + select);
      } catch (SQLException e) {
        if (FaultOf.of(e) == FaultOf.SYSTEM) {
          throw e;
        }
        statement.execute("ROLLBACK TO SAVEPOINT cdc_shape");
        throw new InvalidResultException(
            definition.file() + ": " + what + " is refused: " + FaultOf.message(e), e);
      }
      try {
        checkCalls(definition, what, VIEW, false);
        for (Read read : server.reads(VIEW)) {
          Relation known = relations.get(read.name());
          if (known == null || !known.table().equals(Sql.quote(read.schema(), read.name()))) {
            throw undeclared(definition, what, read);
          }
        }
        return columns(definition);
      } finally {
        statement.execute("ROLLBACK TO SAVEPOINT cdc_shape");
      }
    }
  }

  /** Checks what is put around and beside the SELECT. */
  void others(ResultShape shape) throws SQLException {
    ResultDefinition d = shape.definition();
    for (Affected affected : d.affected()) {
      Optional<String> keys = affected.select();
      if (keys.isPresent()) {
        affected(shape, affected.table(), keys.get());
      }
    }
    for (Map.Entry<String, String> derived : d.derived().entrySet()) {
      expression(shape, "derive: " + derived.getKey(), derived.getValue());
    }
    if (d.recompute().isPresent()) {
      expression(shape, "recompute", "(" + d.recompute().get() + ") IS TRUE");
    }
  }

  private void affected(ResultShape shape, String table, String keys) throws SQLException {
    ResultDefinition d = shape.definition();
    Relation relation = shape.relations().get(table);
    String what = "'affected: " + table + "'";
    String select =
        "SELECT * FROM (WITH "
            + Sql.quote("changed_" + table)
            + " AS (SELECT "
            + Sql.list(List.copyOf(relation.columns()))
            + " FROM "
            + relation.table()
            + ") "
            + keys
            + "\n) a("
            + Sql.list(d.key())
            + ")";
    int given = select(d, what, select, shape.relations()).size();
    if (given != d.key().size()) {
      throw invalid(
          d, what + " gives " + given + " columns for the " + d.key().size() + " of the key");
    }
  }

  /** Over the row that a delta has: its own columns, with the types that sums of them have. */
  private void expression(ResultShape shape, String word, String expression) throws SQLException {
    ResultDefinition d = shape.definition();
    List<String> columns = new ArrayList<>();
    for (ResultColumn column : shape.columns()) {
      if (!d.derived().containsKey(column.name())) {
        boolean sum = d.additive().contains(column.name()) && column.type().equals("bigint");
        columns.add(
            "NULL::" + (sum ? "numeric" : column.type()) + " AS " + Sql.quote(column.name()));
      }
    }
    select(
        d,
        "'" + word + "'",
        "SELECT (" + expression + ") AS value FROM (SELECT " + String.join(", ", columns) + ") v",
        Map.of());
  }

  /**
   * Checks a view over the result, after it was created: it belongs to the sink's role, and whoever
   * may read it reads with the rights of that role.
   *
   * @param view ready for SQL
   * @throws InvalidResultException it reads anything but mirrors and results, or calls what it must
   *     not; the caller's transaction is to be rolled back
   */
  void view(ResultDefinition definition, String name, String view) throws SQLException {
    String what = "view " + name;
    checkCalls(definition, what, view, true);
    for (Read read : server.reads(view)) {
      if (!read.schema().equals(options.mirrorSchema())
          && !read.schema().equals(options.resultSchema())) {
        throw invalid(
            definition,
            what + " reads " + read.schema() + "." + read.name() + ", no mirror and no result");
      }
    }
  }

  private void checkCalls(ResultDefinition definition, String what, String view, boolean clock)
      throws SQLException {
    String forbidden = server.forbiddenCall(view, clock);
    if (forbidden != null) {
      throw invalid(definition, (what.equals("the SELECT") ? "" : what + ": ") + forbidden);
    }
  }

  private static InvalidResultException undeclared(
      ResultDefinition definition, String what, Read read) {
    return invalid(
        definition,
        what
            + " reads "
            + read.schema()
            + "."
            + read.name()
            + ", of whose changes the header says nothing; add '-- affected: "
            + read.name()
            + " (column, …)'");
  }

  private List<ResultColumn> columns(ResultDefinition definition) throws SQLException {
    List<ResultColumn> columns = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT attname, t.typname, format_type(a.atttypid, a.atttypmod), a.atttypmod"
                    + " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid ="
                    + " '"
                    + VIEW
                    + "'::regclass AND a.attnum > 0 ORDER BY a.attnum")) {
      while (rows.next()) {
        String given = definition.types().get(rows.getString(1));
        String type =
            given != null ? given : type(rows.getString(2), rows.getString(3), rows.getInt(4));
        columns.add(new ResultColumn(rows.getString(1), type));
      }
    }
    return columns;
  }

  /** Wide enough for every value, so that a widened source column needs no rebuild. */
  private static String type(String base, String formatted, int modifier) {
    return switch (base) {
      case "int2", "int4", "int8" -> "bigint";
      case "varchar", "bpchar" -> "text";
      case "numeric" -> "numeric(38," + (modifier < 0 ? 2 : (modifier - 4) & 0x7FF) + ")";
      default -> formatted;
    };
  }

  private static InvalidResultException invalid(ResultDefinition definition, String problem) {
    return new InvalidResultException(definition.file() + ": " + problem);
  }
}
