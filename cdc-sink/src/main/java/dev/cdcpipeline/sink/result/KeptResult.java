package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import java.util.Map;
import java.util.Optional;

/**
 * A result as one session keeps it.
 *
 * @param feeds whether other results are built on it
 * @param shape present while it is active
 */
record KeptResult(
    ResultDefinition definition, State state, boolean feeds, Optional<ResultShape> shape) {

  String name() {
    return definition.name();
  }

  boolean active() {
    return state == State.ACTIVE;
  }

  boolean reads(Map<String, TouchedTable> touched) {
    return definition.followed().stream().anyMatch(touched::containsKey);
  }

  Upkeep upkeep(ResultOptions options) {
    return new Upkeep(shape.orElseThrow(), options, feeds);
  }

  /** The result as the ones built on it see its changes. */
  TouchedTable touched() {
    ResultShape s = shape.orElseThrow();
    Relation r = s.asRelation();
    return new TouchedTable(
        definition.target(),
        s.table(),
        r.columns(),
        r.keyColumns(),
        Upsert.newRows(s),
        Upsert.oldRows(s),
        Optional.empty());
  }
}
