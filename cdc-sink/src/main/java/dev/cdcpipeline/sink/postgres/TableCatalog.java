package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.sink.change.TableId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what the target's catalogue says of tables and types. */
public final class TableCatalog {
  // a domain is followed to its base type by format_type's own rules: one level suffices for
  // values, as a domain over a domain has the same base in typbasetype's chain
  private static final String COLUMNS =
      """
      WITH RECURSIVE base AS (
        SELECT a.attnum, t.oid, t.typname, t.typtype, t.typbasetype, a.atttypmod AS typmod
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT b.attnum, t.oid, t.typname, t.typtype, t.typbasetype, d.typtypmod
        FROM base b JOIN pg_type d ON d.oid = b.oid JOIN pg_type t ON t.oid = d.typbasetype
        WHERE b.typtype = 'd'
      )
      SELECT a.attname, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1),
             b.typname, b.typmod, a.attnotnull,
             coalesce(pg_get_expr(d.adbin, d.adrelid) IN ('now()', 'CURRENT_TIMESTAMP'), false)
      FROM pg_attribute a JOIN base b ON b.attnum = a.attnum AND b.typtype <> 'd'
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = ?::regclass AND a.attgenerated = ''
      ORDER BY a.attnum\
      """;

  private static final String KEYS =
      """
      SELECT array_agg(a.attname::text)
      FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) k(attnum)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE i.indrelid = ?::regclass AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND i.indexprs IS NULL
      GROUP BY i.indexrelid, i.indisprimary
      ORDER BY i.indisprimary DESC, i.indexrelid\
      """;

  private static final String COPIED =
      """
      SELECT c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
        AND NOT EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '3')
      FROM pg_class c
      WHERE c.oid = ?::regclass\
      """;

  // an extension's types are found wherever its schema is; an array type belongs to its element's
  private static final String TYPE =
      """
      SELECT format_type(coalesce(
        to_regtype(?),
        (SELECT t.oid
         FROM pg_type t
           JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.deptype = 'e'
             AND d.objid = CASE t.typcategory WHEN 'A' THEN t.typelem ELSE t.oid END
         WHERE t.typname = ? AND has_schema_privilege(t.typnamespace, 'USAGE')
         ORDER BY t.oid LIMIT 1)), -1)\
      """;

  private final Connection connection;

  public TableCatalog(Connection connection) {
    this.connection = connection;
  }

  /** The table, empty if there is none of this name. */
  public Optional<TargetTable> find(TableId id) throws SQLException {
    String name = SqlIdentifiers.qualified(id.schema(), id.name());
    if (!exists(name)) {
      return Optional.empty();
    }
    return Optional.of(
        new TargetTable(id, columns(name), keys(name), primaryKey(name), isCopied(name)));
  }

  /** The type's name ready for SQL, without length and scale, empty if the target has none such. */
  Optional<String> findType(String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(TYPE)) {
      select.setString(1, SqlIdentifiers.quote(name));
      select.setString(2, name);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return Optional.ofNullable(row.getString(1));
      }
    }
  }

  /** Views and rules that use a column, which keep its type from being changed. */
  List<String> viewsOver(TargetTable table, String column) throws SQLException {
    String sql =
        """
        SELECT DISTINCT format('%I.%I', n.nspname, v.relname)
        FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
          JOIN pg_class v ON v.oid = r.ev_class JOIN pg_namespace n ON n.oid = v.relnamespace
          JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ?::regclass AND a.attname = ?
        ORDER BY 1\
        """;
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, table.sql());
      select.setString(2, column);
      List<String> views = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          views.add(row.getString(1));
        }
      }
      return views;
    }
  }

  private boolean exists(String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("SELECT to_regclass(?)")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getString(1) != null;
      }
    }
  }

  private String primaryKey(String name) throws SQLException {
    String sql = "SELECT conname FROM pg_constraint WHERE contype = 'p' AND conrelid = ?::regclass";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  private boolean isCopied(String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(COPIED)) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  private List<TargetColumn> columns(String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(COLUMNS)) {
      select.setString(1, name);
      select.setString(2, name);
      List<TargetColumn> columns = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          columns.add(
              new TargetColumn(
                  row.getString(1),
                  row.getString(2),
                  row.getString(3),
                  row.getString(4),
                  row.getInt(5),
                  row.getBoolean(6),
                  row.getBoolean(7)));
        }
      }
      return List.copyOf(columns);
    }
  }

  private List<Set<String>> keys(String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(KEYS)) {
      select.setString(1, name);
      List<Set<String>> keys = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Array columns = row.getArray(1);
          keys.add(new LinkedHashSet<>(Arrays.asList((String[]) columns.getArray())));
        }
      }
      return List.copyOf(keys);
    }
  }
}
