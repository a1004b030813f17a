package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.model.serde.WireFormat;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.config.FailureKeys;
import dev.cdcpipeline.sink.connect.config.FlushKeys;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfig;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfigTest;
import dev.cdcpipeline.sink.connect.config.SourceKeys;
import dev.cdcpipeline.sink.connect.config.TopicSettings;
import dev.cdcpipeline.sink.connect.metrics.MetricRegistry;
import dev.cdcpipeline.sink.connect.metrics.SinkMetrics;
import dev.cdcpipeline.sink.connect.metrics.SinkMetricsTest;
import dev.cdcpipeline.sink.connect.pipeline.Claim;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.ledger.LedgerEntry;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.table.TableWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;

/** A pipeline on a real database, and records for it, without a broker. */
public final class TopicHarness {
  public static final Uuid TOPIC_ID = Uuid.randomUuid();

  public final SchemaRegistry registry = new InMemorySchemaRegistry();
  final List<SinkRecord> deadLetters = new ArrayList<>();
  final List<String> reasons = new ArrayList<>();
  public final Map<String, String> settings = new HashMap<>(PostgresSinkConfigTest.minimal());
  ErrantRecordReporter reporter = this::keep;

  private final Supplier<Connection> target;
  private final Map<PartitionId, Long> written = new HashMap<>();

  public TopicHarness(TargetDatabase target, String mode) {
    this(target::open, mode);
  }

  /**
   * @param target opens a session as the sink has it
   */
  public TopicHarness(Supplier<Connection> target, String mode) {
    this.target = target;
    settings.put("mode", mode);
    settings.put("topics.regex", ".*");
    settings.remove("topics");
    if (!mode.equals("transactional")) {
      settings.remove("transaction.topic");
    }
  }

  private Future<Void> keep(SinkRecord record, Throwable error) {
    deadLetters.add(record);
    reasons.add(error.getMessage());
    return CompletableFuture.completedFuture(null);
  }

  /** A pipeline that reads on where the ledger stands. */
  public Pipeline open(PartitionId... partitions) {
    PostgresSinkConfig config = new PostgresSinkConfig(settings);
    Connection connection = target.get();
    OffsetLedger ledger = new OffsetLedger(connection, "cdc", "test");
    ledger.createObjects();
    Map<PartitionId, Long> positions = new HashMap<>();
    Map<String, Uuid> ids = new HashMap<>();
    for (LedgerEntry entry : ledger.claimPartitions(List.of(partitions))) {
      positions.put(entry.partition(), entry.nextOffset().orElse(0));
      ids.put(entry.partition().topic(), TOPIC_ID);
    }
    TableWriter<SinkRecord> writer =
        new TableWriter<>(
            connection, ledger, config.getInt(FlushKeys.COPY_THRESHOLD), config.hasSeveralTasks());
    RecordInput input = config.readsAvro() ? new AvroReader(registry) : new ConnectReader();
    return new TopicPipeline(
        new Claim(connection, ledger, ids, positions, true),
        new RecordRouter((original, routed) -> TopicSettings.of(config, original, routed), input),
        new FlushWriter(
            connection,
            writer,
            new DeadLetters(
                reporter, new FloodGate(config.getDouble(FailureKeys.BAD_RECORDS_MAX_SHARE)))),
        new FlushLimits(
            config.getInt(FlushKeys.FLUSH_MAX_ROWS),
            config.getLong(FlushKeys.FLUSH_MAX_BYTES),
            config.duration(FlushKeys.FLUSH_INTERVAL_MS)),
        config.hasMirrors() ? config.duration(SourceKeys.REPLAY_HORIZON_MS) : null,
        Clock.systemUTC());
  }

  /** What the pipeline counts from now on, by metric. */
  public static Function<String, Object> measure(Pipeline pipeline) {
    SinkMetricsTest.WorkersMetrics worker = new SinkMetricsTest.WorkersMetrics();
    MetricRegistry registry = MetricRegistry.of(new SinkMetricsTest.Context(worker), "analytics");
    pipeline.measuredBy(new SinkMetrics(registry, Clock.systemUTC()));
    return worker::value;
  }

  /** Takes records in and waits until what they say is in the target. */
  static void write(Pipeline pipeline, List<SinkRecord> records) {
    records.forEach(pipeline::accept);
    settle(pipeline);
  }

  static void settle(Pipeline pipeline) {
    pipeline.apply();
    while (pipeline.isWaiting()) {
      pipeline.idle();
    }
  }

  /** The next record of a partition. */
  SinkRecord record(PartitionId partition, Object key, Object value) {
    long offset = written.merge(partition, 1L, Long::sum) - 1;
    return at(partition, offset, key, value);
  }

  /** A record at a place of its own. */
  public static SinkRecord at(PartitionId partition, long offset, Object key, Object value) {
    return new SinkRecord(
        partition.topic(),
        partition.partition(),
        null,
        key,
        null,
        value,
        offset,
        1_768_471_445_123L,
        TimestampType.CREATE_TIME);
  }

  /** A record framed for the registry. */
  public byte[] avro(GenericRecord record) {
    return avro(record.getSchema(), record);
  }

  public byte[] avro(Schema schema, Object datum) {
    int id = registry.register("s-" + schema.getName() + schema.hashCode(), schema);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new GenericDatumWriter<>(schema).write(datum, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return WireFormat.frame(id, out.toByteArray());
  }
}
