package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/** Reads a record of any schema into a {@link Row} with all its fields. */
final class RowReader extends GenericReader {
  private final Schema schema;
  private ValueReader[] fields;
  private int minimumBytes;
  private RowType type;

  RowReader(Schema schema) {
    this.schema = schema;
  }

  /**
   * Gives the reader its fields; apart from the constructor because a record may contain itself.
   */
  void complete(List<ValueReader> readers) {
    fields = readers.toArray(ValueReader[]::new);
    minimumBytes = readers.stream().mapToInt(ValueReader::minimumBytes).sum();
  }

  /**
   * The columns; described when they are first needed, because a row that is only skipped need not
   * have any.
   */
  @Override
  RowType type() {
    if (type == null) {
      type =
          new RowType(
              schema.getFields().stream().map(ColumnTypes::column).collect(Collectors.toList()));
    }
    return type;
  }

  @Override
  Row read(AvroInput in) {
    RowType rowType = type();
    ValueReader[] readers = fields;
    Object[] values = new Object[readers.length];
    in.enter();
    int i = 0;
    try {
      for (; i < readers.length; i++) {
        values[i] = readers[i].read(in);
      }
    } catch (MalformedException e) {
      throw e.in(schema.getFields().get(i).name());
    }
    in.leave();
    return new Row(rowType, values);
  }

  @Override
  void read(AvroInput in, ValueTarget[] targets) {
    ValueReader[] readers = fields;
    in.enter();
    int i = 0;
    try {
      for (; i < readers.length; i++) {
        ValueTarget target = targets[i];
        if (target == null) {
          readers[i].skip(in);
        } else {
          readers[i].read(in, target);
        }
      }
    } catch (MalformedException e) {
      throw e.in(schema.getFields().get(i).name());
    }
    in.leave();
  }

  @Override
  void skip(AvroInput in) {
    in.enter();
    for (ValueReader reader : fields) {
      reader.skip(in);
    }
    in.leave();
  }

  @Override
  int minimumBytes() {
    return minimumBytes;
  }
}
