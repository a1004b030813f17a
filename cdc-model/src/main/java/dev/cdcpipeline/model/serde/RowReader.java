package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/** Reads a record of any schema into a {@link Row} with all its fields. */
final class RowReader extends GenericReader {
  private static final Object[] NONE = {};

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
    minimumBytes = readers.stream().mapToInt(ValueReader::minimumBytes).reduce(0, ValueReader::sum);
  }

  /**
   * The columns; described when they are first needed, because a row that is only skipped need not
   * have any.
   */
  @Override
  RowType type() {
    if (type == null) {
      type = type(schema);
    }
    return type;
  }

  private static RowType type(Schema schema) {
    List<Column> columns =
        schema.getFields().stream().map(ColumnTypes::column).collect(Collectors.toList());
    Set<String> names = new HashSet<>();
    for (Column column : columns) {
      if (!names.add(column.name())) {
        throw new MalformedException(
            "column " + column.name() + " appears twice",
            "check the parameter " + Column.SOURCE_NAME + " of the schema's fields");
      }
    }
    return new RowType(columns);
  }

  @Override
  Row read(AvroInput in) {
    RowType rowType = type();
    ValueReader[] readers = fields;
    in.enter(readers.length);
    Object[] values = readers.length == 0 ? NONE : new Object[readers.length];
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
    in.enter(readers.length);
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
    in.enter(fields.length);
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
