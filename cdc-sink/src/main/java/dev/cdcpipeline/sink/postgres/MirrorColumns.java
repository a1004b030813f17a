package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.change.TableId;

/** The columns that a mirror has beside its source's, and the names that are kept for them. */
public final class MirrorColumns {
  public static final String APPLIED_AT = "_cdc_applied_at";
  public static final String POSITION = "_cdc_position";
  public static final String RESERVED_PREFIX = "_cdc_";

  private MirrorColumns() {}

  /**
   * Refuses columns of the source that are called like the sink's own.
   *
   * @param keyless whether the type has the identity that the sink gives rows without a key
   */
  public static void checkNames(TableId source, RowType type, boolean keyless) {
    boolean identity = keyless;
    for (Column column : type.columns()) {
      if (identity && column.name().equals(RowIdentity.COLUMN)) {
        identity = false;
      } else if (column.name().startsWith(RESERVED_PREFIX)) {
        throw new FatalWriteException(
            "cannot mirror %s: its column %s begins with %s, which is reserved; exclude it from the source connector (column.exclude.list) or rename it at the source. What the topics have of it already is not read past: start over (docs/start-over.md)"
                .formatted(source, column.name(), RESERVED_PREFIX));
      }
    }
  }

  /** Whether a mirror's column is neither the source's nor the identity of a row without a key. */
  public static boolean isReserved(String column) {
    return column.startsWith(RESERVED_PREFIX) && !column.equals(RowIdentity.COLUMN);
  }
}
