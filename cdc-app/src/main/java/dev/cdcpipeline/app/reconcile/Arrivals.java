package dev.cdcpipeline.app.reconcile;

/**
 * How a comparison waits for each kind of mirror, with connections of their own, so that a snapshot
 * that is being read is not disturbed. Not thread-safe.
 */
final class Arrivals implements AutoCloseable {

  private final Marker marker;
  private final Side slots;
  private final Side positions;
  private final Arrival commits;
  private final Arrival topics;

  /**
   * @param sourceJdbcUrl the source, with user and password
   * @param targetJdbcUrl the target, with user and password
   * @param waiting what becomes of the time that is waited
   */
  Arrivals(String sourceJdbcUrl, String targetJdbcUrl, Arrival.Waiting waiting) {
    this.marker = new Marker(sourceJdbcUrl);
    this.slots = new Side(sourceJdbcUrl);
    this.positions = new Side(targetJdbcUrl);
    this.commits = new CommitArrival(positions, marker, waiting);
    this.topics = new TopicArrival(slots, marker, waiting);
  }

  /** For what the transactional sink writes: the commit that it has reached. */
  Arrival commits() {
    return commits;
  }

  /** For a mirror, as it is written. */
  Arrival of(ComparedMirror mirror) {
    return mirror.wholeTransactions() ? commits : topics;
  }

  @Override
  public void close() {
    marker.close();
    slots.close();
    positions.close();
  }
}
