package dev.cdcpipeline.it.ksqldb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.ProductSales;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/**
 * The files of {@code infra/connectors/confluent}: what their connectors write, beside the tables
 * that the SQL file there makes.
 */
final class JdbcSinkFiles {
  private static final Path DIRECTORY = Path.of("..", "infra", "connectors", "confluent");

  private final Map<String, JsonNode> configs = new TreeMap<>();
  private final KsqlChecker ksqldb;
  private final List<String> problems = new ArrayList<>();

  /** Makes the tables as the sink's role, twice, and compares. */
  JdbcSinkFiles(String targetAdminUrl, KsqlChecker ksqldb) throws IOException, SQLException {
    this.ksqldb = ksqldb;
    try (Stream<Path> files = Files.walk(DIRECTORY)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        configs.put(json.path("name").asText(), json.path("config"));
        if (json.size() != 2) {
          problems.add(file + " has more than name and config, which Connect's REST API refuses");
        }
      }
    }
    String tables = Files.readString(DIRECTORY.resolve("tables.sql"));
    try (Connection target = DriverManager.getConnection(targetAdminUrl);
        Statement statement = target.createStatement()) {
      statement.execute("SET ROLE cdc_sink");
      statement.execute(tables);
      statement.execute(tables);
      for (Map.Entry<String, JsonNode> connector : configs.entrySet()) {
        compare(connector.getKey(), connector.getValue(), target);
      }
    }
  }

  Set<String> names() {
    return configs.keySet();
  }

  List<String> problems() {
    return problems;
  }

  private void compare(String name, JsonNode config, Connection target) throws SQLException {
    boolean folded = config.path("quote.sql.identifiers").asText().equals("never");
    Set<String> written = new HashSet<>();
    for (String field : fields(config)) {
      written.add(folded ? field.toLowerCase(Locale.ROOT) : field);
    }
    String table = config.path("table.name.format").asText();
    Map<String, Boolean> columns = columns(target, table);
    if (columns.isEmpty()) {
      problems.add(name + ": tables.sql makes no " + table);
    }
    for (String field : written) {
      if (!columns.containsKey(field)) {
        problems.add(name + " writes " + field + ", which " + table + " has not");
      }
    }
    columns.forEach(
        (column, needed) -> {
          if (needed && !written.contains(column)) {
            problems.add(name + " does not write " + column + ", which " + table + " needs");
          }
        });
    Set<String> key = new HashSet<>();
    for (String field : list(config, "pk.fields")) {
      key.add(folded ? field.toLowerCase(Locale.ROOT) : field);
    }
    if (!uniques(target, table).contains(key)) {
      problems.add(name + " upserts by " + key + ", which is not unique in " + table);
    }
    if (config.path("connection.url").asText().contains("reWriteBatchedInserts")) {
      problems.add(name + ": a rewritten batch can't upsert one row twice");
    }
  }

  /** What is left of a record's fields after the transforms, with the key's columns. */
  private Set<String> fields(JsonNode config) {
    Set<String> fields = new HashSet<>(values(config.path("topics").asText()));
    for (String transform : list(config, "transforms")) {
      String prefix = "transforms." + transform + ".";
      List<String> excluded = list(config, prefix + "exclude");
      for (String field : excluded) {
        if (!fields.remove(field)) {
          problems.add(transform + " leaves out " + field + ", which no record has");
        }
      }
      String inserted = config.path(prefix + "timestamp.field").asText();
      if (!inserted.isEmpty()) {
        fields.add(inserted);
      }
    }
    List<String> key = list(config, "pk.fields");
    if (config.path("pk.mode").asText().equals("record_key")) {
      fields.addAll(key);
    } else if (!fields.containsAll(key)) {
      problems.add("no record of " + config.path("topics").asText() + " has all of " + key);
    }
    return fields;
  }

  private List<String> values(String topic) {
    return switch (topic) {
      case "orders_enriched" -> names(OrderEnriched.getClassSchema());
      case "product_sales" -> names(ProductSales.getClassSchema());
      default -> ksqldb.valueColumns(topic);
    };
  }

  private static List<String> names(Schema schema) {
    return schema.getFields().stream().map(Schema.Field::name).toList();
  }

  private static List<String> list(JsonNode config, String property) {
    String text = config.path(property).asText();
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(",", -1));
  }

  /** The columns, each with whether an insert must give a value. */
  private static Map<String, Boolean> columns(Connection target, String table) throws SQLException {
    try (PreparedStatement query =
        target.prepareStatement(
            "SELECT column_name, is_nullable = 'NO' AND column_default IS NULL AND is_identity ="
                + " 'NO' FROM information_schema.columns WHERE table_schema || '.' || table_name ="
                + " ?")) {
      query.setString(1, table);
      Map<String, Boolean> columns = new TreeMap<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          columns.put(rows.getString(1), rows.getBoolean(2));
        }
      }
      return columns;
    }
  }

  private static Set<Set<String>> uniques(Connection target, String table) throws SQLException {
    try (PreparedStatement query =
        target.prepareStatement(
            "SELECT string_agg(a.attname, ',') FROM pg_index i JOIN pg_attribute a ON a.attrelid ="
                + " i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indisunique AND i.indrelid ="
                + " ?::regclass GROUP BY i.indexrelid")) {
      query.setString(1, table);
      Set<Set<String>> uniques = new HashSet<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          uniques.add(Set.of(rows.getString(1).split(",", -1)));
        }
      }
      return uniques;
    }
  }
}
