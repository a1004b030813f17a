package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.RecordDecoder;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;

/** Reads raw Avro bytes in the Confluent wire format. */
final class AvroReader implements RecordInput {
  private final RecordDecoder keys;
  private final RecordDecoder values;
  private final EnvelopeDecoder envelopes;

  AvroReader(SchemaRegistry registry) {
    keys = RecordDecoder.ofKeys(registry, DecoderOptions.defaults());
    values = RecordDecoder.ofValues(registry, DecoderOptions.defaults());
    envelopes = EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults());
  }

  @Override
  public RowType keyType(SinkRecord record) {
    byte[] key = bytes(record, "key", record.key());
    return key == null
        ? null
        : keys.type(
            record.originalTopic(),
            record.originalKafkaPartition(),
            record.originalKafkaOffset(),
            key);
  }

  @Override
  public RowType valueType(SinkRecord record) {
    byte[] value = bytes(record, "value", record.value());
    return value == null
        ? null
        : values.type(
            record.originalTopic(),
            record.originalKafkaPartition(),
            record.originalKafkaOffset(),
            value);
  }

  @Override
  public void key(SinkRecord record, ValueTarget[] targets) {
    keys.decode(
        record.originalTopic(),
        record.originalKafkaPartition(),
        record.originalKafkaOffset(),
        (byte[]) record.key(),
        targets);
  }

  @Override
  public void value(SinkRecord record, ValueTarget[] targets) {
    values.decode(
        record.originalTopic(),
        record.originalKafkaPartition(),
        record.originalKafkaOffset(),
        (byte[]) record.value(),
        targets);
  }

  @Override
  public ChangeEvent<Row> change(SinkRecord record) {
    return envelopes.decode(
        record.originalTopic(),
        record.originalKafkaPartition(),
        record.originalKafkaOffset(),
        (byte[]) record.value());
  }

  @Override
  public RowType rowType(SinkRecord record) {
    return envelopes.rowType(
        record.originalTopic(),
        record.originalKafkaPartition(),
        record.originalKafkaOffset(),
        (byte[]) record.value());
  }

  @Override
  public long size(SinkRecord record) {
    return length(record.key()) + length(record.value());
  }

  private static long length(Object bytes) {
    return bytes == null ? 0 : ((byte[]) bytes).length;
  }

  private static byte[] bytes(SinkRecord record, String part, Object data) {
    if (data == null || data instanceof byte[]) {
      return (byte[]) data;
    }
    throw new ConnectException(
        "[%s] the record's %s is a %s, not bytes; set %s.converter=org.apache.kafka.connect.converters.ByteArrayConverter, or input=connect"
            .formatted(DeadLetters.place(record), part, data.getClass().getName(), part));
  }
}
