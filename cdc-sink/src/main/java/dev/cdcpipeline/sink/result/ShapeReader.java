package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultShape.ResultColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks a definition against the database: what its SELECT reads and calls, and which columns it
 * gives. The server parses the SELECT as a temporary view, which is dropped again.
 */
final class ShapeReader {
  private static final Pattern FUNCTION =
      Pattern.compile(":(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)");
  private static final Set<String> TIME_FUNCTIONS =
      Set.of(
          "now",
          "transaction_timestamp",
          "statement_timestamp",
          "txid_current",
          "pg_current_xact_id",
          "pg_current_xact_id_if_assigned",
          "txid_current_if_assigned",
          "current_setting",
          "pg_current_wal_lsn",
          "pg_backend_pid");
  private static final String VIEW = "pg_temp._cdc_checked";

  private final Connection connection;
  private final ResultOptions options;

  ShapeReader(Connection connection, ResultOptions options) {
    this.connection = connection;
    this.options = options;
  }

  /** Whether a mirror or a result of this name exists. */
  boolean exists(String table) throws SQLException {
    return find(table) != null;
  }

  /** The tables that a definition names and that do not exist yet. */
  List<String> missing(ResultDefinition definition) throws SQLException {
    List<String> missing = new ArrayList<>();
    for (String table : definition.followed()) {
      if (find(table) == null) {
        missing.add(table);
      }
    }
    return missing;
  }

  /**
   * Reads a definition's shape; all tables it names must exist, and {@code search_path} must find
   * them.
   *
   * @throws InvalidResultException what is wrong with the definition
   * @throws SQLException the database did not answer; a statement that it refused for what it says
   *     is an {@link InvalidResultException}
   */
  ResultShape read(ResultDefinition definition) throws SQLException {
    Map<String, Relation> relations = new LinkedHashMap<>();
    for (String table : definition.followed()) {
      relations.put(table, find(table));
    }
    String select = definition.select();
    if (definition.kind() == ResultKind.LOG) {
      select =
          LogSql.shadowed(
              definition, relations, relations.get(definition.over().orElseThrow()).table());
    }
    List<ResultColumn> columns = columns(definition, select, relations);
    List<String> selected = columns.stream().map(ResultColumn::name).toList();
    List<String> measured = List.of();
    if (definition.measures().isPresent()) {
      List<ResultColumn> more = columns(definition, definition.measures().get(), relations);
      measured = more.stream().map(ResultColumn::name).toList();
      columns = new ArrayList<>(columns);
      for (ResultColumn column : more) {
        if (!selected.contains(column.name())) {
          columns.add(column);
        }
      }
    }
    ResultShape shape =
        new ResultShape(definition, options.resultSchema(), columns, selected, measured, relations);
    checkNames(shape);
    return shape;
  }

  private void checkNames(ResultShape shape) {
    ResultDefinition d = shape.definition();
    List<String> named = new ArrayList<>(d.key());
    named.addAll(d.additive());
    named.addAll(d.greatest());
    named.addAll(d.least());
    named.addAll(d.derived().keySet());
    named.addAll(d.types().keySet());
    if (d.kind() == ResultKind.VIOLATIONS) {
      named.add("detail");
    }
    for (String column : named) {
      if (!shape.names().contains(column)) {
        throw invalid(d, "the SELECT gives no column " + column + ", only " + shape.names());
      }
    }
    if (shape.names().contains("updated_at")) {
      throw invalid(d, "column updated_at is the sink's own; name it otherwise");
    }
    if (d.measures().isPresent()) {
      for (String column : measuredNames(d)) {
        if (!shape.measured().contains(column)) {
          throw invalid(d, "measures gives no column " + column + ", only " + shape.measured());
        }
      }
    }
  }

  private static List<String> measuredNames(ResultDefinition d) {
    List<String> names = new ArrayList<>(d.key());
    names.addAll(d.additive());
    names.addAll(d.greatest());
    names.addAll(d.least());
    return names;
  }

  private List<ResultColumn> columns(
      ResultDefinition definition, String select, Map<String, Relation> relations)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SAVEPOINT cdc_shape");
      try {
        statement.execute("CREATE TEMP VIEW _cdc_checked AS " + select);
      } catch (SQLException e) {
        if (Outcome.of(e) == Outcome.SYSTEM) {
          throw e;
        }
        statement.execute("ROLLBACK TO SAVEPOINT cdc_shape");
        throw new InvalidResultException(
            definition.file() + ": the SELECT is refused: " + Outcome.message(e), e);
      }
      try {
        checkFunctions(definition);
        checkRelations(definition, relations);
        return viewColumns(definition);
      } finally {
        statement.execute("ROLLBACK TO SAVEPOINT cdc_shape");
      }
    }
  }

  private void checkRelations(ResultDefinition definition, Map<String, Relation> relations)
      throws SQLException {
    for (List<String> row :
        rows(
            "SELECT DISTINCT n.nspname, c.relname, c.relkind::text FROM pg_rewrite r JOIN pg_depend"
                + " d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid ="
                + " 'pg_class'::regclass JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n"
                + " ON n.oid = c.relnamespace WHERE r.ev_class = '"
                + VIEW
                + "'::regclass AND c.oid <> r.ev_class")) {
      Relation known = relations.get(row.get(1));
      if (known == null || !known.table().equals(Sql.quote(row.get(0), row.get(1)))) {
        throw invalid(
            definition,
            "the SELECT reads "
                + row.get(0)
                + "."
                + row.get(1)
                + ", of whose changes the header says nothing; add '-- affected: "
                + row.get(1)
                + " (column, …)'");
      }
    }
  }

  private void checkFunctions(ResultDefinition definition) throws SQLException {
    String tree =
        rows("SELECT ev_action::text FROM pg_rewrite WHERE ev_class = '" + VIEW + "'::regclass")
            .get(0)
            .get(0);
    if (tree.contains("{SQLVALUEFUNCTION ") || tree.contains("{NEXTVALUEEXPR ")) {
      throw invalid(
          definition,
          "CURRENT_TIMESTAMP and its like depend on when they are computed; a result must depend on"
              + " the rows alone");
    }
    Set<String> called = new HashSet<>();
    Matcher m = FUNCTION.matcher(tree);
    while (m.find()) {
      called.add(m.group(1));
    }
    if (called.isEmpty()) {
      return;
    }
    for (List<String> row :
        rows(
            "SELECT p.proname, p.provolatile::text, n.nspname, p.pronargs::text FROM pg_proc p"
                + " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.provolatile <> 'i'"
                + " AND p.oid IN ("
                + String.join(",", called)
                + ")")) {
      boolean builtIn = row.get(2).equals("pg_catalog");
      boolean age = builtIn && row.get(0).equals("age") && row.get(3).equals("1");
      if (row.get(1).equals("v") || !builtIn || age || TIME_FUNCTIONS.contains(row.get(0))) {
        throw invalid(
            definition,
            "function "
                + row.get(0)
                + "() is "
                + (row.get(1).equals("v") ? "volatile" : "not immutable")
                + "; a result must depend on the rows alone");
      }
    }
  }

  private List<ResultColumn> viewColumns(ResultDefinition definition) throws SQLException {
    List<ResultColumn> columns = new ArrayList<>();
    for (List<String> row :
        rows(
            "SELECT attname, t.typname, format_type(a.atttypid, a.atttypmod), a.atttypmod::text"
                + " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = '"
                + VIEW
                + "'::regclass AND a.attnum > 0 ORDER BY a.attnum")) {
      String given = definition.types().get(row.get(0));
      columns.add(new ResultColumn(row.get(0), given != null ? given : type(row)));
    }
    return columns;
  }

  /** Wide enough for every value, so that a widened source column needs no rebuild. */
  private static String type(List<String> column) {
    return switch (column.get(1)) {
      case "int2", "int4", "int8" -> "bigint";
      case "varchar", "bpchar" -> "text";
      case "numeric" -> {
        int modifier = Integer.parseInt(column.get(3));
        yield "numeric(38," + (modifier < 0 ? 2 : (modifier - 4) & 0x7FF) + ")";
      }
      default -> column.get(2);
    };
  }

  /** The table that an unqualified name means: a mirror, else a result; null if there is none. */
  private Relation find(String table) throws SQLException {
    for (String schema : List.of(options.mirrorSchema(), options.resultSchema())) {
      List<List<String>> columns =
          rows(
              "SELECT a.attname, (a.attnum = ANY (i.indkey))::text FROM pg_class c JOIN"
                  + " pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid ="
                  + " c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_index i ON"
                  + " i.indrelid = c.oid AND i.indisprimary WHERE n.nspname = ? AND c.relname = ?"
                  + " AND c.relkind IN ('r', 'p') ORDER BY a.attnum",
              schema,
              table);
      if (!columns.isEmpty()) {
        boolean mirror = schema.equals(options.mirrorSchema());
        Set<String> names = new LinkedHashSet<>();
        List<String> key = new ArrayList<>();
        for (List<String> column : columns) {
          String name = column.get(0);
          if (mirror ? !name.startsWith("_cdc_") : !name.equals("updated_at")) {
            names.add(name);
          }
          if ("true".equals(column.get(1))) {
            key.add(name);
          }
        }
        return new Relation(table, Sql.quote(schema, table), List.copyOf(names), key);
      }
    }
    return null;
  }

  private List<List<String>> rows(String sql, String... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        int width = rows.getMetaData().getColumnCount();
        List<List<String>> all = new ArrayList<>();
        while (rows.next()) {
          List<String> row = new ArrayList<>();
          for (int i = 1; i <= width; i++) {
            row.add(rows.getString(i));
          }
          all.add(row);
        }
        return all;
      }
    }
  }

  private static InvalidResultException invalid(ResultDefinition definition, String problem) {
    return new InvalidResultException(definition.file() + ": " + problem);
  }
}
