package dev.cdcpipeline.sink.connect.config;

import dev.cdcpipeline.sink.postgres.MirrorSchema;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.connect.sink.SinkTask;

/**
 * What no single key's bounds can say: keys that need each other, keys of another mode, and
 * settings of topics that are not read.
 */
public final class ConfigProblems {
  private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";
  // these look at a record's topic, time and headers alone
  private static final Set<String> BLIND_TRANSFORMS =
      Set.of(
          "org.apache.kafka.connect.transforms.RegexRouter",
          "org.apache.kafka.connect.transforms.TimestampRouter",
          "org.apache.kafka.connect.transforms.Filter",
          "org.apache.kafka.connect.transforms.DropHeaders",
          "org.apache.kafka.connect.transforms.InsertHeader");

  private final Map<String, String> properties;
  private final Map<String, String> problems = new LinkedHashMap<>();

  private ConfigProblems(Map<String, String> properties) {
    this.properties = properties;
  }

  /** The problems by key, none if all is well. */
  public static Map<String, String> of(Map<String, String> properties) {
    ConfigProblems check = new ConfigProblems(properties);
    properties.forEach(
        (key, value) -> {
          if (value == null) {
            check.problems.put(key, "is null; give it a value, or leave it out");
          }
        });
    if (!check.problems.isEmpty()) {
      return check.problems;
    }
    boolean transactional = check.value(TableKeys.MODE, "transactional").equals("transactional");
    if (transactional) {
      check.transactional();
    } else {
      check.topics();
    }
    if (transactional || check.value(TopicKeys.INPUT, "avro").equals("avro")) {
      check.rawAvro(transactional);
    }
    check.mirrorSchema(transactional);
    check.keysOfOtherModes();
    if (check.problems.isEmpty()) {
      new TopicMirrors(properties)
          .clash(check.list(SinkTask.TOPICS_CONFIG))
          .ifPresent(clash -> check.problems.put(TableKeys.MIRROR_SCHEMA, clash));
    }
    return check.problems;
  }

  private void transactional() {
    require(
        SourceKeys.TRANSACTION_TOPIC,
        "is needed in mode transactional; set it to Debezium's <topic.prefix>.transaction");
  }

  private void mirrorSchema(boolean transactional) {
    String schema = value(TableKeys.MIRROR_SCHEMA, "mirror");
    if (schema.replace(MirrorSchema.SOURCE_SCHEMA, "").contains("${")) {
      problems.put(
          TableKeys.MIRROR_SCHEMA,
          "may hold " + MirrorSchema.SOURCE_SCHEMA + " and no other placeholder");
    } else if (transactional
        && schema.contains(MirrorSchema.SOURCE_SCHEMA)
        && !value(TableKeys.RESULTS_DIR, "").isEmpty()) {
      problems.put(
          TableKeys.MIRROR_SCHEMA,
          "must name one schema, as results read the mirrors of one; leave results.dir empty, or"
              + " give the results a sink of their own");
    }
  }

  private void rawAvro(boolean transactional) {
    require(KafkaKeys.REGISTRY_URL, "is needed to decode raw Avro bytes");
    for (String converter : List.of("key.converter", "value.converter")) {
      String named = value(converter, BYTES);
      if (!transactional && !named.equals(BYTES)) {
        problems.put(
            converter,
            "must be " + BYTES + " for input=avro; for other converters set input=connect");
      }
    }
    for (String name : list("transforms")) {
      String type = value("transforms." + name + ".type", "");
      if (transactional || !BLIND_TRANSFORMS.contains(type)) {
        problems.put(
            "transforms",
            "the sink reads raw Avro bytes, which the transformation "
                + name
                + " can't see; remove it, or "
                + (transactional ? "reshape the rows in a result's SELECT" : "set input=connect"));
      }
    }
  }

  private void topics() {
    List<String> topics = list(SinkTask.TOPICS_CONFIG);
    String regex = value(SinkTask.TOPICS_REGEX_CONFIG, "");
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      problems.put(SinkTask.TOPICS_REGEX_CONFIG, "is no regular expression: " + e.getDescription());
      return;
    }
    for (String key : properties.keySet()) {
      String topic = TopicSettings.topicOf(key);
      if (topic != null && !topics.contains(topic) && (regex.isEmpty() || !topic.matches(regex))) {
        problems.put(
            key, "speaks of topic " + topic + ", which is not among the connector's topics");
      }
    }
    TopicSettings.problems(properties).forEach(problems::putIfAbsent);
    if (!value(TopicKeys.INPUT, "avro").equals("avro")) {
      properties.forEach(
          (key, value) -> {
            if ((key.equals(TableKeys.MODE) || key.startsWith("mode."))
                && value.strip().equals("mirror")) {
              problems.put(key, "mirror needs input=avro, which has positions and types whole");
            }
          });
    }
  }

  private void keysOfOtherModes() {
    KeysOfModes modes = new KeysOfModes(properties);
    properties.forEach(
        (key, value) -> {
          if (!value.isBlank()) {
            modes.problem(key).ifPresent(problem -> problems.putIfAbsent(key, problem));
          }
        });
  }

  private void require(String key, String why) {
    if (value(key, "").isBlank()) {
      problems.put(key, why);
    }
  }

  private String value(String key, String otherwise) {
    String value = properties.get(key);
    return value == null ? otherwise : value.strip();
  }

  private List<String> list(String key) {
    return Arrays.stream(value(key, "").split(","))
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .toList();
  }
}
