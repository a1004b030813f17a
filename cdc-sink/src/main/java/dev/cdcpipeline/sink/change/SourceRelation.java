package dev.cdcpipeline.sink.change;

import java.util.Map;

/**
 * Which relation of the source has a table's name, and which of its attributes its columns are. A
 * column that was dropped and added again has its name and another number.
 *
 * @param oid {@code pg_class.oid}
 * @param columns {@code pg_attribute.attnum} by column; none if that is not known
 */
public record SourceRelation(long oid, Map<String, Integer> columns) {
  public SourceRelation {
    columns = Map.copyOf(columns);
  }

  /** A relation whose columns' numbers are not known. */
  public SourceRelation(long oid) {
    this(oid, Map.of());
  }
}
