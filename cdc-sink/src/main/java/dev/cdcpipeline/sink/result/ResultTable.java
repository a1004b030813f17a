package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultDefinition.Index;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A result's table, its indexes and its views. A table whose columns change is built beside the old
 * one and takes its place within the transaction; one whose columns stay is brought up to date in
 * place, so that readers wait for neither.
 */
final class ResultTable {
  private static final String NEXT = "__next";

  private final Connection connection;
  private final ResultOptions options;

  ResultTable(Connection connection, ResultOptions options) {
    this.connection = connection;
    this.options = options;
  }

  /** What {@link #prepare} found. */
  enum Existing {
    /**
     * There was no table, or one with other columns that has been put aside: the table is empty.
     */
    EMPTY,
    /** The table has the columns it needs, and rows. */
    FILLED
  }

  /**
   * Makes sure that the table exists with the shape's columns, and the indexes and views with it.
   *
   * @param ours whether the catalogue knows the result, so that a table with other columns may be
   *     replaced
   * @throws InvalidResultException a table of that name with other columns is not ours
   */
  Existing prepare(ResultShape shape, boolean ours) throws SQLException {
    String target = shape.definition().target();
    boolean shared = shape.definition().kind() == ResultKind.VIOLATIONS;
    try (Statement statement = connection.createStatement()) {
      Existing existing = Existing.EMPTY;
      if (!exists(target)) {
        statement.execute(shared ? violations(target) : create(shape, target));
      } else {
        statement.execute(shared ? violations(target + NEXT) : create(shape, target + NEXT));
        if (columns(target).equals(columns(target + NEXT))) {
          statement.execute("DROP TABLE " + table(target + NEXT));
          existing = Existing.FILLED;
        } else if (ours && !shared) {
          replace(shape, statement);
        } else {
          throw new InvalidResultException(
              shape.definition().file()
                  + ": table "
                  + options.resultSchema()
                  + "."
                  + target
                  + " exists with columns "
                  + columns(target)
                  + ", the definition gives "
                  + columns(target + NEXT)
                  + "; drop or rename it");
        }
      }
      for (Map.Entry<String, String> view : shape.definition().views().entrySet()) {
        statement.execute("DROP VIEW IF EXISTS " + table(view.getKey()));
        statement.execute("CREATE VIEW " + table(view.getKey()) + " AS " + view.getValue());
        new FragmentReader(connection, options)
            .view(shape.definition(), view.getKey(), table(view.getKey()));
      }
      for (Index index : shape.definition().indexes()) {
        createIndex(shape, index, statement);
      }
      return existing;
    }
  }

  /** Makes sure that there is a table to plan with; the indexes of the definition are left out. */
  void prepareForPlan(ResultShape shape) throws SQLException {
    String target = shape.definition().target();
    if (!exists(target)) {
      boolean shared = shape.definition().kind() == ResultKind.VIOLATIONS;
      try (Statement statement = connection.createStatement()) {
        statement.execute(shared ? violations(target) : create(shape, target));
      }
    }
  }

  /** Drops the table with its views. */
  void drop(ResultDefinition definition) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String view : definition.views().keySet()) {
        statement.execute("DROP VIEW IF EXISTS " + table(view));
      }
      statement.execute("DROP TABLE IF EXISTS " + table(definition.target()));
    }
  }

  /**
   * Creates, once per session, the relations that hold the rows a flush changed in a result.
   *
   * @return whether they had to be created
   */
  boolean createChangedRows(ResultShape shape) throws SQLException {
    boolean created = false;
    try (Statement statement = connection.createStatement()) {
      for (String name : List.of(Upsert.newRows(shape), Upsert.oldRows(shape))) {
        if (!sameColumns(name, shape.table())) {
          String bare = name.substring("pg_temp.".length());
          statement.execute("DROP TABLE IF EXISTS " + name);
          statement.execute(
              "CREATE TEMP TABLE " + bare + " AS TABLE " + shape.table() + " WITH NO DATA");
          created = true;
        }
      }
    }
    return created;
  }

  private boolean sameColumns(String one, String other) throws SQLException {
    String columns =
        "(SELECT array_agg(attname || ' ' || format_type(atttypid, atttypmod) ORDER BY attnum) FROM"
            + " pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped)";
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT coalesce(" + columns + " = " + columns + ", false)")) {
      statement.setString(1, one);
      statement.setString(2, other);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  private void replace(ResultShape shape, Statement statement) throws SQLException {
    String target = shape.definition().target();
    statement.execute(grants(target, target + NEXT));
    for (String view : shape.definition().views().keySet()) {
      statement.execute("DROP VIEW IF EXISTS " + table(view));
    }
    try {
      statement.execute("DROP TABLE " + table(target));
    } catch (SQLException e) {
      if (!"2BP01".equals(e.getSQLState())) {
        throw e;
      }
      throw new InvalidResultException(
          shape.definition().file()
              + ": the columns of "
              + target
              + " change, but other objects depend on it: "
              + Outcome.message(e)
              + "; drop them first",
          e);
    }
    statement.execute("ALTER TABLE " + table(target + NEXT) + " RENAME TO " + Sql.quote(target));
  }

  private String grants(String from, String to) {
    return "DO $$ DECLARE g record; BEGIN FOR g IN SELECT a.grantee::regrole AS who,"
        + " a.privilege_type FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = "
        + Sql.literal(table(from))
        + "::regclass AND a.grantee <> 0 AND a.grantee <> c.relowner LOOP EXECUTE format('GRANT %s"
        + " ON "
        + table(to).replace("'", "''")
        + " TO %s', g.privilege_type, g.who); END LOOP; END $$";
  }

  private String create(ResultShape shape, String name) {
    StringBuilder sql = new StringBuilder("CREATE TABLE " + table(name) + " (");
    boolean log = shape.definition().kind() == ResultKind.LOG;
    if (log) {
      sql.append(Sql.quote(shape.definition().identity()));
      sql.append(" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ");
    }
    shape
        .columns()
        .forEach(c -> sql.append(Sql.quote(c.name())).append(' ').append(c.type()).append(", "));
    sql.append("updated_at timestamptz NOT NULL");
    sql.append(shape.ownsLsn() ? ", source_lsn pg_lsn" : "");
    if (!shape.key().isEmpty()) {
      sql.append(log ? ", UNIQUE (" : ", PRIMARY KEY (").append(Sql.list(shape.key())).append(")");
    }
    // room on each page for the next version of a row, so that updates need no index entry
    return sql.append(log ? ")" : ") WITH (fillfactor = 80)").toString();
  }

  private String violations(String name) {
    return "CREATE TABLE "
        + table(name)
        + " (rule text, source_table text, row_key text, detail text, detected_at timestamptz,"
        + " resolved_at timestamptz, updated_at timestamptz NOT NULL, source_lsn pg_lsn,"
        + " PRIMARY KEY (rule, source_table, row_key))";
  }

  private void createIndex(ResultShape shape, Index index, Statement statement)
      throws SQLException {
    Relation relation =
        index.table().equals(shape.definition().target())
            ? new Relation(index.table(), shape.table(), List.of(), List.of())
            : shape.relations().get(index.table());
    if (relation == null) {
      throw new InvalidResultException(
          shape.definition().file()
              + ": index on "
              + index.table()
              + ", which the result does not read");
    }
    if (!hasIndex(relation.table(), index.columns())) {
      statement.execute(
          "CREATE INDEX ON " + relation.table() + " (" + Sql.list(index.columns()) + ")");
    }
  }

  private boolean hasIndex(String table, List<String> columns) throws SQLException {
    String sql =
        "SELECT 1 FROM pg_index i WHERE i.indrelid = ?::regclass AND i.indpred IS NULL AND"
            + " i.indisvalid AND (SELECT array_agg(a.attname::text ORDER BY k.ord) FROM"
            + " unnest(i.indkey) WITH ORDINALITY k(num, ord) JOIN pg_attribute a ON a.attrelid ="
            + " i.indrelid AND a.attnum = k.num WHERE k.ord <= ?) = ?::text[]";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table);
      statement.setInt(2, columns.size());
      statement.setArray(3, connection.createArrayOf("text", columns.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private boolean exists(String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
      statement.setString(1, table(name));
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  /** The table's columns with their types, and its keys. */
  private List<String> columns(String name) throws SQLException {
    String sql =
        "SELECT array_agg(attname || ' ' || format_type(atttypid, atttypmod) ORDER BY attnum)"
            + " || (SELECT array_agg(pg_get_constraintdef(oid) ORDER BY 1) FROM pg_constraint"
            + " WHERE conrelid = ?::regclass AND contype IN ('p', 'u'))"
            + " FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table(name));
      statement.setString(2, table(name));
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return Arrays.asList((String[]) rows.getArray(1).getArray());
      }
    }
  }

  private String table(String name) {
    return Sql.quote(options.resultSchema(), name);
  }
}
