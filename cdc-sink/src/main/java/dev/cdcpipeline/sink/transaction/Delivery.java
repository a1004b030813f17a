package dev.cdcpipeline.sink.transaction;

/** What the writer of the transaction topic promises after a restart. */
public enum Delivery {
  /**
   * Transactions are delivered whole: one that was delivered in part comes again from its BEGIN,
   * and its changes are counted as they were the first time.
   */
  WHOLE_TRANSACTIONS,
  /**
   * Nothing is promised: Debezium's own connector, or a connector of this project before it
   * delivered whole transactions. After a restart both may go on in the middle of a transaction and
   * count from one again.
   */
  UNKNOWN
}
