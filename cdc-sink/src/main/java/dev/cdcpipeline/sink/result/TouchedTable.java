package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.mirror.StagedTable;
import java.util.List;
import java.util.Optional;

/**
 * A mirror or a result of which a flush changed rows; what {@link StagedTable} says of a mirror,
 * for both.
 *
 * @param name as definitions name it
 * @param table ready for SQL
 */
record TouchedTable(
    String name,
    String table,
    List<String> columns,
    List<String> keyColumns,
    String newRows,
    String oldRows,
    Optional<String> changes) {

  static TouchedTable of(StagedTable staged) {
    return new TouchedTable(
        staged.source().name(),
        staged.mirror(),
        staged.columns(),
        staged.keyColumns(),
        staged.newRows(),
        staged.oldRows(),
        staged.changes());
  }

  /** The rows before and after, ready for FROM. */
  String bothRows() {
    return "(SELECT "
        + Sql.list(columns)
        + " FROM "
        + newRows
        + " UNION ALL SELECT "
        + Sql.list(columns)
        + " FROM "
        + oldRows
        + ")";
  }
}
