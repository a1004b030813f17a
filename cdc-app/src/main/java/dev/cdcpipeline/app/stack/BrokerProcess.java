package dev.cdcpipeline.app.stack;

import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Base64;
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
  public static void main(String[] args) throws ReflectiveOperationException {
    Method format =
        Class.forName("kafka.tools.StorageTool")
            .getMethod("execute", String[].class, PrintStream.class);
    Object code =
        format.invoke(
            null,
            new String[] {
              "format", "--ignore-formatted", "--config", args[0], "--cluster-id", clusterId()
            },
            System.out);
    if (!Integer.valueOf(0).equals(code)) {
      System.exit((Integer) code);
    }
    Class.forName("kafka.Kafka").getMethod("main", String[].class).invoke(null, (Object) args);
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
