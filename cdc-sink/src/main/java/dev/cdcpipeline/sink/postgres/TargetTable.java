package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.sink.change.TableId;
import java.util.List;
import java.util.Set;

/**
 * A table of the target as it is now.
 *
 * @param id schema and name at the target
 * @param columns all columns that can be written, in order; generated ones are not among them
 * @param uniqueKeys sets of columns that an {@code ON CONFLICT} can name
 * @param primaryKey the constraint's name, null if there is none
 * @param copied whether {@code COPY} into it does what {@code INSERT} does: it passes over rules,
 *     and is refused where row security applies
 */
public record TargetTable(
    TableId id,
    List<TargetColumn> columns,
    List<Set<String>> uniqueKeys,
    String primaryKey,
    boolean copied) {

  /** Qualified and quoted. */
  public String sql() {
    return SqlIdentifiers.qualified(id.schema(), id.name());
  }

  /** Place of a column, or -1. */
  public int indexOf(String column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(column)) {
        return i;
      }
    }
    return -1;
  }

  /** The same without the columns that somebody has added to the target for himself. */
  public TargetTable ofSource(Set<String> sourceColumns) {
    List<TargetColumn> ofSource =
        columns.stream()
            .filter(
                c ->
                    sourceColumns.contains(c.name())
                        || c.name().startsWith(MirrorColumns.RESERVED_PREFIX))
            .toList();
    return new TargetTable(id, ofSource, uniqueKeys, primaryKey, copied);
  }

  public boolean hasAll(List<String> names) {
    return names.stream().allMatch(name -> indexOf(name) >= 0);
  }
}
