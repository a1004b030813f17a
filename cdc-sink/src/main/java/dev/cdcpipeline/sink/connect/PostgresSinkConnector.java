package dev.cdcpipeline.sink.connect;

import dev.cdcpipeline.sink.connect.config.ConfigProblems;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Writes topics into a PostgreSQL database, rows and offsets in one target transaction.
 *
 * <p>In transactional mode it takes what a Debezium connector captured from one PostgreSQL database
 * over into another, whole source transactions at a time, with mirrors and results; then it always
 * runs as one task: commits have one order, and one writer keeps it. In the other modes it takes
 * any topics into tables, each task its partitions.
 */
public final class PostgresSinkConnector extends SinkConnector {

  static final String VERSION = readVersion();

  private Map<String, String> properties = Map.of();

  @Override
  public void start(Map<String, String> props) {
    try {
      new PostgresSinkConfig(props);
    } catch (ConfigException e) {
      throw new ConnectException("cannot start the PostgreSQL sink: " + e.getMessage(), e);
    }
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return PostgresSinkTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    boolean transactional = new PostgresSinkConfig(properties).isTransactional();
    return Collections.nCopies(transactional ? 1 : maxTasks, properties);
  }

  @Override
  public void stop() {
    properties = Map.of();
  }

  @Override
  public Config validate(Map<String, String> props) {
    Config validated = super.validate(props);
    Map<String, ConfigValue> values = new HashMap<>();
    validated.configValues().forEach(value -> values.put(value.name(), value));
    ConfigProblems.of(props)
        .forEach(
            (key, problem) -> {
              ConfigValue value = values.get(key);
              if (value == null) {
                value = new ConfigValue(key);
                value.value(props.get(key));
                validated.configValues().add(value);
              }
              value.addErrorMessage(key + ": " + problem);
            });
    return validated;
  }

  @Override
  public ConfigDef config() {
    return PostgresSinkConfig.DEFINITION;
  }

  @Override
  public String version() {
    return VERSION;
  }

  private static String readVersion() {
    try (InputStream in = PostgresSinkConnector.class.getResourceAsStream("version.properties")) {
      Properties version = new Properties();
      version.load(in);
      return version.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read version.properties of the connector's own jar", e);
    }
  }
}
