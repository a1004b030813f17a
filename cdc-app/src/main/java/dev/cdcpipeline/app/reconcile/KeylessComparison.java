package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.MirrorComparison.Limits;
import dev.cdcpipeline.app.reconcile.MirrorRows.Seen;
import dev.cdcpipeline.app.reconcile.RowDifference.Cell;
import dev.cdcpipeline.app.reconcile.RowDifference.Kind;
import dev.cdcpipeline.app.reconcile.Suspects.Different;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Compares the mirror of a table without a key: how often each row is there must be the same. There
 * is no index to look rows up by, so each look reads the whole table.
 */
final class KeylessComparison implements TableCheck {

  private static final int FETCH_ROWS = 5_000;
  private static final int SUSPECTS = 10_000;

  private final Side source;
  private final Side target;
  private final Arrival arrival;
  private final Limits limits;
  private final ComparedMirror mirror;
  private final List<RowDifference> first = new ArrayList<>();
  private long rows;
  private long differences;
  private long undecided;
  private Optional<Lsn> commit = Optional.empty();

  KeylessComparison(
      Side source, Side target, Arrival arrival, Limits limits, ComparedMirror mirror) {
    this.source = source;
    this.target = target;
    this.arrival = arrival;
    this.limits = limits;
    this.mirror = mirror;
  }

  @Override
  public String table() {
    return mirror.target().toString();
  }

  @Override
  public String comparedWith() {
    return mirror.source().toString();
  }

  @Override
  public boolean next() throws SQLException {
    first.clear();
    rows = 0;
    List<List<String>> suspects =
        source.read(
            wanted -> {
              List<List<String>> differing = new ArrayList<>();
              // the first query takes the snapshot
              try (ResultSet one = counted(wanted, mirror.source())) {
                arrival.await(mirror.sinks(), Marker.endOfLog(wanted), () -> {});
                target.read(there -> walk(one, there, differing));
              }
              return differing;
            });
    Suspects.Settled settled =
        new Suspects(
                source,
                target,
                arrival,
                limits.settling(),
                mirror,
                (snapshot, keys) -> lookUp(snapshot, mirror.source(), keys),
                (snapshot, keys) -> lookUp(snapshot, mirror.target(), keys))
            .settle(suspects);
    differences = settled.different().size();
    undecided = settled.undecided();
    for (Different one :
        settled.different().subList(0, (int) Math.min(limits.shown(), differences))) {
      first.add(describe(one));
    }
    return false;
  }

  private Void walk(ResultSet wanted, Connection target, List<List<String>> differing)
      throws SQLException {
    commit = SinkPositions.of(target, mirror.sinks()).lsn();
    try (ResultSet there = counted(target, mirror.target())) {
      boolean more = wanted.next();
      boolean moreThere = there.next();
      while (more || moreThere) {
        int order = !more ? 1 : !moreThere ? -1 : wanted.getString(1).compareTo(there.getString(1));
        if (order != 0 || wanted.getLong(2) != there.getLong(2)) {
          String digest = order <= 0 ? wanted.getString(1) : there.getString(1);
          if (differing.size() < SUSPECTS) {
            differing.add(List.of(digest));
          }
        }
        rows += order <= 0 ? wanted.getLong(2) : 0;
        more = order <= 0 ? wanted.next() : more;
        moreThere = order >= 0 ? there.next() : moreThere;
      }
    }
    return null;
  }

  /** Closing the result closes its statement. */
  private ResultSet counted(Connection snapshot, TableName table) throws SQLException {
    Statement statement = snapshot.createStatement();
    statement.closeOnCompletion();
    statement.setFetchSize(FETCH_ROWS);
    return statement.executeQuery(
        "SELECT d COLLATE \"C\", count(*) FROM (SELECT "
            + MirrorRows.digest(mirror, "t")
            + " AS d FROM "
            + table.sql()
            + " t) r GROUP BY d COLLATE \"C\" ORDER BY 1");
  }

  private List<Seen> lookUp(Connection snapshot, TableName table, List<List<String>> keys)
      throws SQLException {
    Seen[] seen = new Seen[keys.size()];
    Arrays.fill(seen, Seen.NOTHING);
    String sql =
        "SELECT k.n, count(*)::text, max(r.x)::text FROM unnest(?) WITH ORDINALITY AS k(d, n) JOIN"
            + " (SELECT "
            + MirrorRows.digest(mirror, "t")
            + " AS d, t.xmin::text::bigint AS x FROM "
            + table.sql()
            + " t) r ON r.d = k.d GROUP BY k.n";
    Query.of(sql, snapshot.createArrayOf("text", keys.stream().map(key -> key.get(0)).toArray()))
        .forEach(
            snapshot,
            row ->
                seen[row.getInt(1) - 1] =
                    new Seen(row.getString(2), row.getString(2) + "@" + row.getString(3)));
    return List.of(seen);
  }

  private RowDifference describe(Different different) throws SQLException {
    String digest = different.key().get(0);
    Optional<String[]> wanted = source.read(snapshot -> row(snapshot, mirror.source(), digest));
    Optional<String[]> there = target.read(snapshot -> row(snapshot, mirror.target(), digest));
    Kind kind =
        !different.atTarget()
            ? Kind.MISSING
            : different.atSource() ? Kind.DIFFERENT : Kind.UNEXPECTED;
    return new RowDifference(
        kind,
        List.of(
            new Cell(
                "row",
                true,
                wanted.map(row -> row[0]).orElse(null),
                there.map(row -> row[0]).orElse(null)),
            new Cell(
                "times",
                false,
                wanted.map(row -> row[1]).orElse(null),
                there.map(row -> row[1]).orElse(null))));
  }

  private Optional<String[]> row(Connection snapshot, TableName table, String digest)
      throws SQLException {
    String text =
        mirror.columns().stream()
            .map(column -> column.sql("t"))
            .collect(Collectors.joining(", ", "min(ROW(", ")::text)"));
    String sql =
        "SELECT "
            + MirrorRows.shown(text)
            + ", count(*) FROM "
            + table.sql()
            + " t WHERE "
            + MirrorRows.digest(mirror, "t")
            + " = ? HAVING count(*) > 0";
    return Query.of(sql, digest)
        .first(snapshot, row -> new String[] {row.getString(1), row.getString(2)});
  }

  @Override
  public Optional<SourceShape> shape() {
    return Optional.of(mirror.shape());
  }

  @Override
  public Verdict verdict() {
    return new Verdict(
        table(),
        comparedWith(),
        differences == 0 ? Verdict.State.EQUAL : Verdict.State.DIFFERENT,
        rows,
        differences,
        undecided,
        commit,
        first,
        Optional.empty());
  }
}
