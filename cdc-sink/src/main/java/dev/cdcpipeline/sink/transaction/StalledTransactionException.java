package dev.cdcpipeline.sink.transaction;

import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The oldest incomplete transaction waits for events that don't come. */
public final class StalledTransactionException extends AssemblyException {
  private static final long serialVersionUID = 1L;

  private final Long transactionId;
  private final transient Map<String, Long> expected;
  private final transient Map<String, Long> seen;

  StalledTransactionException(
      String message, Long transactionId, Map<String, Long> expected, Map<String, Long> seen) {
    super(message);
    this.transactionId = transactionId;
    this.expected = new TreeMap<>(expected);
    this.seen = new TreeMap<>(seen);
  }

  /** The transaction, empty if no BEGIN or END names it. */
  public OptionalLong transactionId() {
    return transactionId == null ? OptionalLong.empty() : OptionalLong.of(transactionId);
  }

  /** Changes by {@code schema.table} that END counts, empty if END was not seen. */
  public Map<String, Long> expected() {
    return expected;
  }

  /** Changes by {@code schema.table} that were read. */
  public Map<String, Long> seen() {
    return seen;
  }
}
