package dev.cdcpipeline.sink.crash;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.postgres.AppliedPosition;
import dev.cdcpipeline.sink.postgres.FlushListener;
import dev.cdcpipeline.sink.postgres.OffsetLedger;
import dev.cdcpipeline.sink.postgres.OffsetUpdate;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TransactionalWriter;
import dev.cdcpipeline.sink.postgres.WriterOptions;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultMaintainer;
import dev.cdcpipeline.sink.result.ResultOptions;
import dev.cdcpipeline.sink.result.SourceCommit;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/**
 * What a sink's task does from its start on: takes the ledger over, reads the log from the ledger's
 * offset, writes. A log's offset is a step's index.
 */
final class SinkLife {
  static final PartitionId LOG = new PartitionId("shop.log", 0);

  /** One transaction of the target, or several that follow from one read of the log. */
  interface Step {
    void write(TransactionalWriter writer, List<OffsetUpdate> offsets);
  }

  /**
   * Where a sink writes, and how.
   *
   * @param suffix of its three schemas' names
   * @param large whether flushes go by COPY and are planned afresh, whatever their size
   */
  record Sink(String suffix, boolean large, List<ResultDefinition> results) {
    String mirrors() {
      return "mirror_" + suffix;
    }

    String resultTables() {
      return "analytics_" + suffix;
    }

    String ledger() {
      return "cdc_" + suffix;
    }
  }

  private SinkLife() {}

  /** Runs from the ledger to the log's end on a session of its own. */
  static void run(Sink sink, SessionOptions session, List<Step> log) throws SQLException {
    try (Connection connection =
        TargetSession.open(session.withSearchPath(List.of(sink.mirrors(), sink.resultTables())))) {
      OffsetLedger ledger = new OffsetLedger(connection, sink.ledger(), "crash");
      ledger.createObjects();
      long next = ledger.claim(List.of(LOG)).get(0).nextOffset().orElse(0);
      WriterOptions options =
          WriterOptions.defaults()
              .withMirrorSchema(sink.mirrors())
              .withCopyThreshold(sink.large() ? 1 : 500);
      try (TransactionalWriter writer =
          new TransactionalWriter(connection, ledger, options, listeners(sink))) {
        for (int offset = (int) next; offset < log.size(); offset++) {
          log.get(offset).write(writer, List.of(new OffsetUpdate(LOG, "log-id", offset + 1L, 0)));
        }
      }
    }
  }

  private static List<FlushListener> listeners(Sink sink) {
    if (sink.results().isEmpty()) {
      return List.of();
    }
    ResultOptions options =
        new ResultOptions(
            sink.mirrors(), sink.resultTables(), sink.ledger(), sink.large() ? 1 : 10_000);
    return List.of(
        new ResultMaintainer(
            options, Optional.of(sink.results()), Clock.fixed(Instant.EPOCH, ZoneOffset.UTC)));
  }

  /** One flush of several source transactions, each staged in parts as a huge one is. */
  static Step flush(List<SourceCommit> commits) {
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

  /** Rows of a snapshot, kept aside. */
  static Step snapshotRows(SourceCommit rows, boolean last) {
    return (writer, offsets) ->
        writer.loadSnapshot(new Lsn(rows.commitLsn()), last, ShopChanges.of(rows), offsets);
  }

  /** The snapshot becomes visible. */
  static Step snapshotEnd(SourceCommit rows) {
    return (writer, offsets) -> writer.completeSnapshot(offsets, Optional.of(position(rows)));
  }

  private static AppliedPosition position(SourceCommit commit) {
    return new AppliedPosition(
        0, new Lsn(commit.commitLsn()), commit.timeMicros(), commit.commitLsn());
  }
}
