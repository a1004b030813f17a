package dev.cdcpipeline.sink.connect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Writes what a Debezium connector captured from one PostgreSQL database into another one, whole
 * source transactions at a time, with mirrors, results and offsets in one target transaction.
 *
 * <p>It always runs as one task: commits have one order, and one writer keeps it.
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
    return Collections.singletonList(properties);
  }

  @Override
  public void stop() {
    properties = Map.of();
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
