package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.transforms.application.StreamsResults;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The shop's results for the Streams application, and the settings that only they have. */
public final class ShopResults implements StreamsResults {
  static final String CUSTOMER_WAIT_MS = "customer.wait.ms";
  static final String TOTAL_GRACE_MS = "order.total.grace.ms";

  static final ConfigDef DEFINITION =
      new ConfigDef()
          .define(
              CUSTOMER_WAIT_MS,
              Type.LONG,
              10_000L,
              Range.atLeast(0),
              Importance.MEDIUM,
              "How long an order's event waits for a customer that has not arrived, before it goes"
                  + " on without.")
          .define(
              TOTAL_GRACE_MS,
              Type.LONG,
              30_000L,
              Range.atLeast(0),
              Importance.MEDIUM,
              "How long an order's total may differ from its items before it is a violation.");

  private Duration customerWait;
  private Duration totalGrace;

  @Override
  public void configure(Map<String, ?> properties) {
    Map<String, Object> settings = DEFINITION.parse(properties);
    customerWait = Duration.ofMillis((Long) settings.get(CUSTOMER_WAIT_MS));
    totalGrace = Duration.ofMillis((Long) settings.get(TOTAL_GRACE_MS));
  }

  Duration customerWait() {
    return customerWait;
  }

  Duration totalGrace() {
    return totalGrace;
  }

  @Override
  public List<String> eventTopics() {
    return AnalyticsTopology.EVENT_TOPICS;
  }

  @Override
  public List<String> tableTopics() {
    return AnalyticsTopology.TABLE_TOPICS;
  }

  @Override
  public void addTo(Pipeline pipeline, ResultTopics topics, ReadProgress progress) {
    AnalyticsTopology.addTo(pipeline, topics, customerWait, totalGrace, progress);
  }
}
