package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Properties;
import java.util.UUID;

/**
 * What a broker's JVM runs: formats the storage if it is new, then becomes {@code kafka.Kafka}.
 *
 * <p>One JVM for both saves the second that a storage tool of its own takes. Kafka's two entry
 * points are called by name because the broker's jars are on this process's class path only, not on
 * the application's.
 */
public final class BrokerProcess {
  private BrokerProcess() {}

  /**
   * @param args the broker's properties file
   */
  public static void main(String[] args) throws IOException, ReflectiveOperationException {
    if (!isFormatted(Path.of(args[0]))) {
      format(args[0]);
    }
    Class.forName("kafka.Kafka").getMethod("main", String[].class).invoke(null, (Object) args);
  }

  /** Formatting writes this file last, so one that was broken off is done again. */
  private static boolean isFormatted(Path config) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(config)) {
      properties.load(reader);
    }
    return Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"));
  }

  private static void format(String config) throws ReflectiveOperationException {
    String[] command = {"format", "--config", config, "--cluster-id", clusterId()};
    Object code =
        Class.forName("kafka.tools.StorageTool")
            .getMethod("execute", String[].class, PrintStream.class)
            .invoke(null, command, System.out);
    if (!Integer.valueOf(0).equals(code)) {
      throw new StackException("cannot format the broker's storage; the storage tool ended with " + code);
    }
  }

  private static String clusterId() {
    // Kafka's own form: a random UUID in base64
    UUID random = UUID.randomUUID();
    byte[] bytes =
        ByteBuffer.allocate(2 * Long.BYTES)
            .putLong(random.getMostSignificantBits())
            .putLong(random.getLeastSignificantBits())
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
