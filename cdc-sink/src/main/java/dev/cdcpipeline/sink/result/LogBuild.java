package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultDefinition.Lookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Begins a log. An empty one gets a snapshot's event for every row there is; built within a flush
 * that kept every change, for every row there was, and then the flush's changes. One that has rows
 * keeps them: what it missed while it stood still is not known any more.
 */
final class LogBuild {
  private final ResultShape shape;

  LogBuild(ResultShape shape) {
    this.shape = shape;
  }

  List<String> statements(ResultTable.Existing existing, Map<String, TouchedTable> touched) {
    ResultDefinition definition = shape.definition();
    Relation over = shape.relations().get(definition.over().orElseThrow());
    LogSql log = new LogSql(shape, false);
    List<String> statements = new ArrayList<>();
    TouchedTable changes = touched.get(over.name());
    if (changes != null && keptChanges(changes, touched)) {
      if (existing == ResultTable.Existing.EMPTY) {
        statements.add(log.snapshot(rowsBefore(over, changes)));
      }
      statements.add(log.append(touched));
    } else if (existing == ResultTable.Existing.EMPTY) {
      statements.add(log.snapshot(over.table()));
    }
    return statements;
  }

  private boolean keptChanges(TouchedTable over, Map<String, TouchedTable> touched) {
    for (Lookup lookup : shape.definition().lookups()) {
      TouchedTable table = touched.get(lookup.table());
      if (table != null && table.changes().isEmpty()) {
        return false;
      }
    }
    return over.changes().isPresent();
  }

  /** The driving table as it was before the flush; what the flush did to it is logged as such. */
  private static String rowsBefore(Relation over, TouchedTable changes) {
    String columns = Sql.list(over.columns());
    return "(SELECT "
        + columns
        + ", _cdc_position, _cdc_applied_at FROM "
        + over.table()
        + " t WHERE NOT EXISTS (SELECT FROM "
        + changes.newRows()
        + " n WHERE "
        + Sql.equal("n", "t", changes.keyColumns())
        + ") UNION ALL SELECT "
        + Sql.list(over.columns().stream().toList())
        + ", "
        + Sql.LSN
        + ", now() FROM "
        + changes.oldRows()
        + ")";
  }
}
