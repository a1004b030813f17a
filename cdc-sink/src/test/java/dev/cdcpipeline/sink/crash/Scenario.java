package dev.cdcpipeline.sink.crash;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * A log that grows, and what a sink's task does with it from its start on: takes the ledger over,
 * reads from the ledger's offset, writes. The log is the same in every process.
 */
interface Scenario {
  /** Whether every place is cut, with results in every scenario. */
  boolean ALL = Boolean.getBoolean("crash.all");

  PartitionId LOG = new PartitionId("shop.log", 0);

  /** What is written, and by which statements. */
  enum Kind {
    /** Source transactions, with mirrors and results, by arrays. */
    TRANSACTIONS_BY_ARRAYS,
    /** Mirrors by COPY, results planned afresh. */
    TRANSACTIONS_BY_COPY,
    /** A snapshot over what is there. */
    SNAPSHOT,
    /** Upserts, deletes, appends and refused rows of topics, by arrays. */
    TOPICS_BY_ARRAYS,
    /** The same by COPY. */
    TOPICS_BY_COPY;

    Scenario scenario() {
      return switch (this) {
        case TRANSACTIONS_BY_ARRAYS -> new TransactionsScenario(false, false, true);
        case TRANSACTIONS_BY_COPY -> new TransactionsScenario(true, false, ALL);
        case SNAPSHOT -> new TransactionsScenario(false, true, ALL);
        case TOPICS_BY_ARRAYS -> new TopicsScenario(500);
        case TOPICS_BY_COPY -> new TopicsScenario(1);
      };
    }
  }

  /** Appends to the log what one life of a sink has to do. */
  void grow();

  /** The next offset after each of the log's flushes, in order. */
  List<Long> ends();

  /** Makes what the user of a sink makes beforehand. */
  void prepare(Connection admin, Target target) throws SQLException;

  /**
   * A life of a sink on a session of its own, from its ledger on.
   *
   * @param end one of {@link #ends}, after which it stops
   */
  void write(Target target, SessionOptions session, long end) throws SQLException;
}
