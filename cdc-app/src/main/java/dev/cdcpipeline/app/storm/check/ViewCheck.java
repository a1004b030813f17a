package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.model.event.Lsn;
import java.util.Arrays;
import java.util.List;

/** Compares a view of the target with the source as of the commit that the view names. */
final class ViewCheck {
  private static final String AUDIT = "storm_audit";
  private static final int NAMED = 5;

  private final SourceHistory history;
  private final Anomalies anomalies;

  ViewCheck(SourceHistory history, Anomalies anomalies) {
    this.history = history;
    this.anomalies = anomalies;
  }

  /** Whether the source's history is known as far as the view needs. */
  boolean isReady(TargetView view) {
    return (view.xid() != 0 && history.of(view.xid()).isPresent())
        || history.reached().compareTo(view.lsn()) >= 0;
  }

  /**
   * Compares; a difference is an anomaly.
   *
   * @return the number of the commit that the view is of
   */
  int check(TargetView view) {
    SourceCommit commit = commitOf(view);
    List<TableShape> tables = history.tables();
    for (int i = 0; i < tables.size(); i++) {
      if (view.counts()[i] != commit.counts()[i] || view.sums()[i] != commit.sums()[i]) {
        anomalies.add("view", wrong(view, commit, i));
        break;
      }
      if (tables.get(i).name().equals(AUDIT) && view.logged() != commit.counts()[i]) {
        anomalies.add(
            "view",
            "at commit %s (transaction %d) the log has %d transactions of the audit, the source had %d"
                .formatted(view.lsn(), view.xid(), view.logged(), commit.counts()[i]));
        break;
      }
    }
    return commit.number();
  }

  private SourceCommit commitOf(TargetView view) {
    // a snapshot holds what had committed before its place
    boolean snapshot = view.xid() == 0;
    return snapshot
        ? history.lastUpTo(view.lsn(), true)
        : history.of(view.xid()).orElseGet(() -> history.lastUpTo(view.lsn(), false));
  }

  private String wrong(TargetView view, SourceCommit commit, int table) {
    String name = history.tables().get(table).name();
    long[] others =
        history.with(table, view.counts()[table], view.sums()[table]).stream()
            .mapToLong(SourceCommit::number)
            .toArray();
    return "mirror.%s at commit %s (transaction %d, number %d) has %d rows, the source had %d; %s"
        .formatted(
            name,
            view.lsn(),
            view.xid(),
            commit.number(),
            view.counts()[table],
            commit.counts()[table],
            others.length == 0
                ? "no commit of the source had these rows"
                : "the source had these rows at commit number "
                    + Arrays.toString(Arrays.copyOf(others, Math.min(NAMED, others.length))));
  }

  /** For messages: where the source's history is. */
  Lsn historyReached() {
    return history.reached();
  }
}
