package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.ValueTarget;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;

/** Reads what converters make of records: structs, maps without a schema, bare values. */
final class ConnectReader implements RecordInput {
  private final ConnectColumns keys = new ConnectColumns("key");
  private final ConnectColumns values = new ConnectColumns("value");

  @Override
  public RowType keyType(SinkRecord record) {
    return record.key() == null ? null : keys.type(record.keySchema(), record.key());
  }

  @Override
  public RowType valueType(SinkRecord record) {
    return record.value() == null ? null : values.type(record.valueSchema(), record.value());
  }

  @Override
  public void key(SinkRecord record, ValueTarget[] targets) {
    put(keys.type(record.keySchema(), record.key()), record.keySchema(), record.key(), targets);
  }

  @Override
  public void value(SinkRecord record, ValueTarget[] targets) {
    put(
        values.type(record.valueSchema(), record.value()),
        record.valueSchema(),
        record.value(),
        targets);
  }

  private static void put(RowType type, Schema schema, Object data, ValueTarget[] targets) {
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] != null) {
        targets[i].set(ConnectColumns.value(type, schema, data, i));
      }
    }
  }

  @Override
  public ChangeEvent<Row> change(SinkRecord record) {
    Struct envelope = (Struct) record.value();
    Operation operation;
    try {
      operation = Operation.of(String.valueOf(envelope.get("op")));
    } catch (IllegalArgumentException e) {
      throw new UnreadableRecordException(
          "op is '%s', expected one of r, c, u, d, t, m; check the Debezium version"
              .formatted(envelope.get("op")));
    }
    Row after = row(envelope, "after", operation);
    Row before = row(envelope, "before", operation);
    if (operation == Operation.DELETE ? before == null : after == null && changesRow(operation)) {
      throw new UnreadableRecordException(
          "the change event has no row though its op is '%s'; check the Debezium version and the table's REPLICA IDENTITY"
              .formatted(envelope.get("op")));
    }
    return new ChangeEvent<>(operation, before, after, source(envelope.getStruct("source")), null);
  }

  @Override
  public RowType rowType(SinkRecord record) {
    return values.type(record.valueSchema().field("after").schema(), null);
  }

  private static boolean changesRow(Operation operation) {
    return operation != Operation.TRUNCATE && operation != Operation.MESSAGE;
  }

  private Row row(Struct envelope, String field, Operation operation) {
    Struct row = envelope.getStruct(field);
    return row == null ? null : values.row(row, operation != Operation.READ);
  }

  private static Source source(Struct source) {
    return new Source(
        text(source, "schema"),
        text(source, "table"),
        0,
        number(source, "lsn") == null ? null : new Lsn(number(source, "lsn")),
        null,
        snapshot(text(source, "snapshot")),
        number(source, "ts_ms") == null ? 0 : number(source, "ts_ms") * 1000);
  }

  // a TRUNCATE that announces a snapshot has one of these, one of the source none
  private static Source.Snapshot snapshot(String mark) {
    return switch (mark) {
      case "first" -> Source.Snapshot.FIRST;
      case "last" -> Source.Snapshot.LAST;
      default -> Source.Snapshot.FALSE;
    };
  }

  private static String text(Struct struct, String field) {
    return struct.schema().field(field) == null ? "" : String.valueOf(struct.get(field));
  }

  private static Long number(Struct struct, String field) {
    return struct.schema().field(field) != null && struct.get(field) instanceof Number number
        ? (Long) number.longValue()
        : null;
  }

  @Override
  public long size(SinkRecord record) {
    return size(record.key()) + size(record.value());
  }

  // a guess: what a struct's objects take is not known
  private static long size(Object data) {
    if (data == null) {
      return 0;
    }
    if (data instanceof byte[] bytes) {
      return bytes.length;
    }
    if (data instanceof ByteBuffer bytes) {
      return bytes.remaining();
    }
    if (data instanceof String text) {
      return text.length();
    }
    if (data instanceof Struct struct) {
      long size = 16;
      for (var field : struct.schema().fields()) {
        size += 16 + size(struct.getWithoutDefault(field.name()));
      }
      return size;
    }
    if (data instanceof Map<?, ?> map) {
      return map.values().stream().mapToLong(value -> 48 + size(value)).sum();
    }
    if (data instanceof Collection<?> elements) {
      return elements.stream().mapToLong(element -> 16 + size(element)).sum();
    }
    return 16;
  }
}
