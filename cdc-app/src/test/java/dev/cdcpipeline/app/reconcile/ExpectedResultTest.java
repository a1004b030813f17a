package dev.cdcpipeline.app.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExpectedResultTest {

  private static final ExpectedResult LOG =
      ExpectedResult.parse(
          "order_events.sql",
          "-- result: order_events\n-- key: commit_seq\n-- maintain: log\n\nSELECT 1 FROM orders");
  private static final ExpectedResult BY_STATUS =
      ExpectedResult.parse(
          "by_status.sql",
          """
          -- What is in each status.
          -- result: by_status
          -- key: order_status, hour
          -- maintain: delta
          -- measures: SELECT 1
          --     FROM nowhere

          SELECT order_status -- the status
          FROM orders;
          """);
  private static final ExpectedResult TOP =
      ExpectedResult.parse(
          "top.sql", "-- result: top\n-- key: order_status\nSELECT * FROM by_status");

  @Test
  void readsWhatTheComparisonNeeds() {
    assertThat(BY_STATUS.table()).isEqualTo("by_status");
    assertThat(BY_STATUS.kind()).isEqualTo("delta");
    assertThat(BY_STATUS.key()).containsExactly("order_status", "hour");
    assertThat(BY_STATUS.select()).isEqualTo("SELECT order_status -- the status\nFROM orders");
    assertThat(BY_STATUS.rule()).isEmpty();
  }

  @Test
  void aFileWithoutAKeyIsRefused() {
    assertThatThrownBy(() -> ExpectedResult.parse("x.sql", "-- result: x\nSELECT 1"))
        .isInstanceOf(ReconcileException.class)
        .hasMessage("x.sql: a result's file has the headers result and key, then a SELECT");
  }

  @Test
  void aResultOverAResultIsRunOnTheSourceWithWhatItReads() {
    Oracles oracles = new Oracles(List.of(BY_STATUS, TOP));

    assertThat(oracles.onSource(TOP))
        .isEqualTo(
            "WITH \"by_status\" AS (SELECT order_status -- the status\nFROM orders\n)"
                + " SELECT * FROM (SELECT * FROM by_status\n) q");
    assertThat(oracles.onSource(BY_STATUS)).isEqualTo(BY_STATUS.select());
  }

  @Test
  void whatIsMadeOfALogIsKnownThroughOtherResults() {
    ExpectedResult counts =
        ExpectedResult.parse("c.sql", "-- result: c\n-- key: k\nSELECT k FROM order_events");
    ExpectedResult overCounts =
        ExpectedResult.parse("d.sql", "-- result: d\n-- key: k\nSELECT k FROM c");
    Oracles oracles = new Oracles(List.of(LOG, counts, overCounts, BY_STATUS));

    assertThat(oracles.isMadeOfLog(overCounts)).isTrue();
    assertThat(oracles.isMadeOfLog(BY_STATUS)).isFalse();
  }
}
