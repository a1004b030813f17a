package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultShape.ResultColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks a definition against the database: what its pieces of SQL read and call, and which columns
 * its SELECT gives.
 */
final class ShapeReader {
  private final Connection connection;
  private final ResultOptions options;
  private final FragmentReader fragments;

  ShapeReader(Connection connection, ResultOptions options) {
    this.connection = connection;
    this.options = options;
    this.fragments = new FragmentReader(connection, options);
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
    List<ResultColumn> columns = fragments.select(definition, "the SELECT", select, relations);
    List<String> selected = columns.stream().map(ResultColumn::name).toList();
    List<String> measured = List.of();
    if (definition.measures().isPresent()) {
      List<ResultColumn> more =
          fragments.select(definition, "'measures'", definition.measures().get(), relations);
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
    fragments.others(shape);
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
