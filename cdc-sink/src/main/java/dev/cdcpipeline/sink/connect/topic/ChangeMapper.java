package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.serde.DecodeException;
import dev.cdcpipeline.sink.binary.RowEncoding;
import dev.cdcpipeline.sink.binary.UnfitValueException;
import dev.cdcpipeline.sink.change.SourceRelation;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.connect.config.TopicSettings;
import dev.cdcpipeline.sink.connect.pipeline.Announcements;
import dev.cdcpipeline.sink.connect.pipeline.Relations;
import dev.cdcpipeline.sink.postgres.MirrorSchema;
import dev.cdcpipeline.sink.table.Refusal;
import dev.cdcpipeline.sink.table.TableBatch;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;

/** Maps the records of one change topic to changes of a mirror's rows. Not thread-safe. */
final class ChangeMapper implements RecordTable {
  private final TopicSettings settings;
  private final RecordInput input;
  private final Map<TableId, MirrorEncodings> tables = new HashMap<>();
  private TableId lastSource = new TableId("", "");
  private MirrorEncodings last;
  private RowType lastValueType;

  ChangeMapper(TopicSettings settings, RecordInput input) {
    this.settings = settings;
    this.input = input;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // column types come from a cache by schema
  public long take(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target) {
    try {
      RowType value = input.valueType(record);
      if (value == null) {
        return 0; // a tombstone: the delete before it has said all
      }
      if (value != lastValueType) {
        requireEnvelope(record, value);
        lastValueType = value;
      }
      return change(record, batch, target);
    } catch (DecodeException | UnreadableRecordException e) {
      batch.refuse(new Refusal<>(record, e.getMessage(), e));
      return input.size(record);
    } catch (UnfitValueException e) {
      String message =
          "cannot mirror the change: SQLSTATE %s, %s".formatted(e.sqlState(), e.getMessage());
      batch.refuse(new Refusal<>(record, message, e));
      return input.size(record);
    }
  }

  private static void requireEnvelope(SinkRecord record, RowType value) {
    if (!Envelopes.isEnvelope(value)) {
      throw new ConnectException(
          "[%s] the record is no change event with its envelope, which mode mirror needs; remove ExtractNewRecordState from the source connector, or set mode=upsert for this topic"
              .formatted(DeadLetters.place(record)));
    }
  }

  private long change(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target) {
    ChangeEvent<Row> event = input.change(record);
    ReplayPosition at = ReplayPosition.of(event, settings.sourceEpoch());
    return switch (event.operation()) {
      case MESSAGE -> 0;
      case TRUNCATE -> {
        MirrorEncodings mirror = encodings(record, event, target);
        Announcements.keyOf(record)
            .filter(key -> !key.isEmpty())
            .ifPresent(key -> mirror.make(key, input.rowType(record), at.position().lsn(), target));
        batch.truncate(mirror.table(), at);
        yield 0;
      }
      case READ, CREATE, UPDATE, DELETE -> row(record, event, at, batch, target);
    };
  }

  private long row(
      SinkRecord record,
      ChangeEvent<Row> event,
      ReplayPosition at,
      TableBatch<SinkRecord> batch,
      FlushWriter target) {
    RowType key = input.keyType(record);
    if (key == null) {
      throw keyless(record, event);
    }
    boolean delete = event.operation() == Operation.DELETE;
    Row row = delete ? event.before() : event.after();
    MirrorEncodings.Encoded encoded =
        encodings(record, event, target).of(key, row.type(), at.position().lsn(), target);
    RowEncoding encoding = encoded.encoding();
    encoding.begin();
    input.key(record, encoding.keyTargets());
    if (!delete) {
      RowEncoding.put(row, encoding.valueTargets());
    }
    return batch.mirror(encoded.plan(), encoding, delete, at, record) + input.size(record);
  }

  // a topic can hold changes of several tables: Debezium makes one name of two, and routes
  private MirrorEncodings encodings(SinkRecord record, ChangeEvent<Row> event, FlushWriter target) {
    String schema = event.source().schema();
    String name = event.source().table();
    if (last == null || !lastSource.name().equals(name) || !lastSource.schema().equals(schema)) {
      TableId table = new TableId(schema, name);
      last =
          tables.computeIfAbsent(
              table,
              source -> {
                boolean named = settings.table() != null;
                TableId mirror =
                    named
                        ? settings.table()
                        : MirrorSchema.mirrorOf(source, settings.mirrorSchema());
                target.claimMirror(
                    mirror, source, named ? record.originalTopic() : null, Optional.empty());
                return new MirrorEncodings(mirror, settings.options());
              });
      lastSource = table;
    }
    Optional<SourceRelation> relation = Relations.of(record);
    if (relation.isPresent()) {
      if (Announcements.keyOf(record).isPresent()) {
        target.forgetRelation(last.table());
      }
      target.claimMirror(
          last.table(),
          lastSource,
          settings.table() != null ? record.originalTopic() : null,
          relation);
    }
    return last;
  }

  private static ConnectException keyless(SinkRecord record, ChangeEvent<Row> event) {
    String table = event.source().dataCollection();
    return new ConnectException(
        "[%s] cannot mirror %s in mode mirror: its changes have no key, because the table has no primary key; give it one, name columns that identify a row with message.key.columns on the source connector (%s:column,…), leave the topic out, or mirror the table in mode transactional"
            .formatted(DeadLetters.place(record), table, table));
  }
}
