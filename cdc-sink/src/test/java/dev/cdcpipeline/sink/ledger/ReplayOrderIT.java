package dev.cdcpipeline.sink.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.ReplayPosition.Kind;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the flush's memory and the target's functions say of two positions is the same. */
class ReplayOrderIT {
  private static final int PAIRS = 5_000;

  @Test
  void memoryAndTargetAgreeOnTheOrder() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    try (TargetDatabase target = new TargetDatabase()) {
      try (Connection connection = target.open()) {
        new OffsetLedger(connection, "cdc", "test").createObjects();
      }
      List<String> expected = new ArrayList<>();
      List<String> pairs = new ArrayList<>();
      for (int i = 0; i < PAIRS; i++) {
        ReplayPosition change = position(random);
        ReplayPosition known = random.nextInt(10) == 0 ? change : position(random);
        pairs.add(
            "(%d, '%s'::cdc.source_position, '%s'::cdc.source_position)"
                .formatted(i, change.literal(), known.literal()));
        expected.add(
            "%s %s|%s|%s"
                .formatted(
                    change.literal(),
                    known.literal(),
                    change.isRepeatOf(known) ? "t" : "f",
                    change.isBelow(known) ? "t" : "f"));
      }

      assertThat(
              target.rows(
                  "SELECT change::text || ' ' || known::text, cdc.is_repeat(change, known),"
                      + " cdc.is_below(change, known) FROM (VALUES "
                      + String.join(", ", pairs)
                      + ") v (i, change, known) ORDER BY i"))
          .as("-Dseed=" + seed)
          .isEqualTo(expected);
    }
  }

  // few values, so that ties and every order among them come up; one beyond 63 bits
  private static ReplayPosition position(Random random) {
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    Lsn lsn = lsn(random);
    Lsn previous = kind == Kind.STREAMED || random.nextBoolean() ? lsn(random) : lsn;
    long order = kind == Kind.READ || kind == Kind.SNAPSHOT ? 0 : random.nextInt(3);
    return new ReplayPosition(
        new SourcePosition(
            random.nextInt(5) == 0 ? 1 : 0, kind == Kind.UNORDERED ? lsn : previous, lsn, order),
        kind);
  }

  private static Lsn lsn(Random random) {
    int number = random.nextInt(6);
    return number == 5 ? new Lsn(-16) : new Lsn(90 + number);
  }
}
