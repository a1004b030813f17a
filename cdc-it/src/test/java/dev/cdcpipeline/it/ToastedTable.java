package dev.cdcpipeline.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A table whose values are all stored out of line: an update that leaves them alone does not send
 * them, and Debezium writes a placeholder, of another form for each type.
 */
final class ToastedTable {
  static final String NAME = "toasted";

  private final TableWay way;
  private final Map<String, String> values = new LinkedHashMap<>();

  ToastedTable(TableWay way) {
    this.way = way;
    values.put("text", "repeat('t%1$d', 3000)");
    values.put("varchar(20000)", "repeat('v%1$d', 3000)");
    values.put("citext", "repeat('C%1$d', 3000)");
    values.put("bytea", "decode(repeat('00ff5c', 2000 + %1$d), 'hex')");
    values.put("json", "to_json(repeat('j%1$d', 3000))");
    values.put("jsonb", "to_jsonb(repeat('b%1$d', 3000))");
    values.put("xml", "('<a>' || repeat('x%1$d', 3000) || '</a>')::xml");
    values.put("hstore", "hstore('k', repeat('h%1$d', 3000))");
    values.put("numeric", "repeat('%1$d', 9000)::numeric");
    values.put("numeric(1000,2)", "repeat('%1$d', 990)::numeric");
    // a decimal of 1000 digits is out of line only where the row has several
    for (int scale = 3; scale < 7; scale++) {
      values.put("numeric(1000," + scale + ")", "repeat('%1$d', 990)::numeric");
    }
    values.put("varbit", "repeat('01', 20000 + %1$d)::varbit");
    values.put("bit(30000)", "repeat('011', 10000)::bit(30000)");
    values.put("text[]", "array_fill('a%1$d'::text, ARRAY[1000])");
    values.put("int[]", "array_fill(%1$d, ARRAY[1000, 2])");
    values.put("bigint[]", "array_fill(%1$d::bigint, ARRAY[1000])");
    values.put("date[]", "array_fill(date '2020-01-01' + %1$d, ARRAY[1000])");
    values.put("uuid[]", "array_fill(md5('%1$d')::uuid, ARRAY[500])");
    values.put("numeric[]", "array_fill(%1$d.50, ARRAY[500])");
    values.put(
        "tsvector",
        "(SELECT array_to_tsvector(array_agg('w%1$d' || g)) FROM generate_series(1, 2000) g)");
    values.put(
        "path",
        "(SELECT ('[' || string_agg('(' || g || ',%1$d)', ',') || ']')::path FROM"
            + " generate_series(1, 500) g)");
    values.put(
        "int4multirange",
        "(SELECT range_agg(int4range(g * 3, g * 3 + 2)) FROM generate_series(%1$d, 1000) g)");
    values.put("fidelity.pair", "ROW(%1$d, repeat('p', 5000))::fidelity.pair");
    values.put("fidelity.essay", "repeat('e%1$d', 3000)");
  }

  void create() {
    List<String> columns = new ArrayList<>(List.of("id int PRIMARY KEY", "n int"));
    List<String> storage = new ArrayList<>();
    int number = 0;
    for (String type : values.keySet()) {
      columns.add("c" + number + " " + type);
      storage.add("ALTER COLUMN c" + number + " SET STORAGE EXTERNAL");
      number++;
    }
    way.commit(
        "CREATE TABLE fidelity.toasted (" + String.join(", ", columns) + ")",
        "ALTER TABLE fidelity.toasted " + String.join(", ", storage));
  }

  /** Inserts rows, each with a long value of every type. */
  void insert(int from, int to) {
    for (int id = from; id <= to; id++) {
      List<String> row = new ArrayList<>(List.of("" + id, "0"));
      int digit = id % 9 + 1;
      values.forEach((type, sql) -> row.add("(" + sql.formatted(digit) + ")::" + type));
      way.commit("INSERT INTO fidelity.toasted SELECT " + String.join(", ", row));
    }
  }
}
