package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.sink.table.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands refused records to Connect's dead letter queue, and waits until they are there.
 *
 * <p>A crash between this and the commit of the flush sends a dead letter twice, never not at all.
 */
final class DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
  private final ErrantRecordReporter reporter;
  private final FloodGate flood;

  /**
   * @param reporter Connect's, null where the connector has neither dead letter queue nor error log
   */
  DeadLetters(ErrantRecordReporter reporter, FloodGate flood) {
    this.reporter = reporter;
    this.flood = flood;
  }

  /** Counts a flush without refused records. */
  void allWell(int flushed) {
    flood.count(flushed, 0);
  }

  /**
   * Reports records of one flush; returns when all reports are safe.
   *
   * @param flushed records of the flush, these included
   * @throws ConnectException there is nowhere to report to, there are too many, or a report failed
   */
  void report(int flushed, List<Refusal<SinkRecord>> refused) {
    flood.count(flushed, refused.size());
    List<Future<Void>> reports = new ArrayList<>(refused.size());
    for (Refusal<SinkRecord> refusal : refused) {
      String message = refusal.message();
      if (!message.startsWith("[")) {
        message = "[%s] %s".formatted(place(refusal.origin()), message);
      }
      if (reporter == null) {
        throw new ConnectException(
            message
                + "; the flush is rolled back and nothing is lost; to go on without such records"
                + " set errors.tolerance=all and errors.deadletterqueue.topic.name",
            refusal.cause());
      }
      LOG.warn("dead letter: {}", message);
      reports.add(reporter.report(refusal.origin(), new DataException(message, refusal.cause())));
    }
    for (Future<Void> report : reports) {
      await(report);
    }
  }

  private static void await(Future<Void> report) {
    try {
      report.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("interrupted while a dead letter was sent; nothing is lost", e);
    } catch (ExecutionException e) {
      throw new ConnectException(
          "cannot send a dead letter: %s; the flush is rolled back and nothing is lost; check the dead letter queue's topic and restart the task"
              .formatted(e.getCause().getMessage()),
          e.getCause());
    }
  }

  /** {@code topic-partition@offset} of the record as it was read. */
  static String place(SinkRecord record) {
    return record.originalTopic()
        + "-"
        + record.originalKafkaPartition()
        + "@"
        + record.originalKafkaOffset();
  }
}
