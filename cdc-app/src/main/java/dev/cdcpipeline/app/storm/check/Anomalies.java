package dev.cdcpipeline.app.storm.check;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What should not have been seen, in the order in which it was found. Thread-safe. */
public final class Anomalies {
  /** More of one kind say nothing new. */
  private static final int KEPT = 5;

  private final List<Anomaly> found = new ArrayList<>();
  private long count;

  /**
   * Something that should not be.
   *
   * @param kind which promise is broken, in one or two words
   * @param what with the numbers that tell it
   */
  public record Anomaly(Instant at, String kind, String what) {}

  /** Adds one. */
  public synchronized void add(String kind, String what) {
    count++;
    if (found.stream().filter(anomaly -> anomaly.kind().equals(kind)).count() < KEPT) {
      found.add(new Anomaly(Instant.now(), kind, what));
    }
  }

  /** How many there were. */
  public synchronized long count() {
    return count;
  }

  /** The first of each kind. */
  public synchronized List<Anomaly> first() {
    return List.copyOf(found);
  }
}
