package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Endpoints;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A sink connector with its settings, the same for each workload but for topic, table and address.
 *
 * @param name what the tables of results call it
 * @param kind whose it is
 * @param settings those that are the same for every run
 */
record SinkContestant(String name, Kind kind, Map<String, String> settings) {
  static final String OURS = "ours";
  static final String TUNED = "Debezium JDBC, tuned";
  static final String DEFAULT = "Debezium JDBC, default";

  private static final String CONVERTER = "dev.cdcpipeline.converter.EnvelopeAvroConverter";
  private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

  /** Whose connector it is. */
  enum Kind {
    OURS,
    DEBEZIUM
  }

  SinkContestant {
    settings = Map.copyOf(settings);
  }

  /** Ours, decoding the records itself, as its connector files have it. */
  static SinkContestant ours(Endpoints endpoints) {
    Map<String, String> settings = new HashMap<>();
    settings.put("connector.class", "dev.cdcpipeline.sink.connect.PostgresSinkConnector");
    settings.put("auto.create", "false");
    settings.put("schema.evolution", "none");
    settings.put("key.converter", BYTES);
    settings.put("value.converter", BYTES);
    settings.put("schema.registry.url", endpoints.registryUrl());
    settings.put("kafka.bootstrap.servers", endpoints.bootstrapServers());
    endpoints.kafkaSecurity().forEach((key, value) -> settings.put("kafka." + key, value));
    settings.put("consumer.override.isolation.level", "read_committed");
    settings.put("consumer.override.max.poll.records", "20000");
    settings.put("consumer.override.max.partition.fetch.bytes", "8388608");
    return new SinkContestant(OURS, Kind.OURS, settings);
  }

  /** Debezium's JDBC sink as one starts with it. */
  static SinkContestant debeziumDefault(String registryUrl) {
    return debezium(DEFAULT, registryUrl, Map.of());
  }

  /** Debezium's JDBC sink with everything that makes it faster on PostgreSQL. */
  static SinkContestant debeziumTuned(String registryUrl) {
    return debezium(
        TUNED,
        registryUrl,
        Map.of(
            "dialect.postgres.unnest.insert.enabled", "true",
            "use.reduction.buffer", "true",
            "batch.size", "5000",
            "consumer.override.max.poll.records", "5000",
            "consumer.override.max.partition.fetch.bytes", "8388608"));
  }

  private static SinkContestant debezium(
      String name, String registryUrl, Map<String, String> tuning) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector");
    settings.put("schema.evolution", "none");
    // of the converters at hand the faster one: sinks are compared here
    for (String side : new String[] {"key", "value"}) {
      settings.put(side + ".converter", CONVERTER);
      settings.put(side + ".converter.schema.registry.url", registryUrl);
    }
    settings.putAll(tuning);
    return new SinkContestant(name, Kind.DEBEZIUM, settings);
  }

  /**
   * Its configuration for one run.
   *
   * @param run the connector's name
   * @param append whether rows are added without looking at keys
   */
  Map<String, String> configuration(
      String run, String topic, String table, Address target, boolean append) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    all.put("topics", topic);
    all.put("tasks.max", "1");
    all.put("consumer.override.auto.offset.reset", "earliest");
    all.put("connection.url", target.url());
    all.put("connection.password", target.password());
    switch (kind) {
      case OURS -> {
        all.put("connection.user", target.user());
        all.put("sink.name", run);
        all.put("mode", append ? "append" : "upsert");
        all.put("table." + topic, table);
      }
      case DEBEZIUM -> {
        all.put("connection.username", target.user());
        all.put("collection.name.format", table);
        all.put("insert.mode", append ? "insert" : "upsert");
        all.put("primary.key.mode", append ? "none" : "record_key");
        all.put("delete.enabled", append ? "false" : "true");
      }
    }
    return all;
  }

  /**
   * Where the target is and who writes to it.
   *
   * @param url JDBC URL without credentials
   */
  record Address(String url, String user, String password) {

    /** Takes a JDBC URL with {@code user} and {@code password} apart. */
    static Address of(String jdbcUrl) {
      int question = jdbcUrl.indexOf('?');
      Map<String, String> parameters = new LinkedHashMap<>();
      for (String parameter : jdbcUrl.substring(question + 1).split("&", -1)) {
        int equals = parameter.indexOf('=');
        parameters.put(
            parameter.substring(0, equals),
            java.net.URLDecoder.decode(
                parameter.substring(equals + 1), java.nio.charset.StandardCharsets.UTF_8));
      }
      return new Address(
          jdbcUrl.substring(0, question), parameters.get("user"), parameters.get("password"));
    }

    /** Without the password. */
    @Override
    public String toString() {
      return user + "@" + url;
    }
  }
}
