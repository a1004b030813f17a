package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.SinkPositions.Position;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.SQLException;
import java.util.Set;

/**
 * Waits until the target holds every commit before a place, by the positions that the sinks of
 * whole transactions commit with their rows.
 */
final class CommitArrival implements Arrival {

  private final Side target;
  private final Marker marker;
  private final Waiting waiting;

  /**
   * @param target looked at again and again while waiting
   * @param marker put once for each wait
   */
  CommitArrival(Side target, Marker marker, Waiting waiting) {
    this.target = target;
    this.marker = marker;
    this.waiting = waiting;
  }

  @Override
  public void await(Set<String> sinks, Lsn place, Meanwhile meanwhile) throws SQLException {
    marker.put();
    long start = System.nanoTime();
    Position position = target.read(snapshot -> SinkPositions.of(snapshot, sinks));
    while (position.lsn().isEmpty() || position.lsn().get().compareTo(place) <= 0) {
      meanwhile.run();
      waiting.pause(
          System.nanoTime() - start,
          "the target to get past source position " + place + ": " + position.what());
      position = target.read(snapshot -> SinkPositions.of(snapshot, sinks));
    }
    meanwhile.run();
  }
}
