package dev.cdcpipeline.it.ksqldb;

import dev.cdcpipeline.it.ksqldb.KsqlToken.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.avro.Schema;

/**
 * Reads statements one after the other as a server would, and remembers what they make. What a
 * server refuses, and what would do harm on one, is a {@link KsqlProblemException}.
 */
public final class KsqlChecker {
  private static final List<String> PROPERTIES =
      List.of("KAFKA_TOPIC", "KEY_FORMAT", "VALUE_FORMAT", "PARTITIONS");

  private final Function<String, Optional<Schema>> registry;
  private final Map<String, KsqlSource> sources = new LinkedHashMap<>();

  /**
   * @param registry gives the newest schema of a subject
   */
  public KsqlChecker(Function<String, Optional<Schema>> registry) {
    this.registry = registry;
    sources.put(
        "KSQL_PROCESSING_LOG",
        new KsqlSource(
            "KSQL_PROCESSING_LOG",
            "",
            false,
            Map.of(),
            Map.of(
                "LOGGER", KsqlType.VALUE,
                "LEVEL", KsqlType.VALUE,
                "TIME", KsqlType.VALUE,
                "MESSAGE", KsqlType.VALUE)));
  }

  /**
   * Reads a file to its end.
   *
   * @return what is wrong, each with its line; a statement has at most one
   */
  public List<String> check(String text) {
    List<String> problems = new ArrayList<>();
    try {
      for (List<KsqlToken> statement : KsqlLexer.statements(text)) {
        try {
          run(statement);
        } catch (KsqlProblemException e) {
          problems.add(e.getMessage());
        }
      }
    } catch (KsqlProblemException e) {
      problems.add(e.getMessage());
    }
    return problems;
  }

  /** The streams and tables that statements have made, in order. */
  public List<String> made() {
    return sources.keySet().stream().filter(name -> !name.equals("KSQL_PROCESSING_LOG")).toList();
  }

  /** The names of all columns of a stream or table, those of the key first. */
  public List<String> columns(String name) {
    return List.copyOf(sources.get(name).columns().keySet());
  }

  /** The names of the columns that are in the values of a topic that a statement has made. */
  public List<String> valueColumns(String topic) {
    return List.copyOf(
        sources.values().stream()
            .filter(source -> source.topic().equals(topic))
            .findFirst()
            .orElseThrow()
            .values()
            .keySet());
  }

  private void run(List<KsqlToken> tokens) {
    KsqlToken first = tokens.get(0);
    switch (first.upperCase()) {
      case "CREATE" -> create(tokens);
      case "SELECT" -> select(new KsqlQuery(tokens));
      case "DESCRIBE" -> known(tokens.get(1));
      case "SET" -> {
        if (tokens.size() != 4 || tokens.get(1).kind() != Kind.STRING || !tokens.get(2).is("=")) {
          throw new KsqlProblemException(first.line(), "expected SET 'property' = 'value'");
        }
      }
      case "SHOW" -> {
        if (tokens.size() != 2) {
          throw new KsqlProblemException(first.line(), "expected SHOW STREAMS or SHOW TABLES");
        }
      }
      default ->
          throw new KsqlProblemException(
              first.line(), first.text() + " is not a statement that these files use");
    }
  }

  private KsqlSource known(KsqlToken name) {
    KsqlSource source = sources.get(name.asName());
    if (source == null) {
      throw new KsqlProblemException(
          name.line(), name.text() + " does not exist; statements have made " + made());
    }
    return source;
  }

  private void create(List<KsqlToken> tokens) {
    KsqlToken name = tokens.get(2);
    if (sources.containsKey(name.asName())) {
      throw new KsqlProblemException(name.line(), name.text() + " exists already");
    }
    boolean table = tokens.get(1).is("TABLE");
    if (!table && !tokens.get(1).is("STREAM")) {
      throw new KsqlProblemException(name.line(), "expected CREATE STREAM or CREATE TABLE");
    }
    if (tokens.get(3).is("(")) {
      throw new KsqlProblemException(
          name.line(),
          name.text()
              + " declares columns; ksqlDB would register a schema of its own for a topic that has"
              + " none yet, and the source connector's would then be refused");
    }
    if (!tokens.get(3).is("WITH")) {
      throw new KsqlProblemException(name.line(), name.text() + " needs WITH (…)");
    }
    int end = 4;
    while (!tokens.get(end).is(")")) {
      end++;
    }
    Map<String, KsqlToken> properties = properties(tokens.subList(5, end));
    KsqlSource made =
        end == tokens.size() - 1
            ? inferred(name, table, properties)
            : selected(name, table, properties, tokens.subList(end + 1, tokens.size()));
    sources.put(made.name(), made);
  }

  private static Map<String, KsqlToken> properties(List<KsqlToken> tokens) {
    Map<String, KsqlToken> properties = new LinkedHashMap<>();
    for (int i = 0; i < tokens.size(); i += 4) {
      KsqlToken name = tokens.get(i);
      if (!PROPERTIES.contains(name.upperCase()) || !tokens.get(i + 1).is("=")) {
        throw new KsqlProblemException(name.line(), name.text() + " is none of " + PROPERTIES);
      }
      properties.put(name.upperCase(), tokens.get(i + 2));
    }
    return properties;
  }

  private KsqlSource inferred(KsqlToken name, boolean table, Map<String, KsqlToken> properties) {
    String topic = property(properties, "KAFKA_TOPIC", name);
    for (String format : List.of("KEY_FORMAT", "VALUE_FORMAT")) {
      if (!property(properties, format, name).equals("AVRO")) {
        throw new KsqlProblemException(name.line(), format + " of a change topic is AVRO");
      }
    }
    KsqlType key = KsqlType.of(schema(topic + "-key", name));
    KsqlType value = KsqlType.of(schema(topic + "-value", name));
    return new KsqlSource(name.asName(), topic, table, Map.of("ROWKEY", key), value.fields());
  }

  private Schema schema(String subject, KsqlToken name) {
    return registry
        .apply(subject)
        .orElseThrow(
            () -> new KsqlProblemException(name.line(), "subject " + subject + " does not exist"));
  }

  private static String property(
      Map<String, KsqlToken> properties, String property, KsqlToken name) {
    KsqlToken value = properties.get(property);
    if (value == null) {
      throw new KsqlProblemException(name.line(), name.text() + " has no " + property);
    }
    return value.text();
  }

  private KsqlSource selected(
      KsqlToken name, boolean table, Map<String, KsqlToken> properties, List<KsqlToken> tokens) {
    if (!tokens.get(0).is("AS")) {
      throw new KsqlProblemException(name.line(), "expected AS SELECT after WITH (…)");
    }
    KsqlQuery query = new KsqlQuery(tokens.subList(1, tokens.size()));
    KsqlResult result = select(query);
    if (result.table() != table) {
      throw new KsqlProblemException(
          name.line(), "the query makes a " + (result.table() ? "table" : "stream"));
    }
    if (!query.has("EMIT")) {
      throw new KsqlProblemException(name.line(), "EMIT CHANGES is missing");
    }
    if (property(properties, "KEY_FORMAT", name).equals("KAFKA") && result.key().size() != 1) {
      throw new KsqlProblemException(
          name.line(), "keys in KAFKA format have one column, not " + result.key().keySet());
    }
    String topic = property(properties, "KAFKA_TOPIC", name);
    if (!topic.startsWith("ksqldb.")) {
      throw new KsqlProblemException(
          name.line(), topic + " must begin with ksqldb.: other names belong to the pipeline");
    }
    return new KsqlSource(name.asName(), topic, table, result.key(), result.values());
  }

  private KsqlResult select(KsqlQuery query) {
    return KsqlResult.of(query, new KsqlFrom(query.from(), this::known));
  }
}
