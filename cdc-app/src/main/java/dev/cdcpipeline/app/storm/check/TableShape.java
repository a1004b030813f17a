package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.app.sql.Query;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A table as the checks see it: the columns that it had at the beginning, its key, and a digest of
 * rows that Java and PostgreSQL compute alike. The digest of a table is the sum of those of its
 * rows, modulo 2^64, whatever their order.
 *
 * @param name without its schema
 * @param columns those of the beginning, in the table's order
 * @param key the columns of the primary key, as indexes of {@code columns}
 */
record TableShape(String name, List<String> columns, List<Integer> key) {
  private static final String SEPARATOR = "\u001f";
  private static final String NULL = "\u0002";

  TableShape {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("table " + name + " has no primary key");
    }
  }

  /** Reads the shapes of all tables of a publication. */
  static List<TableShape> ofPublication(Connection source, String publication) throws SQLException {
    String sql =
        "SELECT t.tablename, a.attname, coalesce(a.attnum = ANY (i.indkey), false)"
            + " FROM pg_publication_tables t JOIN pg_attribute a ON a.attrelid ="
            + " format('%I.%I', t.schemaname, t.tablename)::regclass AND a.attnum > 0 AND NOT"
            + " a.attisdropped LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary"
            + " WHERE t.pubname = ? ORDER BY t.tablename, a.attnum";
    Map<String, List<String>> columns = new LinkedHashMap<>();
    Map<String, List<Integer>> keys = new HashMap<>();
    Query.of(sql, publication)
        .forEach(
            source,
            row -> {
              List<String> before =
                  columns.computeIfAbsent(row.getString(1), table -> new ArrayList<>());
              if (row.getBoolean(3)) {
                keys.computeIfAbsent(row.getString(1), table -> new ArrayList<>())
                    .add(before.size());
              }
              before.add(row.getString(2));
            });
    return columns.keySet().stream()
        .map(
            table -> new TableShape(table, columns.get(table), keys.getOrDefault(table, List.of())))
        .toList();
  }

  /** A SELECT of the rows' values as text. */
  String rowsSql(String schema) {
    return "SELECT "
        + columns.stream().map(column -> column + "::text").collect(Collectors.joining(", "))
        + " FROM "
        + schema
        + "."
        + name;
  }

  /** A SELECT of the number of rows and of the sum of their digests, not yet modulo 2^64. */
  String digestSql(String schema) {
    return columns.stream()
        .map(column -> "coalesce(" + column + "::text, E'\\x02')")
        .collect(
            Collectors.joining(
                ", ",
                "SELECT count(*), coalesce(sum(('x' || substr(md5(concat_ws(E'\\x1f', ",
                ")), 1, 16))::bit(64)::bigint::numeric), 0) FROM " + schema + "." + name));
  }

  /** The same digest of one row. */
  long digest(String[] values) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      text.append(i == 0 ? "" : SEPARATOR).append(values[i] == null ? NULL : values[i]);
    }
    try {
      byte[] md5 =
          MessageDigest.getInstance("MD5").digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(md5).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no MD5", e);
    }
  }

  /** The key of a row as one text. */
  String keyOf(String[] values) {
    return key.stream().map(column -> values[column]).collect(Collectors.joining(SEPARATOR));
  }
}
