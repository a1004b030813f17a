package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.shop.table.ShopTables;
import dev.cdcpipeline.shop.topology.ProductSalesTopic;
import dev.cdcpipeline.transforms.application.ApplicationConfig;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The result {@code product_sales} alone, with the product's own class for it and the settings of
 * the Streams application, as a process that is measured from outside.
 */
final class ProductSalesApplication {
  private static final String APPLICATION_ID = "bench-product-sales";
  static final int PARTITIONS = 3;

  private ProductSalesApplication() {}

  /**
   * Runs until it is stopped.
   *
   * @param arguments a properties file with what reaches Kafka, registry, state directory
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: ProductSalesApplication KAFKA-FILE REGISTRY STATE-DIR");
      System.exit(2);
    }
    SchemaRegistry registry = HttpSchemaRegistry.connect(RegistryOptions.of(arguments[1]));
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.of("shop", PARTITIONS),
            () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
    ProductSalesTopic.add(
        pipeline.table(ShopTables.ORDER_ITEMS),
        pipeline.table(ShopTables.PRODUCTS),
        ResultTopics.of(registry).topic("product_sales"));
    KafkaStreams streams =
        new KafkaStreams(pipeline.build(), settings(Path.of(arguments[0]), arguments[2]));
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close, "close"));
    streams.start();
  }

  private static StreamsConfig settings(Path kafka, String stateDirectory) throws IOException {
    Properties file = new Properties();
    try (Reader reader = Files.newBufferedReader(kafka)) {
      file.load(reader);
    }
    Map<String, String> settings = new HashMap<>();
    file.stringPropertyNames().forEach(name -> settings.put(name, file.getProperty(name)));
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION_ID);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory);
    return new StreamsConfig(new ApplicationConfig(settings).streams());
  }
}
