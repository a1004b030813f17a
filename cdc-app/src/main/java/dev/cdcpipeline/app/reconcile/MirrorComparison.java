package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.ComparedMirror.KeyColumn;
import dev.cdcpipeline.app.reconcile.MirrorRows.Keyed;
import dev.cdcpipeline.app.reconcile.MirrorRows.Seen;
import dev.cdcpipeline.app.reconcile.RowDifference.Cell;
import dev.cdcpipeline.app.reconcile.RowDifference.Kind;
import dev.cdcpipeline.app.reconcile.Suspects.Different;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Compares one mirror with its source table while both are written, a page of rows at a time.
 *
 * <p>First the source's rows, in the order of their keys: each page is one snapshot of the source;
 * when the target has every commit that it shows, the same keys are looked up there. Then the
 * mirror's keys, each of which must be at the source. Rows that differ become {@link Suspects}. No
 * snapshot lives longer than a page, so that a comparison of hours does not keep dead rows alive.
 *
 * <p>After a failure of a side it goes on with the page that it was at. Not thread-safe.
 */
final class MirrorComparison implements TableCheck {

  private final Side source;
  private final Side target;
  private final Arrival arrival;
  private final Limits limits;
  private final ComparedMirror mirror;
  private final MirrorRows atSource;
  private final MirrorRows atTarget;
  private final Suspects suspects;
  private final Unexpected unexpected;

  private final List<RowDifference> first = new ArrayList<>();
  private long rows;
  private long differences;
  private long undecided;
  private Optional<Lsn> commit = Optional.empty();
  private List<String> after;
  private Optional<List<String>> last = Optional.empty();
  private boolean forward = true;
  private boolean done;

  /**
   * How much at a time.
   *
   * @param pageRows rows of a page, at least 1
   * @param shown how many differing rows are kept to be shown
   * @param settling how long a row must differ unchanged before it is called different
   */
  record Limits(int pageRows, int shown, Duration settling) {}

  /** What is done with rows that only the mirror has. */
  interface Unexpected {
    /** Nothing: they are counted as differences. */
    Unexpected COUNTED = (mirror, rows) -> 0;

    /** Takes care of rows; gives how many are no longer there. */
    int remove(MirrorRows mirror, List<Different> rows) throws SQLException;
  }

  MirrorComparison(
      Side source, Side target, Arrival arrival, Limits limits, ComparedMirror mirror) {
    this(source, target, arrival, limits, mirror, Unexpected.COUNTED);
  }

  MirrorComparison(
      Side source,
      Side target,
      Arrival arrival,
      Limits limits,
      ComparedMirror mirror,
      Unexpected unexpected) {
    this.source = source;
    this.target = target;
    this.arrival = arrival;
    this.limits = limits;
    this.mirror = mirror;
    this.unexpected = unexpected;
    this.atSource = MirrorRows.atSource(mirror);
    this.atTarget = MirrorRows.atTarget(mirror);
    this.suspects =
        new Suspects(
            source, target, arrival, limits.settling(), mirror, atSource::lookUp, atTarget::lookUp);
  }

  @Override
  public String table() {
    return mirror.target().toString();
  }

  @Override
  public String comparedWith() {
    return mirror.source().toString();
  }

  /** Compares the next page. */
  @Override
  public boolean next() throws SQLException {
    if (!done) {
      if (commit.isEmpty()) {
        commit = target.read(snapshot -> SinkPositions.of(snapshot, mirror.sinks()).lsn());
      }
      if (last.isEmpty()) {
        // rows behind it are new: with them a busy table would have no end
        last = forward ? source.read(atSource::lastKey) : target.read(atTarget::lastKey);
      }
      List<Keyed> page =
          last.isEmpty() ? List.of() : forward ? comparePageOfSource() : comparePageOfTarget();
      if (page.size() == limits.pageRows()) {
        after = page.get(page.size() - 1).key();
      } else {
        after = null;
        last = Optional.empty();
        done = !forward;
        forward = false;
      }
    }
    return !done;
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

  private List<Keyed> comparePageOfSource() throws SQLException {
    Lsn[] place = new Lsn[1];
    List<Keyed> page =
        source.read(
            snapshot -> {
              List<Keyed> read = atSource.page(snapshot, after, last.get(), limits.pageRows());
              place[0] = Marker.endOfLog(snapshot);
              return read;
            });
    arrival.await(mirror.sinks(), place[0], () -> {});
    List<List<String>> keys = page.stream().map(Keyed::key).toList();
    List<Seen> there = target.read(snapshot -> atTarget.lookUp(snapshot, keys));
    List<List<String>> differing = new ArrayList<>();
    for (int i = 0; i < page.size(); i++) {
      if (!page.get(i).seen().digest().equals(there.get(i).digest())) {
        differing.add(keys.get(i));
      }
    }
    settle(differing);
    rows += page.size();
    return page;
  }

  private List<Keyed> comparePageOfTarget() throws SQLException {
    List<Keyed> page =
        target.read(snapshot -> atTarget.keys(snapshot, after, last.get(), limits.pageRows()));
    List<List<String>> keys = page.stream().map(Keyed::key).toList();
    List<Seen> wanted = source.read(snapshot -> atSource.lookUp(snapshot, keys));
    List<List<String>> unexpected = new ArrayList<>();
    for (int i = 0; i < page.size(); i++) {
      if (wanted.get(i).isNothing()) {
        unexpected.add(keys.get(i));
      }
    }
    rows += settle(unexpected);
    return page;
  }

  private int settle(List<List<String>> keys) throws SQLException {
    if (keys.isEmpty()) {
      return 0;
    }
    Suspects.Settled settled = suspects.settle(keys);
    List<Different> toShow =
        settled.different().stream().limit(Math.max(0, limits.shown() - first.size())).toList();
    List<RowDifference> described = describe(toShow);
    first.addAll(described);
    List<Different> extra = settled.different().stream().filter(row -> !row.atSource()).toList();
    int removed = extra.isEmpty() ? 0 : unexpected.remove(atTarget, extra);
    differences += settled.different().size() - removed;
    undecided += settled.undecided();
    return settled.different().size();
  }

  private List<RowDifference> describe(List<Different> different) throws SQLException {
    if (different.isEmpty()) {
      return List.of();
    }
    List<List<String>> keys = different.stream().map(Different::key).toList();
    Map<Integer, List<String>> wanted = source.read(snapshot -> atSource.values(snapshot, keys));
    Map<Integer, List<String>> there = target.read(snapshot -> atTarget.values(snapshot, keys));
    List<RowDifference> described = new ArrayList<>();
    for (int i = 0; i < different.size(); i++) {
      Different one = different.get(i);
      described.add(
          new RowDifference(
              kind(one),
              cells(
                  one.key(),
                  Optional.ofNullable(wanted.get(i)),
                  Optional.ofNullable(there.get(i)))));
    }
    return described;
  }

  private static Kind kind(Different different) {
    return !different.atTarget()
        ? Kind.MISSING
        : different.atSource() ? Kind.DIFFERENT : Kind.UNEXPECTED;
  }

  private List<Cell> cells(
      List<String> key, Optional<List<String>> wanted, Optional<List<String>> there) {
    List<Cell> cells = new ArrayList<>();
    List<String> names = mirror.key().stream().map(KeyColumn::name).toList();
    for (int i = 0; i < names.size(); i++) {
      cells.add(
          new Cell(
              names.get(i),
              true,
              wanted.isPresent() ? key.get(i) : null,
              there.isPresent() ? key.get(i) : null));
    }
    for (int i = 0; i < mirror.columns().size(); i++) {
      String column = mirror.columns().get(i).name();
      String one = wanted.isPresent() ? wanted.get().get(i) : null;
      String other = there.isPresent() ? there.get().get(i) : null;
      if (!names.contains(column) && !Objects.equals(one, other)) {
        cells.add(new Cell(column, false, one, other));
      }
    }
    return cells;
  }
}
