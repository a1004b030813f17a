package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/**
 * Waits until everything before a place has left the source for its topics, as the replication slot
 * says. Mirrors that several tasks write have no position of their own: what is in the topics is
 * there a little later.
 */
final class TopicArrival implements Arrival {

  private final Side source;
  private final Marker marker;
  private final Waiting waiting;

  /**
   * @param source looked at again and again while waiting
   * @param marker put once for each wait
   */
  TopicArrival(Side source, Marker marker, Waiting waiting) {
    this.source = source;
    this.marker = marker;
    this.waiting = waiting;
  }

  @Override
  public void await(Set<String> sinks, Lsn place, Meanwhile meanwhile) throws SQLException {
    marker.put();
    long start = System.nanoTime();
    Optional<Lsn> reached = source.read(TopicArrival::confirmed);
    while (reached.isEmpty() || reached.get().compareTo(place) <= 0) {
      meanwhile.run();
      waiting.pause(
          System.nanoTime() - start,
          "the source connector to get past source position "
              + place
              + ": it is at "
              + reached.map(Lsn::toString).orElse("no place: there is no replication slot"));
      reached = source.read(TopicArrival::confirmed);
    }
    meanwhile.run();
  }

  static Optional<Lsn> confirmed(Connection source) throws SQLException {
    return Optional.ofNullable(
            Query.of(
                    "SELECT min(confirmed_flush_lsn) FROM pg_replication_slots WHERE slot_type ="
                        + " 'logical' AND NOT temporary AND database = current_database()")
                .text(source))
        .map(Lsn::parse);
  }
}
