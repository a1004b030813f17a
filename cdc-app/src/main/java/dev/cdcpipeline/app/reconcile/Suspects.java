package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.MirrorRows.Seen;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Rows that differed between a snapshot of the source and a later one of the target. Most only
 * changed in between. They are looked at again until each is settled or has proved different.
 *
 * <p>One look reads a row at the source, waits until the target has every commit that this snapshot
 * shows, reads it at the target, and reads it at the source once more. The target's snapshot equals
 * the source as of one commit between the two readings. So if the row was not written between them
 * and the target has something else, then at that commit the two differ. That must be seen several
 * times in a row, the same version on each side, over some time: a row that is inserted and
 * deleted, again and again, between looks is no difference, and neither is a commit that the source
 * has written to its log but does not show its own readers yet.
 *
 * <p>A row that is written between the two readings of every look is read more often while the
 * target is waited for; if what the target has is one of the states seen, it is settled.
 */
final class Suspects {

  private static final int LOOKS = 40;
  private static final int LOOKS_THAT_AGREE = 3;

  /** From this look on the source is read again and again while the target is waited for. */
  private static final int LOOKS_BEFORE_SAMPLING = 3;

  private static final int ROWS_SAMPLED = 200;

  /** How many times the settling time rows that agree now and then are looked at. */
  private static final int PATIENCE = 10;

  private final Side source;
  private final Side target;
  private final Arrival arrival;
  private final Duration settling;
  private final ComparedMirror mirror;
  private final Reader atSource;
  private final Reader atTarget;

  /** Reads what is under each of some keys. */
  interface Reader {
    List<Seen> lookUp(Connection snapshot, List<List<String>> keys) throws SQLException;
  }

  /**
   * What became of them.
   *
   * @param different keys of rows that differ
   * @param undecided how many rows were written during each look
   */
  record Settled(List<Different> different, int undecided) {}

  /**
   * A key whose rows differ.
   *
   * @param version of the target's row; empty if it has none
   */
  record Different(List<String> key, boolean atSource, boolean atTarget, String version) {}

  private static final class Suspect {
    private final List<String> key;
    private final Set<String> states = new HashSet<>();
    private Seen before = Seen.NOTHING;
    private Seen there = Seen.NOTHING;
    private Seen lastAtSource = Seen.NOTHING;
    private Seen lastThere = Seen.NOTHING;
    private long since;
    private int agreeing;

    private Suspect(List<String> key) {
      this.key = key;
    }
  }

  Suspects(
      Side source,
      Side target,
      Arrival arrival,
      Duration settling,
      ComparedMirror mirror,
      Reader atSource,
      Reader atTarget) {
    this.source = source;
    this.target = target;
    this.arrival = arrival;
    this.settling = settling;
    this.mirror = mirror;
    this.atSource = atSource;
    this.atTarget = atTarget;
  }

  /**
   * Looks until all are settled, or the others have been looked at often enough.
   *
   * @throws SQLException a side is away; nothing is settled
   */
  Settled settle(List<List<String>> keys) throws SQLException {
    List<Suspect> open = new ArrayList<>();
    keys.forEach(key -> open.add(new Suspect(key)));
    List<Different> different = new ArrayList<>();
    long start = System.nanoTime();
    for (int look = 0; !open.isEmpty() && goesOn(open, look, start); look++) {
      if (look >= LOOKS_THAT_AGREE) {
        LockSupport.parkNanos(settling.toNanos() / LOOKS_THAT_AGREE / 2);
      }
      look(open, look);
      open.removeIf(suspect -> suspect.states.contains(suspect.there.digest()));
      for (Suspect suspect : List.copyOf(open)) {
        if (isProved(suspect)) {
          different.add(
              new Different(
                  suspect.key,
                  !suspect.lastAtSource.isNothing(),
                  !suspect.lastThere.isNothing(),
                  suspect.lastThere.version()));
          open.remove(suspect);
        }
      }
    }
    return new Settled(different, open.size());
  }

  /** One that agrees already is looked at for as long as it must. */
  private boolean goesOn(List<Suspect> open, int look, long start) {
    return look < LOOKS
        || (open.stream().anyMatch(suspect -> suspect.agreeing > 0)
            && System.nanoTime() - start < PATIENCE * settling.toNanos());
  }

  private void look(List<Suspect> open, int look) throws SQLException {
    List<List<String>> keys = open.stream().map(suspect -> suspect.key).toList();
    Lsn[] place = new Lsn[1];
    List<Seen> before =
        source.read(
            snapshot -> {
              List<Seen> seen = atSource.lookUp(snapshot, keys);
              place[0] = Marker.endOfLog(snapshot);
              return seen;
            });
    for (int i = 0; i < open.size(); i++) {
      open.get(i).states.clear();
      open.get(i).before = before.get(i);
      open.get(i).states.add(before.get(i).digest());
    }
    boolean sampled = look >= LOOKS_BEFORE_SAMPLING && open.size() <= ROWS_SAMPLED;
    arrival.await(
        mirror.sinks(),
        place[0],
        () -> {
          if (sampled) {
            note(open, source.read(snapshot -> atSource.lookUp(snapshot, keys)));
          }
        });
    List<Seen> there = target.read(snapshot -> atTarget.lookUp(snapshot, keys));
    List<Seen> after = source.read(snapshot -> atSource.lookUp(snapshot, keys));
    note(open, after);
    long now = System.nanoTime();
    for (int i = 0; i < open.size(); i++) {
      weigh(open.get(i), there.get(i), after.get(i), now);
    }
  }

  private static void note(List<Suspect> open, List<Seen> seen) {
    for (int i = 0; i < open.size(); i++) {
      open.get(i).states.add(seen.get(i).digest());
    }
  }

  private static void weigh(Suspect suspect, Seen there, Seen after, long now) {
    suspect.there = there;
    boolean unwritten = suspect.before.equals(after);
    boolean asBefore =
        suspect.agreeing > 0
            && suspect.lastAtSource.equals(after)
            && suspect.lastThere.equals(there);
    if (!unwritten) {
      suspect.agreeing = 0;
    } else if (asBefore) {
      suspect.agreeing++;
    } else {
      suspect.agreeing = 1;
      suspect.since = now;
    }
    suspect.lastAtSource = after;
    suspect.lastThere = there;
  }

  private boolean isProved(Suspect suspect) {
    return suspect.agreeing >= LOOKS_THAT_AGREE
        && System.nanoTime() - suspect.since >= settling.toNanos();
  }
}
