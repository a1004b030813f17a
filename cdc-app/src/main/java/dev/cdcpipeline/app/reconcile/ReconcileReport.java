package dev.cdcpipeline.app.reconcile;

import java.util.List;

/**
 * What a comparison of the target with the source found.
 *
 * @param tables what was compared, table by table
 * @param notCompared results without a definition that can be run on the source, or not yet in the
 *     target, and why
 * @param sourceMoved whether something committed at the source meanwhile, so that differences may
 *     be no fault
 */
public record ReconcileReport(
    List<TableComparison> tables, List<String> notCompared, boolean sourceMoved) {

  public ReconcileReport {
    tables = List.copyOf(tables);
    notCompared = List.copyOf(notCompared);
  }

  public long rows() {
    return tables.stream().mapToLong(TableComparison::rows).sum();
  }

  public long differences() {
    return tables.stream().mapToLong(TableComparison::differences).sum();
  }
}
