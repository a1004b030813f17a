package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.shop.model.SourceEvent;
import java.util.LinkedHashMap;
import java.util.Map;

/** Variations of an event. */
final class Events {

  /** The same order event for another order. */
  static SourceEvent withKey(SourceEvent event, long orderId) {
    Map<String, Object> after = new LinkedHashMap<>(event.after());
    after.put("order_id", orderId);
    return with(event, event.op(), after, event.lsn(), event.previousCommit());
  }

  /** The same event of another place. */
  static SourceEvent at(SourceEvent event, long lsn, Long previousCommit) {
    return with(event, event.op(), event.after(), lsn, previousCommit);
  }

  /** The same event with other values after. */
  static SourceEvent with(
      SourceEvent event, String op, Map<String, Object> after, long lsn, Long previousCommit) {
    return new SourceEvent(
        event.table(),
        op,
        event.before(),
        after,
        lsn,
        previousCommit,
        event.transactionId(),
        event.totalOrder(),
        event.mark(),
        event.commitMicros(),
        event.wide());
  }

  /** The same event, marked as a part of a snapshot. */
  static SourceEvent marked(SourceEvent event, String mark) {
    return new SourceEvent(
        event.table(),
        event.op(),
        event.before(),
        event.after(),
        event.lsn(),
        event.previousCommit(),
        event.transactionId(),
        event.totalOrder(),
        mark,
        event.commitMicros(),
        event.wide());
  }

  private Events() {}
}
