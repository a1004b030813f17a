package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import java.util.Map;
import java.util.Optional;

/**
 * A result as one session keeps it.
 *
 * @param built whether it has been built before, so that its table holds what it has seen
 * @param feeds whether other results are built on it
 * @param shape present while it is active
 */
record KeptResult(
    ResultDefinition definition,
    State state,
    boolean built,
    boolean feeds,
    Optional<ResultShape> shape) {

  static KeptResult inactive(CatalogueEntry entry, State state, boolean feeds) {
    return new KeptResult(
        entry.definition(), state, entry.builtAt().isPresent(), feeds, Optional.empty());
  }

  KeptResult failed() {
    return new KeptResult(definition, State.FAILED, built, feeds, Optional.empty());
  }

  /** Whether it is a log that lacks what a flush with these tables changed. */
  boolean misses(Map<String, TouchedTable> touched) {
    return !active()
        && built
        && definition.kind() == ResultKind.LOG
        && touched.containsKey(definition.over().orElseThrow());
  }

  String name() {
    return definition.name();
  }

  boolean active() {
    return state == State.ACTIVE;
  }

  boolean reads(Map<String, TouchedTable> touched) {
    return definition.followed().stream().anyMatch(touched::containsKey);
  }

  MaintenanceSql maintenance(ResultOptions options) {
    return new MaintenanceSql(shape.orElseThrow(), options, feeds);
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
