package dev.cdcpipeline.sink.connect.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a task's metrics are registered: at the worker, which reports them with its own (Kafka 4.1
 * and later), or, at an older one, in JMX under the domain {@code cdc.sink}.
 */
public abstract sealed class MetricRegistry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricRegistry.class);
  private static final String DOMAIN = "cdc.sink";
  private static final String GROUP = "task";

  /** Registers a value that is read whenever somebody looks. */
  public abstract void add(String name, String description, Supplier<? extends Number> value);

  @Override
  public abstract void close();

  /** The worker's, if it has one. */
  public static MetricRegistry of(SinkTaskContext context, String sink) {
    PluginMetrics worker = workers(context);
    return worker == null ? new OwnBeans(sink) : new WorkersPlugins(worker, sink);
  }

  private static PluginMetrics workers(SinkTaskContext context) {
    try {
      return context.pluginMetrics();
    } catch (LinkageError | UnsupportedOperationException e) {
      return null; // a worker before Kafka 4.1 knows no such method
    }
  }

  private static LinkedHashMap<String, String> tags(String sink) {
    LinkedHashMap<String, String> tags = new LinkedHashMap<>();
    tags.put("sink", sink);
    return tags;
  }

  /**
   * The worker removes them when the task ends. A task that did not end in time, for it hung on a
   * broker that was away, say, still has its own when the one that takes its place starts: that
   * one's then go where an older worker's do.
   */
  private static final class WorkersPlugins extends MetricRegistry {
    private final PluginMetrics metrics;
    private final String sink;
    private OwnBeans beans;

    WorkersPlugins(PluginMetrics metrics, String sink) {
      this.metrics = metrics;
      this.sink = sink;
    }

    @Override
    public void add(String name, String description, Supplier<? extends Number> value) {
      if (beans == null) {
        Gauge<Number> gauge = (config, now) -> value.get();
        try {
          metrics.addMetric(metrics.metricName(name, description, tags(sink)), gauge);
          return;
        } catch (IllegalArgumentException e) {
          LOG.warn(
              "The worker has not ended the task before this one yet, whose metrics have the same"
                  + " names; those of sink {} are in the bean {}:type={},sink={} until it is"
                  + " started again: {}",
              sink,
              DOMAIN,
              GROUP,
              sink,
              e.getMessage());
          beans = new OwnBeans(sink);
        }
      }
      beans.add(name, description, value);
    }

    @Override
    public void close() {
      if (beans != null) {
        beans.close();
      }
    }
  }

  private static final class OwnBeans extends MetricRegistry {
    private final Metrics metrics;
    private final String sink;

    OwnBeans(String sink) {
      this.sink = sink;
      this.metrics =
          new Metrics(
              new MetricConfig(),
              List.of(new JmxReporter()),
              Time.SYSTEM,
              new KafkaMetricsContext(DOMAIN, Map.of()));
    }

    @Override
    public void add(String name, String description, Supplier<? extends Number> value) {
      Gauge<Number> gauge = (config, now) -> value.get();
      metrics.addMetric(new MetricName(name, GROUP, description, tags(sink)), gauge);
    }

    @Override
    public void close() {
      metrics.close();
    }
  }
}
