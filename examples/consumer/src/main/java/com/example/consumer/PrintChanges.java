package com.example.consumer;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Prints a line for each change of a table, as it is read from its change topic. */
public final class PrintChanges {
  private static final Duration POLL = Duration.ofMillis(500);

  /**
   * Prints until it is stopped.
   *
   * @param arguments a properties file with what reaches Kafka and the registry, then topics
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 2) {
      System.err.println("usage: PrintChanges FILE.properties TOPIC...");
      System.exit(2);
    }
    Map<String, Object> settings = read(Path.of(arguments[0]));
    try (SchemaRegistry registry = SchemaRegistry.connect(settings);
        Consumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(Arrays.asList(arguments).subList(1, arguments.length));
      print(consumer, registry, System.out, () -> true);
    }
  }

  /**
   * Prints what a consumer reads.
   *
   * @param consumer has topics or partitions already
   * @param goOn asked before each poll
   * @throws dev.cdcpipeline.model.serde.DecodeException if a record is no change event; the message
   *     names the record and says what to do
   */
  public static void print(
      Consumer<byte[], byte[]> consumer,
      SchemaRegistry registry,
      PrintStream out,
      BooleanSupplier goOn) {
    EnvelopeDecoder decoder = EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults());
    while (goOn.getAsBoolean()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        ChangeEvent<Row> event =
            decoder.decode(record.topic(), record.partition(), record.offset(), record.value());
        if (event != null) { // null is the tombstone that follows a delete
          out.println(line(event));
        }
      }
    }
  }

  private static String line(ChangeEvent<Row> event) {
    return event.source().lsn()
        + " "
        + event.operation()
        + " "
        + event.source().dataCollection()
        + switch (event.operation()) {
          case CREATE, UPDATE, READ -> " " + columns(event.after());
          case DELETE -> " " + columns(event.before());
          case TRUNCATE, MESSAGE -> "";
        };
  }

  /** The columns that the event carries; an unchanged TOASTed value is not among them. */
  private static String columns(Row row) {
    RowType type = row.type();
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < type.columns().size(); i++) {
      if (!row.isUnavailable(i)) {
        columns.add(type.columns().get(i).name() + "=" + row.get(i));
      }
    }
    return String.join(" ", columns);
  }

  private static Map<String, Object> read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    Map<String, Object> settings = new HashMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> settings.put(name, properties.getProperty(name)));
    return settings;
  }

  private PrintChanges() {}
}
