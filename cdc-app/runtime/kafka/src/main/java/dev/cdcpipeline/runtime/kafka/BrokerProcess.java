package dev.cdcpipeline.runtime.kafka;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.Kafka;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * What a broker's JVM runs: formats the storage if it is new, then becomes {@code kafka.Kafka}.
 *
 * <p>One JVM for both saves the seconds that a storage tool of its own takes.
 */
public final class BrokerProcess {
  private BrokerProcess() {}

  /**
   * Runs until the broker is told to end.
   *
   * @param args the broker's properties file
   * @throws IOException if that file can't be read
   */
  public static void main(String[] args) throws IOException {
    if (!isFormatted(Path.of(args[0]))) {
      format(args[0]);
    }
    Kafka.main(args);
  }

  /** Formatting writes this file last, so one that was broken off is done again. */
  private static boolean isFormatted(Path config) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(config)) {
      properties.load(reader);
    }
    return Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"));
  }

  private static void format(String config) {
    String[] command = {"format", "--config", config, "--cluster-id", Uuid.randomUuid().toString()};
    int code = StorageTool.execute(command, System.out);
    if (code != 0) {
      throw new IllegalStateException(
          "cannot format the broker's storage: the storage tool ended with " + code);
    }
  }
}
