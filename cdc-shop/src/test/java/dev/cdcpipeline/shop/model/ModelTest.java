package dev.cdcpipeline.shop.model;

import static org.assertj.core.api.Assertions.fail;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random histories of a shop: whatever happened and however it arrived, each result topic ends as
 * its SQL over the final rows says, and the log has each change once.
 *
 * <p>{@code -Dcdc.model.histories=N} runs more of them, {@code -Dcdc.model.seed=N} begins at
 * another one: a failure names its seed.
 */
class ModelTest {
  private static final int HISTORIES = Integer.getInteger("cdc.model.histories", 1000);
  private static final long SEED = Long.getLong("cdc.model.seed", 1);

  private static EmbeddedPostgres postgres;
  private static Oracle oracle;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start();
    oracle = new Oracle(postgres.getPostgresDatabase().getConnection());
  }

  @AfterAll
  static void stop() throws Exception {
    oracle.close();
    postgres.close();
  }

  @Test
  void everyHistoryEndsInTheRightResults() throws SQLException {
    for (long seed = SEED; seed < SEED + HISTORIES; seed++) {
      History history = History.of(seed, 20 + (int) (seed % 50));
      String difference = history.difference(oracle);
      if (difference != null) {
        History smallest = minimise(history);
        fail(
            "after %d histories, seed %d (-Dcdc.model.histories=1 -Dcdc.model.seed=%d)%n%s%nwith"
                + " identity %s, arrival %d:%n  %s",
            seed - SEED,
            seed,
            seed,
            smallest.difference(oracle),
            smallest.fullIdentity() ? "FULL" : "DEFAULT",
            smallest.arrivalSeed(),
            String.join("\n  ", smallest.commands().stream().map(Command::toString).toList()));
      }
    }
  }

  /** Leaves out steps, many at a time, then one by one, as long as it still fails. */
  private static History minimise(History failing) throws SQLException {
    History smallest = failing;
    for (int size = failing.commands().size() / 2; size > 0; size /= 2) {
      boolean smaller = true;
      while (smaller) {
        smaller = false;
        for (int from = 0; from < smallest.commands().size(); from += size) {
          List<Command> fewer = new ArrayList<>(smallest.commands());
          fewer.subList(from, Math.min(fewer.size(), from + size)).clear();
          History candidate = smallest.with(fewer);
          if (candidate.difference(oracle) != null) {
            smallest = candidate;
            smaller = true;
            break;
          }
        }
      }
    }
    return smallest;
  }
}
