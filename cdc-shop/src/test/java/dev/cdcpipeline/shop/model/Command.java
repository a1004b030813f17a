package dev.cdcpipeline.shop.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * One step of a history. A step that cannot be taken (a row that is not there, or locked) is
 * skipped, so that any part of a history is a history: that is how failures are minimised.
 *
 * @param session whose transaction it belongs to
 * @param key of the row, or a step's own number
 * @param seed decides the values that are written
 */
public record Command(Kind kind, int session, String table, long key, long seed) {
  static final int SESSIONS = 3;

  /**
   * Keys of one history: it uses the first five, the others are for rows that it only refers to.
   */
  private static final long RANGE = 10;

  private static final int OF_ALL = 3;

  /** What is done. */
  public enum Kind {
    INSERT,
    UPDATE,
    DELETE,
    /** The row gets another primary key. */
    MOVE,
    TRUNCATE,
    COMMIT,
    ROLLBACK,
    /** The connector reads all tables: the first time before it streams. */
    SNAPSHOT,
    /** The connector emits the last events again. */
    REPLAY,
    /** Keys become bigint, amounts get more decimals. */
    WIDEN;

    /** Whether it concerns more than the rows of one history. */
    private boolean concernsAll() {
      return this == TRUNCATE || this == SNAPSHOT || this == REPLAY || this == WIDEN;
    }
  }

  /** A random history with one snapshot at least. */
  static List<Command> history(Random random, int length) {
    List<Command> commands = new ArrayList<>();
    int snapshotAt = random.nextInt(length / 2);
    for (int i = 0; i < length; i++) {
      if (i == snapshotAt) {
        commands.add(new Command(Kind.SNAPSHOT, 0, null, 0, 0));
      }
      commands.add(any(random));
    }
    return commands;
  }

  /**
   * Several histories at one source, each with keys of its own: 1 to 9 of the first, 11 to 19 of
   * the second, and so on. Their steps interleave, and so do their transactions.
   */
  public static List<Command> histories(Random random, int count, int length) {
    List<Queue<Command>> histories = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long base = i * RANGE;
      histories.add(
          history(random, length).stream()
              .map(step -> step.key() == 0 ? step : step.withKey(base + step.key()))
              .collect(Collectors.toCollection(ArrayDeque::new)));
    }
    List<Command> commands = new ArrayList<>();
    while (!histories.isEmpty()) {
      Command next = histories.get(random.nextInt(histories.size())).remove();
      if (!next.kind().concernsAll() || random.nextInt(count) < OF_ALL) {
        commands.add(next);
      }
      histories.removeIf(Queue::isEmpty);
    }
    commands.add(commands.size() / 5, new Command(Kind.SNAPSHOT, 0, null, 0, 0));
    return commands;
  }

  /** The first key of the range that a key belongs to, less one. */
  static long baseOf(long key) {
    return key / RANGE * RANGE;
  }

  private Command withKey(long other) {
    return new Command(kind, session, table, other, seed);
  }

  private static Command any(Random random) {
    int session = random.nextInt(SESSIONS);
    String table = ShopSchema.TABLES.get(weighted(random, 3, 2, 6, 5));
    return new Command(kind(random), session, table, 1 + random.nextInt(4), random.nextLong());
  }

  private static Kind kind(Random random) {
    Kind[] kinds = Kind.values();
    return kinds[weighted(random, 30, 30, 9, 7, 1, 24, 3, 2, 4, 1)];
  }

  private static int weighted(Random random, int... weights) {
    int sum = 0;
    for (int weight : weights) {
      sum += weight;
    }
    int at = random.nextInt(sum);
    int i = 0;
    while (at >= weights[i]) {
      at -= weights[i++];
    }
    return i;
  }
}
