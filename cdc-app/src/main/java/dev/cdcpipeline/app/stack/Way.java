package dev.cdcpipeline.app.stack;

/** Which of the two ways from change topics to results a stack goes. */
public enum Way {
  /** Whole source transactions by the transactional sink: what the target shows is one commit. */
  TABLE,
  /** Results as topics by Kafka Streams, and from there by sinks into schema {@code streamed}. */
  TOPICS,
  /** Both, side by side from the same change topics. */
  BOTH;

  /** Whether mirrors and results are kept by the transactional sink. */
  public boolean hasTables() {
    return this != TOPICS;
  }

  /** Whether results are kept as topics, and brought to the target from them. */
  public boolean hasTopics() {
    return this != TABLE;
  }
}
