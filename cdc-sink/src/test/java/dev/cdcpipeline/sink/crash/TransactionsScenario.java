package dev.cdcpipeline.sink.crash;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.mirror.WriterOptions;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultMaintainer;
import dev.cdcpipeline.sink.result.ResultOptions;
import dev.cdcpipeline.sink.result.ShopHistory;
import dev.cdcpipeline.sink.result.SourceCommit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/** A shop's transactions into mirrors and results. A log's offset is a flush's index. */
final class TransactionsScenario implements Scenario {
  // one of each kind; the others are kept by the same statements
  private static final Set<String> RESULTS =
      Set.of("order_events", "order_status_counts", "violations_missing_customer");

  /** One transaction of the target, or several that follow from one read of the log. */
  private interface Step {
    void write(TransactionalWriter writer, List<OffsetUpdate> offsets);
  }

  private final boolean large;
  private final boolean snapshots;
  private final ShopHistory history;
  private final List<Step> log = new ArrayList<>();
  private final List<ResultDefinition> results;

  /**
   * Empty log.
   *
   * @param large whether flushes go by COPY and are planned afresh, whatever their size
   * @param snapshots whether the log has a snapshot after its first flush
   * @param withResults whether results are kept beside the mirrors
   */
  TransactionsScenario(boolean large, boolean snapshots, boolean withResults) {
    this.large = large;
    this.snapshots = snapshots;
    this.history = new ShopHistory(snapshots ? 12 : 11, 5);
    try {
      this.results =
          ResultFile.readDirectory(Path.of("../infra/results")).stream()
              .filter(result -> withResults && RESULTS.contains(result.name()))
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void grow() {
    if (!snapshots || log.isEmpty()) {
      log.add(flush(commits(log.isEmpty() ? 12 : 6)));
      return;
    }
    commits(3); // what the sink never read, and the snapshot shows
    SourceCommit rows = history.snapshot();
    int half = rows.changes().size() / 2;
    log.add(snapshotRows(part(rows, 0, half), false));
    log.add(snapshotRows(part(rows, half, rows.changes().size()), true));
    log.add((writer, offsets) -> writer.completeSnapshot(offsets, Optional.of(position(rows))));
  }

  @Override
  public List<Long> ends() {
    return LongStream.rangeClosed(1, log.size()).boxed().toList();
  }

  @Override
  public void prepare(Connection admin, Target target) {
    // the sink makes all it needs
  }

  @Override
  public void write(Target target, SessionOptions session, long end) throws SQLException {
    try (Connection connection =
        TargetSession.open(session.withSearchPath(List.of(target.tables(), target.results())))) {
      OffsetLedger ledger = new OffsetLedger(connection, target.ledger(), "crash");
      ledger.createObjects();
      long next = ledger.claim(List.of(LOG)).get(0).nextOffset().orElse(0);
      WriterOptions options =
          WriterOptions.defaults()
              .withMirrorSchema(target.tables())
              .withCopyThreshold(large ? 1 : 500);
      ResultMaintainer maintainer =
          new ResultMaintainer(
              new ResultOptions(
                  target.tables(), target.results(), target.ledger(), "crash", large ? 1 : 10_000),
              Optional.of(results),
              Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
      try (TransactionalWriter writer =
          new TransactionalWriter(connection, ledger, options, List.of(maintainer))) {
        for (long offset = next; offset < end; offset++) {
          log.get((int) offset)
              .write(writer, List.of(new OffsetUpdate(LOG, "log-id", offset + 1, 0)));
        }
      }
    }
  }

  private List<SourceCommit> commits(int n) {
    List<SourceCommit> commits = new ArrayList<>();
    while (commits.size() < n) {
      SourceCommit commit = history.next();
      if (!commit.changes().isEmpty()) {
        commits.add(commit);
      }
    }
    return commits;
  }

  // one flush of several source transactions, each staged in parts as a huge one is
  private static Step flush(List<SourceCommit> commits) {
    return (writer, offsets) -> {
      for (SourceCommit commit : commits) {
        var changes = ShopChanges.of(commit);
        int half = changes.size() / 2;
        writer.stage(changes.subList(0, half));
        writer.stage(changes.subList(half, changes.size()));
        writer.endOfTransaction();
      }
      writer.commit(offsets, Optional.of(position(commits.get(commits.size() - 1))));
    };
  }

  private static Step snapshotRows(SourceCommit rows, boolean last) {
    return (writer, offsets) ->
        writer.loadSnapshot(new Lsn(rows.commitLsn()), last, ShopChanges.of(rows), offsets);
  }

  private static SourceCommit part(SourceCommit rows, int from, int to) {
    return new SourceCommit(
        rows.previousCommit(),
        rows.commitLsn(),
        rows.timeMicros(),
        rows.changes().subList(from, to));
  }

  private static AppliedPosition position(SourceCommit commit) {
    return new AppliedPosition(
        0, new Lsn(commit.commitLsn()), commit.timeMicros(), commit.commitLsn());
  }
}
