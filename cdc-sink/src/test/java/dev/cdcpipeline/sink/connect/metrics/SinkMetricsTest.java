package dev.cdcpipeline.sink.connect.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.sink.SteppedClock;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.transaction.AssemblerCounters;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.MetricValueProvider;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.junit.jupiter.api.Test;

public class SinkMetricsTest {
  private final SteppedClock clock = new SteppedClock();
  private final WorkersMetrics worker = new WorkersMetrics();
  private final SinkMetrics metrics =
      new SinkMetrics(MetricRegistry.of(new Context(worker), "analytics"), clock);
  private final FlushTally tally = new FlushTally(metrics);

  private static List<RowChange> changes(Operation... operations) {
    RowType type = new RowType(List.of(new Column("id", ColumnType.INT32, false, Map.of())));
    return Arrays.stream(operations)
        .map(
            operation ->
                new RowChange(
                    new TableId("public", "t"),
                    operation,
                    List.of("id"),
                    operation == Operation.TRUNCATE ? null : new Row(type, new Object[] {1}),
                    new SourcePosition(0, new Lsn(1), new Lsn(2), 1),
                    1,
                    new Coordinates("t", 0, 1)))
        .toList();
  }

  private long nowMicros() {
    return clock.millis() * 1_000;
  }

  @Test
  void countsRowsByKindWhenTheyAreCommittedAndNotBefore() {
    tally.staged(changes(Operation.CREATE, Operation.CREATE, Operation.UPDATE, Operation.TRUNCATE));
    assertThat(worker.value("changes-create-total")).isEqualTo(0L);

    tally.committed(new FlushResult(4, 3, 2, false));
    tally.staged(changes(Operation.DELETE, Operation.READ));
    tally.loaded(2);

    assertThat(worker.value("changes-create-total")).isEqualTo(2L);
    assertThat(worker.value("changes-update-total")).isEqualTo(1L);
    assertThat(worker.value("changes-truncate-total")).isEqualTo(1L);
    assertThat(worker.value("changes-delete-total")).isEqualTo(1L);
    assertThat(worker.value("changes-read-total")).isEqualTo(1L);
    assertThat(worker.value("rows-written-total")).isEqualTo(2L);
    assertThat(worker.value("flushes-total")).isEqualTo(2L);
    assertThat(worker.value("flush-changes-avg")).isEqualTo(3.0);
    assertThat(worker.value("flush-changes-max")).isEqualTo(4L);
  }

  @Test
  void measuresFromCommitToVisible() {
    long committed = nowMicros();
    clock.step(Duration.ofMillis(9));
    tally.endOfTransaction(committed);
    tally.committed(new FlushResult(1, 1, 1, false));
    committed = nowMicros();
    clock.step(Duration.ofMillis(700));
    tally.endOfTransaction(committed);
    tally.committed(new FlushResult(1, 1, 1, false));

    assertThat(worker.value("transactions-total")).isEqualTo(2L);
    assertThat(worker.value("commit-to-visible-ms-p50")).isEqualTo(9L);
    assertThat(worker.value("commit-to-visible-ms-max")).isEqualTo(700L);
    assertThat(worker.value("commit-to-visible-le-5-ms")).isEqualTo(0L);
    assertThat(worker.value("commit-to-visible-le-10-ms")).isEqualTo(1L);
    assertThat(worker.value("commit-to-visible-le-500-ms")).isEqualTo(1L);
    assertThat(worker.value("commit-to-visible-le-1000-ms")).isEqualTo(2L);
    assertThat(worker.value("commit-to-visible-le-60000-ms")).isEqualTo(2L);
    assertThat(worker.value("commit-to-visible-count")).isEqualTo(2L);
  }

  @Test
  void lagGrowsOnlyWhileSomethingWaits() {
    tally.endOfTransaction(nowMicros());
    tally.committed(new FlushResult(1, 1, 1, false));
    tally.holds(counters(0, 0));
    clock.step(Duration.ofSeconds(30));
    assertThat(worker.value("lag-ms")).as("an idle source").isEqualTo(0L);

    tally.holds(counters(2, 0));

    assertThat(worker.value("lag-ms")).isEqualTo(30_000L);
    assertThat(worker.value("waiting-transactions")).isEqualTo(2L);
    assertThat(worker.value("buffered-bytes")).isEqualTo(77L);
    assertThat(worker.value("spilled-bytes")).isEqualTo(88L);
  }

  @Test
  void countsFaultsAndRepeatsOverAllPipelinesOfTheTask() {
    metrics.retried();
    metrics.deadLetters(3);
    tally.holds(counters(0, 4));
    tally.holds(counters(0, 4));
    new FlushTally(metrics).holds(counters(0, 1));

    assertThat(worker.value("retries-total")).isEqualTo(1L);
    assertThat(worker.value("dead-letters-total")).isEqualTo(3L);
    // each of the counters repeats the transactions and the changes
    assertThat(worker.value("dropped-repeats-total")).isEqualTo(10L);
  }

  @Test
  void aWorkerBeforeKafka41GetsBeansOfOurOwn() throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = new ObjectName("cdc.sink:type=task,sink=old");
    try (SinkMetrics old = new SinkMetrics(MetricRegistry.of(new Context(null), "old"), clock)) {
      old.retried();

      assertThat(beans.getAttribute(name, "retries-total")).isEqualTo(1L);
      Set<String> attributes = new TreeSet<>();
      for (MBeanAttributeInfo attribute : beans.getMBeanInfo(name).getAttributes()) {
        attributes.add(attribute.getName());
      }
      assertThat(attributes).isEqualTo(new TreeSet<>(worker.values.keySet()));
    }
    assertThat(beans.isRegistered(name)).as("the task has ended").isFalse();
  }

  @Test
  void aTaskStartsThoughTheOneBeforeItStillHasItsMetrics() throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = new ObjectName("cdc.sink:type=task,sink=analytics");

    try (SinkMetrics next =
        new SinkMetrics(MetricRegistry.of(new Context(worker), "analytics"), clock)) {
      next.retried();

      assertThat(beans.getAttribute(name, "retries-total")).isEqualTo(1L);
      assertThat(worker.value("retries-total")).as("of the one before").isEqualTo(0L);
    }
    assertThat(beans.isRegistered(name)).as("the task has ended").isFalse();
  }

  @Test
  void theDocumentationNamesEveryMetricAndNoOther() throws Exception {
    String document = Files.readString(Path.of("../docs/sink-metrics.md"));
    Set<String> documented = new HashSet<>();
    Matcher row = Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\|").matcher(document);
    while (row.find()) {
      documented.add(row.group(1));
    }

    assertThat(new TreeSet<>(documented)).isEqualTo(new TreeSet<>(worker.values.keySet()));
  }

  @Test
  void everyMetricSaysWhatItIs() {
    assertThat(worker.descriptions).allSatisfy((name, text) -> assertThat(text).isNotBlank());
  }

  private static AssemblerCounters counters(long open, long repeats) {
    return new AssemblerCounters(0, repeats, repeats, 0, 77, 88, open);
  }

  /** What a worker since Kafka 4.1 gives its tasks. */
  public static final class WorkersMetrics implements PluginMetrics {
    private final Map<String, MetricValueProvider<?>> values = new TreeMap<>();
    private final Map<String, String> descriptions = new TreeMap<>();

    public Object value(String name) {
      assertThat(values).containsKey(name);
      return ((Gauge<?>) values.get(name)).value(new MetricConfig(), 0);
    }

    @Override
    public MetricName metricName(
        String name, String description, LinkedHashMap<String, String> tags) {
      return new MetricName(name, "plugins", description, tags);
    }

    @Override
    public void addMetric(MetricName name, MetricValueProvider<?> value) {
      assertThat(name.tags()).containsEntry("sink", "analytics");
      if (values.putIfAbsent(name.name(), value) != null) {
        // as the worker's does
        throw new IllegalArgumentException("A metric named '" + name + "' already exists");
      }
      descriptions.put(name.name(), name.description());
    }

    @Override
    public void removeMetric(MetricName name) {
      values.remove(name.name());
    }

    @Override
    public Sensor addSensor(String name) {
      throw new UnsupportedOperationException("the sink has no sensors");
    }

    @Override
    public void removeSensor(String name) {
      throw new UnsupportedOperationException("the sink has no sensors");
    }
  }

  public record Context(PluginMetrics worker) implements SinkTaskContext {
    @Override
    public PluginMetrics pluginMetrics() {
      if (worker == null) {
        throw new NoSuchMethodError("SinkTaskContext.pluginMetrics()");
      }
      return worker;
    }

    @Override
    public Map<String, String> configs() {
      return Map.of();
    }

    @Override
    public void offset(Map<TopicPartition, Long> offsets) {}

    @Override
    public void offset(TopicPartition partition, long offset) {}

    @Override
    public void timeout(long milliseconds) {}

    @Override
    public Set<TopicPartition> assignment() {
      return Collections.emptySet();
    }

    @Override
    public void pause(TopicPartition... partitions) {}

    @Override
    public void resume(TopicPartition... partitions) {}

    @Override
    public void requestCommit() {}
  }
}
