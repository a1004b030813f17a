package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
import dev.cdcpipeline.model.serde.DecodeException;
import dev.cdcpipeline.sink.binary.EncodedRows;
import dev.cdcpipeline.sink.binary.RowEncoding;
import dev.cdcpipeline.sink.binary.UnfitValueException;
import dev.cdcpipeline.sink.connect.config.TopicSettings;
import dev.cdcpipeline.sink.table.Refusal;
import dev.cdcpipeline.sink.table.TableBatch;
import dev.cdcpipeline.sink.table.WriteMode;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;

/** Maps the records of one topic to rows. Not thread-safe. */
final class RecordMapper implements RecordTable {
  private final TopicSettings settings;
  private final RecordInput input;
  private final TopicEncodings encodings;
  private RowType lastValueType;
  private boolean envelopes;

  RecordMapper(TopicSettings settings, RecordInput input) {
    this.settings = settings;
    this.input = input;
    this.encodings = new TopicEncodings(settings);
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // column types come from a cache by schema
  public long take(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target) {
    try {
      RowType value = input.valueType(record);
      if (value == null) {
        return tombstone(record, batch, target);
      }
      if (value != lastValueType) {
        envelopes = Envelopes.isEnvelope(value);
        lastValueType = value;
      }
      return envelopes ? change(record, batch, target) : row(record, value, batch, target);
    } catch (DecodeException | UnreadableRecordException e) {
      return refuse(record, e.getMessage(), e, batch);
    } catch (UnfitValueException e) {
      String message =
          "cannot write the record to %s: SQLSTATE %s, %s"
              .formatted(settings.table(), e.sqlState(), e.getMessage());
      return refuse(record, message, e, batch);
    }
  }

  private long refuse(
      SinkRecord record, String message, Exception cause, TableBatch<SinkRecord> batch) {
    batch.refuse(new Refusal<>(record, message, cause));
    return input.size(record);
  }

  private long row(
      SinkRecord record, RowType value, TableBatch<SinkRecord> batch, FlushWriter target) {
    RowEncoding encoding = encodings.of(keyType(record), value, target);
    encoding.begin();
    putKey(record, encoding);
    input.value(record, encoding.valueTargets());
    return upsert(record, encoding, batch);
  }

  private long upsert(SinkRecord record, RowEncoding encoding, TableBatch<SinkRecord> batch) {
    EncodedRows<SinkRecord> rows = batch.rows(encodings.plan());
    long before = rows.bytes();
    rows.upsert(encoding, record);
    return rows.bytes() - before + input.size(record);
  }

  private long delete(SinkRecord record, RowEncoding encoding, TableBatch<SinkRecord> batch) {
    EncodedRows<SinkRecord> rows = batch.rows(encodings.plan());
    long before = rows.bytes();
    rows.delete(encoding, record);
    return rows.bytes() - before + input.size(record);
  }

  private long tombstone(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target) {
    boolean append = settings.options().mode() == WriteMode.APPEND;
    return switch (settings.tombstones()) {
      case IGNORE -> 0;
      case REFUSE ->
          throw new UnreadableRecordException("the record has no value, and tombstones=refuse");
      case DELETE -> append ? 0 : deleteByKey(record, batch, target);
    };
  }

  private long deleteByKey(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target) {
    if (settings.keyFromValue()) {
      throw new UnreadableRecordException(
          "the record has no value, and with key.from=value its key can't say which row to delete;"
              + " set tombstones=ignore if that is meant");
    }
    RowType key = keyType(record);
    if (!encodings.hasPlan() && !target.exists(settings.table())) {
      return 0; // there is nothing to delete yet
    }
    RowEncoding encoding = encodings.of(key, TopicEncodings.NOTHING, target);
    encoding.begin();
    putKey(record, encoding);
    return delete(record, encoding, batch);
  }

  private long change(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target) {
    if (settings.options().mode() == WriteMode.APPEND) {
      throw new ConnectException(
          "[%s] change events can't be appended to %s; unwrap them at the source, or set mode=upsert for this topic"
              .formatted(DeadLetters.place(record), settings.table()));
    }
    ChangeEvent<Row> event = input.change(record);
    return switch (event.operation()) {
      case READ, CREATE, UPDATE -> {
        Row row = event.after();
        RowEncoding encoding = encodings.of(keyType(record), row.type(), target);
        encoding.begin();
        putKey(record, encoding);
        RowEncoding.put(row, encoding.valueTargets());
        yield upsert(record, encoding, batch);
      }
      case DELETE ->
          settings.keyFromValue()
              ? deleteByBefore(record, event.before(), batch, target)
              : deleteByKey(record, batch, target);
      case TRUNCATE -> {
        if (event.announcesSnapshot() || settings.ignoresTruncates()) {
          yield 0; // the rows read again are upserts; which are gone this mode can't tell
        }
        throw new ConnectException(
            "[%1$s] the source table was truncated, and mode upsert can't tell the rows of %2$s from before it; set truncates.%3$s=ignore to go on, then empty %2$s and run ./cdc table reread for the source table (docs/sink.md), or use mode mirror or transactional"
                .formatted(DeadLetters.place(record), settings.table(), record.originalTopic()));
      }
      case MESSAGE -> 0;
    };
  }

  private long deleteByBefore(
      SinkRecord record, Row before, TableBatch<SinkRecord> batch, FlushWriter target) {
    RowEncoding encoding = encodings.of(TopicEncodings.NOTHING, before.type(), target);
    encoding.begin();
    ValueTarget[] targets = encoding.valueTargets();
    for (String column : settings.keyColumns()) {
      int i = before.type().indexOf(column);
      targets[i].set(before.get(i));
    }
    return delete(record, encoding, batch);
  }

  /** The columns of the record's key, as far as rows take any from there. */
  private RowType keyType(SinkRecord record) {
    if (!encodings.readsKeys()) {
      return TopicEncodings.NOTHING;
    }
    RowType type = input.keyType(record);
    if (type == null) {
      throw new UnreadableRecordException(
          "the record has no key; set key.from=value and key.columns to take the key from its"
              + " value");
    }
    return type;
  }

  private void putKey(SinkRecord record, RowEncoding encoding) {
    if (encodings.readsKeys()) {
      input.key(record, encoding.keyTargets());
    }
  }
}
