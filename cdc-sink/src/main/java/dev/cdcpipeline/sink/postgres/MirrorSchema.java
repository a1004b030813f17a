package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.sink.change.TableId;

/** The schema of mirrors, as {@code mirror.schema} names it. */
public final class MirrorSchema {
  /** What stands for the source table's schema in the name of the mirrors' schema. */
  public static final String SOURCE_SCHEMA = "${schema}";

  private MirrorSchema() {}

  /** Where a source table is mirrored that is named after itself. */
  public static TableId mirrorOf(TableId source, String mirrorSchema) {
    return new TableId(mirrorSchema.replace(SOURCE_SCHEMA, source.schema()), source.name());
  }
}
