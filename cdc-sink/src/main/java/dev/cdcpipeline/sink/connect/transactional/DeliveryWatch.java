package dev.cdcpipeline.sink.connect.transactional;

import dev.cdcpipeline.sink.connect.pipeline.RecordHeaders;
import dev.cdcpipeline.sink.transaction.Delivery;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells by the header of the transaction topic's records what the source connector promises, and
 * warns when it promises nothing.
 */
final class DeliveryWatch {
  /** The header that our source connector writes with every BEGIN and END. */
  static final String HEADER = "cdc.delivery";

  /** The header's value, and what the ledger says then. */
  static final String WHOLE = "whole-transactions";

  private static final Logger LOG = LoggerFactory.getLogger(DeliveryWatch.class);

  private final String transactionTopic;
  private Delivery latest;
  private boolean changed;

  DeliveryWatch(String transactionTopic) {
    this.transactionTopic = transactionTopic;
  }

  /** What the writer of a BEGIN or END promises. */
  Delivery of(SinkRecord marker) {
    Delivery by =
        RecordHeaders.text(marker, HEADER).filter(WHOLE::equals).isPresent()
            ? Delivery.WHOLE_TRANSACTIONS
            : Delivery.UNKNOWN;
    if (by == Delivery.UNKNOWN && latest != by) {
      LOG.warn(
          "[{}-{}@{}] the source connector does not deliver whole transactions (its records have no"
              + " header {}): when it is restarted, changes of transactions open at that moment,"
              + " rows of a COPY, key changes and rows of an incremental snapshot can be lost, and"
              + " no log says so; set"
              + " connector.class=dev.cdcpipeline.debezium.ExactlyOncePostgresConnector",
          transactionTopic,
          marker.kafkaPartition(),
          marker.kafkaOffset(),
          HEADER);
    }
    changed |= latest != by;
    latest = by;
    return by;
  }

  /** Whether the promise is another than when this was asked last. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  /** Whether the latest BEGIN or END came from a connector that delivers whole transactions. */
  boolean isWhole() {
    return latest == Delivery.WHOLE_TRANSACTIONS;
  }

  // depends on header.converter: the simple one gives text, another may give bytes
}
