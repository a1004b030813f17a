package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Optional;

/**
 * How far the sinks of whole transactions are, by {@code cdc.position}.
 *
 * <p>The ledger that a deleted connector has left stays where it is for ever. So while some sink is
 * connected to the target, those that are not are left out.
 */
final class SinkPositions {

  private static final String POSITION =
      "SELECT min(commit_lsn)::text, string_agg(sink || ' is at ' || coalesce(commit_lsn::text, 'no"
          + " position yet') || CASE WHEN connected THEN '' ELSE ' and not connected' END, ', '"
          + " ORDER BY sink), count(*) = count(commit_lsn) FROM (SELECT *, connected OR NOT"
          + " bool_or(connected) OVER () AS counts FROM (SELECT p.sink, p.commit_lsn, EXISTS"
          + " (SELECT FROM pg_stat_activity a WHERE a.datname = current_database() AND"
          + " a.application_name = left('cdc-sink ' || p.sink, 63)) AS connected FROM cdc.position"
          + " p WHERE ?::text[] IS NULL OR p.sink = ANY (?::text[])) s) c WHERE counts";

  private SinkPositions() {}

  /**
   * Where sinks are.
   *
   * @param lsn the commit that all of them have reached; empty if one has reached none
   * @param what each sink with its place, for messages
   */
  record Position(Optional<Lsn> lsn, String what) {}

  /** Where some sinks are in a snapshot of the target. */
  static Position of(Connection target, Collection<String> sinks) throws SQLException {
    return read(target, sinks.toArray());
  }

  /** Where all sinks of the target are in a snapshot of it. */
  static Position all(Connection target) throws SQLException {
    return read(target, null);
  }

  private static Position read(Connection target, Object[] sinks) throws SQLException {
    Array names = sinks == null ? null : target.createArrayOf("text", sinks);
    return Query.of(POSITION, names, names)
        .one(
            target,
            row ->
                new Position(
                    row.getBoolean(3)
                        ? Optional.ofNullable(row.getString(1)).map(Lsn::parse)
                        : Optional.empty(),
                    Optional.ofNullable(row.getString(2)).orElse("no sink has written there")));
  }
}
