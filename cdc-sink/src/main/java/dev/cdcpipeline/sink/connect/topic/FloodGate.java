package dev.cdcpipeline.sink.connect.topic;

import org.apache.kafka.connect.errors.ConnectException;

/**
 * Tells bad records from a bad system: where too many of the last records were refused, something
 * other than the records is wrong, and the dead letter queue is no place for all of them.
 */
final class FloodGate {
  private static final int LEAST = 100;
  private static final int WINDOW = 10_000;
  private final double maxShare;
  private double records;
  private double bad;

  FloodGate(double maxShare) {
    this.maxShare = maxShare;
  }

  /**
   * Counts a flush.
   *
   * @param flushed records of the flush, refused ones included
   * @throws ConnectException the share of refused ones is over the limit
   */
  void count(int flushed, int refused) {
    records += flushed;
    bad += refused;
    if (refused > 0 && records >= LEAST && bad / records > maxShare) {
      String message =
          "%d of the last %d records can't be written, more than bad.records.max.share=%s allows; this flush is rolled back and nothing is lost; see the last dead letters for the reason, mend it or raise the limit, and restart the task"
              .formatted(Math.round(bad), Math.round(records), maxShare);
      records = 0;
      bad = 0;
      throw new ConnectException(message);
    }
    if (records > WINDOW) {
      // what was long ago counts less and less
      double kept = WINDOW / 2.0 / records;
      records *= kept;
      bad *= kept;
    }
  }
}
