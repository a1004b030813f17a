package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.Source.Snapshot;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.transforms.changelog.SourceTable;
import dev.cdcpipeline.transforms.changelog.TableChange;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import dev.cdcpipeline.transforms.changelog.TableStores;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Change events in, changes of the table out. A record in the wrong partition, because the source
 * did not route by the key's fields, and what concerns all partitions (a TRUNCATE, the begin and
 * the end of a snapshot of the table) take the detour topic first.
 */
final class TableProcessor<R> implements Processor<byte[], byte[], byte[], TableOutput<R>> {
  private static final Duration SWEEP_INTERVAL = Duration.ofMillis(100);
  private static final int ROWS_PER_SWEEP = 10_000;
  private static final int DELETED_KEYS_PER_SWEEP = 1_000;

  private final TableDefinition<R> definition;
  private final PipelineSettings settings;
  private final String detourTopic;
  private final EnvelopeDecoder decoder;
  private ProcessorContext<byte[], TableOutput<R>> context;
  private SourceTable<R> table;
  private Sensor repeats;

  TableProcessor(
      TableDefinition<R> definition,
      PipelineSettings settings,
      String detourTopic,
      Supplier<EnvelopeDecoder> decoders) {
    this.definition = definition;
    this.settings = settings;
    this.detourTopic = detourTopic;
    this.decoder = decoders.get();
  }

  @Override
  public void init(ProcessorContext<byte[], TableOutput<R>> processorContext) {
    context = processorContext;
    table =
        new SourceTable<>(
            definition, TableStores.of(definition, context::getStateStore), settings.epoch());
    repeats =
        context
            .metrics()
            .addRateTotalSensor(
                "table", definition.table(), "repeats-dropped", Sensor.RecordingLevel.INFO);
    context.schedule(SWEEP_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::sweep);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata metadata = context.recordMetadata().orElseThrow();
    boolean detoured = metadata.topic().equals(detourTopic);
    ChangeEvent<Row> event =
        decoder.decode(metadata.topic(), metadata.partition(), metadata.offset(), record.value());
    if (event == null || event.operation() == Operation.MESSAGE) {
      return;
    }
    if (event.operation() == Operation.TRUNCATE) {
      if (!detoured) {
        detour(null, record);
      } else if (event.announcesSnapshot()) {
        table.rereads(event, context.currentSystemTimeMs());
      } else if (table.truncate(event)) {
        sweep(context.currentSystemTimeMs());
      }
      return;
    }
    if (endsTable(event)) {
      if (detoured && record.key() == null) {
        table.rereadsNoMore(event, context.currentSystemTimeMs());
        return;
      }
      if (!detoured) {
        detour(null, record);
      }
    }
    int hash = table.placementHash(event);
    if (!detoured && Placement.partitionOf(hash, settings.partitions()) != metadata.partition()) {
      detour(Placement.detourKey(hash), record);
      return;
    }
    if (!table.apply(
        event, context.currentSystemTimeMs(), change -> forward(change, record.timestamp()))) {
      repeats.record();
    }
  }

  private static boolean endsTable(ChangeEvent<Row> event) {
    Snapshot mark = event.source().snapshot();
    return event.isRead() && (mark == Snapshot.LAST || mark == Snapshot.LAST_IN_DATA_COLLECTION);
  }

  private void sweep(long nowMillis) {
    table.removeTruncated(ROWS_PER_SWEEP, nowMillis, change -> forward(change, nowMillis));
    table.removeNotReadAgain(ROWS_PER_SWEEP, nowMillis, change -> forward(change, nowMillis));
    table.forgetDeleted(nowMillis - settings.replayHorizon().toMillis(), DELETED_KEYS_PER_SWEEP);
  }

  private void detour(byte[] key, Record<byte[], byte[]> record) {
    context.forward(record.withKey(key).withValue(new TableOutput.Detour<>(record.value())));
  }

  private void forward(TableChange<R> change, long timestamp) {
    context.forward(new Record<>(change.key(), new TableOutput.Changed<>(change), timestamp));
  }
}
