package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.RowType;

/** Tells Debezium's envelopes from other records. */
final class Envelopes {
  private Envelopes() {}

  /** Whether records with these columns are change events. */
  static boolean isEnvelope(RowType type) {
    return isStruct(type, "source")
        && isStruct(type, "after")
        && isStruct(type, "before")
        && type.indexOf("op") >= 0;
  }

  private static boolean isStruct(RowType type, String name) {
    int i = type.indexOf(name);
    return i >= 0 && type.columns().get(i).type() == ColumnType.STRUCT;
  }
}
