package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What a record holds, whatever its converter made of it. Column types are the same object for the
 * same schema. Not thread-safe.
 *
 * <p>Every method throws {@link dev.cdcpipeline.model.serde.DecodeException} or {@link
 * UnreadableRecordException} for a record that can't be read, now or later.
 */
interface RecordInput {

  /** The columns of the record's key, null if it has none. */
  RowType keyType(SinkRecord record);

  /** The columns of the record's value, null if it has none. */
  RowType valueType(SinkRecord record);

  /** Puts the key's values into targets, one for each column; null for one that is skipped. */
  void key(SinkRecord record, ValueTarget[] targets);

  /** Puts the value's fields into targets, one for each column; null for one that is skipped. */
  void value(SinkRecord record, ValueTarget[] targets);

  /** The change that a record's value is, where its columns are those of an envelope. */
  ChangeEvent<Row> change(SinkRecord record);

  /** The columns that rows have in changes of the record's schema, whether it has a row or not. */
  RowType rowType(SinkRecord record);

  /** Bytes that the record keeps in memory, as far as they are known. */
  long size(SinkRecord record);
}
