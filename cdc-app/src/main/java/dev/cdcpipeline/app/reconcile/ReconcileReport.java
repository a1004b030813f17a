package dev.cdcpipeline.app.reconcile;

import java.util.List;

/**
 * What a comparison of the target with the source found.
 *
 * @param tables what was compared, table by table
 * @param notCompared results without a definition that can be run on the source, or not yet in the
 *     target, and why
 * @param notes what else a reader should know, for example that a definition in the target is not
 *     the file's
 */
public record ReconcileReport(
    List<TableComparison> tables, List<String> notCompared, List<String> notes) {

  public ReconcileReport {
    tables = List.copyOf(tables);
    notCompared = List.copyOf(notCompared);
    notes = List.copyOf(notes);
  }

  public long rows() {
    return tables.stream().mapToLong(TableComparison::rows).sum();
  }

  public long differences() {
    return tables.stream().mapToLong(TableComparison::differences).sum();
  }
}
