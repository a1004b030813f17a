package dev.cdcpipeline.transforms.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One step of a history. A step that cannot be taken (a row that is not there, or locked) is
 * skipped, so that any part of a history is a history: that is how failures are minimised.
 *
 * @param session whose transaction it belongs to
 * @param key of the row, or a step's own number
 * @param seed decides the values that are written
 */
record Command(Kind kind, int session, String table, long key, long seed) {
  static final int SESSIONS = 3;

  /** What is done. */
  enum Kind {
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
    WIDEN
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
