package dev.cdcpipeline.app.schema;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultKind;
import dev.cdcpipeline.sink.result.ResultOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a change of a source table does to results: the server reads each SELECT over empty copies
 * of the mirrors, before the change and after it, in a transaction that is rolled back.
 */
public final class ResultForecast {
  // what the server says of a statement that it does not understand
  private static final String SYNTAX_OR_NAME = "42";
  private static final List<String> CHANGE_COLUMNS =
      List.of(
          "_cdc_ordinal bigint",
          "_cdc_segment bigint",
          "_cdc_op text",
          "_cdc_commit_seq bigint",
          "_cdc_lsn pg_lsn",
          "_cdc_source_order bigint",
          "_cdc_commit_time timestamp");

  private final Connection target;
  private final ResultOptions options;
  private final TableChange change;

  /**
   * @param target a connection as a role that may read the mirrors and create temporary tables;
   *     autocommit off
   */
  public ResultForecast(Connection target, ResultOptions options, TableChange change) {
    this.target = target;
    this.options = options;
    this.change = change;
  }

  /**
   * What becomes of one result, a line each.
   *
   * @return none if it stays as it is
   * @throws SQLException the target does not answer
   */
  public List<String> consequences(ResultDefinition definition) throws SQLException {
    if (!definition.followed().contains(change.table())) {
      return List.of();
    }
    Savepoint savepoint = target.setSavepoint();
    try {
      run("SET LOCAL lock_timeout = '5s'");
      run(
          "SET LOCAL search_path = pg_temp, %s, %s"
              .formatted(
                  SqlIdentifiers.quote(options.mirrorSchema()),
                  SqlIdentifiers.quote(options.resultSchema())));
      Optional<String> missing = copyTables(definition);
      if (missing.isPresent()) {
        return List.of("can't be told: the target has no table " + missing.get() + " yet");
      }
      Map<String, String> before = shape(definition);
      List<String> lines = new ArrayList<>();
      for (String gone : change.goneNames()) {
        if (names(definition, gone, before)) {
          lines.add(
              change
                  .newNameOf(gone)
                  .map(
                      now ->
                          "names %s, which will be %s: write %s there, and apply it (cdc results apply) when the change is through"
                              .formatted(gone, now, now))
                  .orElse(
                      "names %s, which will be NULL in every row written from then on; take it out if that is not meant"
                          .formatted(gone)));
        }
      }
      lines.addAll(retyped(definition, before));
      return lines;
    } finally {
      target.rollback(savepoint);
    }
  }

  private Optional<String> copyTables(ResultDefinition definition) throws SQLException {
    for (String table : definition.followed()) {
      String qualified = find(table);
      if (qualified == null) {
        return Optional.of(table);
      }
      String copy = "pg_temp." + SqlIdentifiers.quote(table);
      // with its key, on which a GROUP BY may rely
      run(
          "CREATE TEMP TABLE %s (LIKE %s INCLUDING INDEXES)"
              .formatted(SqlIdentifiers.quote(table), qualified));
      if (definition.kind() == ResultKind.LOG) {
        for (String column : CHANGE_COLUMNS) {
          run("ALTER TABLE " + copy + " ADD COLUMN IF NOT EXISTS " + column);
        }
      }
      if (definition.affected().stream().anyMatch(a -> a.select().isPresent())) {
        run(
            "CREATE TEMP TABLE %s (LIKE %s)"
                .formatted(SqlIdentifiers.quote("changed_" + table), qualified));
      }
    }
    return Optional.empty();
  }

  private String find(String table) throws SQLException {
    return Query.of(
            "SELECT coalesce(to_regclass(?), to_regclass(?))::oid::regclass::text",
            SqlIdentifiers.qualified(options.mirrorSchema(), table),
            SqlIdentifiers.qualified(options.resultSchema(), table))
        .text(target);
  }

  /** Whether the definition's header or one of its SELECTs needs a column. */
  private boolean names(ResultDefinition definition, String column, Map<String, String> before)
      throws SQLException {
    if (headerNames(definition).contains(column)) {
      return true;
    }
    Savepoint savepoint = target.setSavepoint();
    try {
      for (String table : copies(definition)) {
        run(
            "ALTER TABLE %s DROP COLUMN IF EXISTS %s"
                .formatted(table, SqlIdentifiers.quote(column)));
      }
      return !shape(definition).keySet().equals(before.keySet());
    } catch (SQLException e) {
      if (e.getSQLState() != null && e.getSQLState().startsWith(SYNTAX_OR_NAME)) {
        return true;
      }
      throw e;
    } finally {
      target.rollback(savepoint);
    }
  }

  private List<String> copies(ResultDefinition definition) {
    boolean selects = definition.affected().stream().anyMatch(a -> a.select().isPresent());
    return Stream.of(change.table(), "changed_" + change.table())
        .limit(selects ? 2 : 1)
        .map(SqlIdentifiers::quote)
        .toList();
  }

  /** Columns of the changed table that the header names. */
  private Set<String> headerNames(ResultDefinition definition) {
    Set<String> names = new LinkedHashSet<>();
    definition.affectedBy(change.table()).forEach(a -> names.addAll(a.columns()));
    if (definition.over().filter(change.table()::equals).isPresent()) {
      names.addAll(definition.slice());
      definition.lookups().forEach(lookup -> names.addAll(lookup.columns()));
    }
    definition.indexes().stream()
        .filter(index -> index.table().equals(change.table()))
        .forEach(index -> names.addAll(index.columns()));
    return names;
  }

  private List<String> retyped(ResultDefinition definition, Map<String, String> before)
      throws SQLException {
    Savepoint savepoint = target.setSavepoint();
    try {
      for (SourceColumn column : change.retyped()) {
        for (String table : copies(definition)) {
          run(
              "ALTER TABLE %s ALTER COLUMN %s TYPE %s USING NULL"
                  .formatted(table, SqlIdentifiers.quote(column.name()), column.type()));
        }
      }
      List<String> lines = new ArrayList<>();
      Map<String, String> after = shape(definition);
      before.forEach(
          (name, type) -> {
            String now = after.get(name);
            if (now != null && !now.equals(type)) {
              lines.add(
                  "column %s will be %s instead of %s: rebuild it when the change is through (cdc results rebuild %s)"
                      .formatted(name, now, type, definition.name()));
            }
          });
      return lines;
    } catch (SQLException e) {
      return List.of(
          "its SELECT will fail, correct it first: " + e.getMessage().replace("\n", " "));
    } finally {
      target.rollback(savepoint);
    }
  }

  /** The columns of all the definition's SELECTs with their types. */
  private Map<String, String> shape(ResultDefinition definition) throws SQLException {
    List<String> selects = new ArrayList<>(List.of(definition.select()));
    definition.measures().ifPresent(selects::add);
    definition.affectedBy(change.table()).forEach(a -> a.select().ifPresent(selects::add));
    Map<String, String> shape = new LinkedHashMap<>();
    for (String select : selects) {
      Savepoint savepoint = target.setSavepoint();
      try {
        run("CREATE TEMP VIEW _cdc_planned AS " + select);
        String sql =
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid ="
                + " 'pg_temp._cdc_planned'::regclass AND attnum > 0 ORDER BY attnum";
        Query.of(sql).forEach(target, row -> shape.putIfAbsent(row.getString(1), row.getString(2)));
      } finally {
        target.rollback(savepoint);
      }
    }
    return shape;
  }

  private void run(String sql) throws SQLException {
    Query.of(sql).run(target);
  }
}
