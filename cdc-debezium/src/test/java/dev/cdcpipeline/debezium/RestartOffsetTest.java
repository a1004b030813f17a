package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RestartOffsetTest {
  @Test
  void anOffsetWithinATransactionBecomesThatOfThePreviousCommit() {
    assertThat(RestartOffset.toStartFrom(debezium(150L, 200L, "INSERT")))
        .containsEntry("lsn", 200L)
        .containsEntry("messageType", "COMMIT")
        .doesNotContainKeys("lsn_proc", "transaction_id", "snapshot");
  }

  /** What committed before the change was sent before its transaction. */
  @Test
  void aChangeBehindThePreviousCommitIsAsGoodAPlace() {
    assertThat(RestartOffset.toStartFrom(debezium(250L, 200L, "INSERT")))
        .containsEntry("lsn", 250L)
        .containsEntry("lsn_commit", 200L);
  }

  @Test
  void anOffsetOfTheFirstTransactionHasNoPreviousCommit() {
    Map<String, Object> stored = debezium(150L, 0L, "INSERT");
    stored.remove("lsn_commit");

    assertThat(RestartOffset.toStartFrom(stored))
        .containsEntry("lsn", 150L)
        .doesNotContainKeys("lsn_proc", "lsn_commit");
  }

  @Test
  void aMessageOutsideOfTransactionsIsNotSentAgain() {
    assertThat(RestartOffset.toStartFrom(debezium(200L, 200L, "MESSAGE")))
        .containsEntry("lsn", 201L)
        .containsEntry("lsn_commit", 200L);
  }

  /** Changes streamed after a restart would say that they are of a snapshot. */
  @Test
  void anOffsetOfAnIncrementalSnapshotSaysNothingOfASnapshotThatRuns() {
    Map<String, Object> stored = debezium(200L, 200L, "COMMIT");
    stored.put("snapshot", "INCREMENTAL");
    stored.put("last_snapshot_record", false);
    stored.put("incremental_snapshot_primary_key", "00");

    assertThat(RestartOffset.toStartFrom(stored))
        .doesNotContainKeys("snapshot", "last_snapshot_record")
        .containsEntry("incremental_snapshot_primary_key", "00");
  }

  @Test
  void anInitialSnapshotThatRunsStaysOne() {
    Map<String, Object> stored =
        new HashMap<>(Map.of("lsn", 7L, "snapshot", "INITIAL", "last_snapshot_record", false));

    assertThat(RestartOffset.toStartFrom(stored)).isEqualTo(stored);
    assertThat(RestartOffset.isInInitialSnapshot(stored)).isTrue();
    assertThat(RestartOffset.isInInitialSnapshot(RestartOffset.beforeFirstSnapshot())).isTrue();
  }

  @Test
  void whatThisConnectorStoredIsLeftAsItIs() {
    Map<String, Object> ours = RestartOffset.behind(debezium(300L, 300L, "COMMIT"));

    assertThat(RestartOffset.toStartFrom(ours)).isEqualTo(ours);
    assertThat(RestartOffset.toStartFrom(null)).isNull();
  }

  @Test
  void anOffsetWithoutAPlaceIsRefused() {
    assertThatThrownBy(() -> RestartOffset.lsn(Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("offset {} has no LSN");
  }

  private static Map<String, Object> debezium(long lsn, long commit, String type) {
    Map<String, Object> offset = new HashMap<>();
    offset.put("lsn", lsn);
    offset.put("lsn_proc", lsn);
    offset.put("lsn_commit", commit);
    offset.put("messageType", type);
    offset.put("transaction_id", "700:" + lsn);
    offset.put("transaction_data_collection_order_public.t", 2L);
    return offset;
  }
}
