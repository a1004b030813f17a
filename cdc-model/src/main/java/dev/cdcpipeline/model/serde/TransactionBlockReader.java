package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.TransactionBlock;
import java.util.List;
import org.apache.avro.Schema;

/** Reads Debezium's {@code transaction} block of a change event. */
final class TransactionBlockReader {
  private final Schema record;
  private final ValueReader[] readers;
  private final int id;
  private final int totalOrder;
  private final int collectionOrder;

  TransactionBlockReader(Schema record, ReaderCompiler compiler) {
    this.record = record;
    this.readers =
        record.getFields().stream()
            .map(f -> compiler.value(f.schema()))
            .toArray(ValueReader[]::new);
    for (String required : List.of("id", "total_order", "data_collection_order")) {
      if (record.getField(required) == null) {
        throw new MalformedException("it is missing from the schema", "check the Debezium version")
            .in(required);
      }
    }
    OptionalField.of(record.getField("id"), Schema.Type.STRING);
    OptionalField.of(record.getField("total_order"), Schema.Type.LONG);
    OptionalField.of(record.getField("data_collection_order"), Schema.Type.LONG);
    this.id = record.getField("id").pos();
    this.totalOrder = record.getField("total_order").pos();
    this.collectionOrder = record.getField("data_collection_order").pos();
  }

  TransactionBlock read(AvroInput in) {
    String readId = null;
    long readTotal = 0;
    long readCollection = 0;
    int i = 0;
    try {
      for (; i < readers.length; i++) {
        if (i == id) {
          readId = readId(in);
        } else if (i == totalOrder) {
          readTotal = in.readLong();
        } else if (i == collectionOrder) {
          readCollection = in.readLong();
        } else {
          readers[i].skip(in);
        }
      }
    } catch (MalformedException e) {
      throw e.in(record.getFields().get(i).name());
    }
    return new TransactionBlock(readId, readTotal, readCollection);
  }

  /** {@code txId:lsn}; checked here, so that nobody downstream meets an id without a number. */
  private static String readId(AvroInput in) {
    String text = in.readString();
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    boolean ended = digits == text.length() || text.charAt(digits) == ':';
    if (digits == 0 || digits > 18 || !ended) {
      throw new MalformedException(
          "is '" + text.substring(0, Math.min(60, text.length())) + "', expected txId:lsn",
          "check the Debezium version");
    }
    return text;
  }
}
