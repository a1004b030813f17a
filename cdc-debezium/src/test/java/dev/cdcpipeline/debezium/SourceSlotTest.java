package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.debezium.SourceSlot.State;
import io.debezium.connector.postgresql.PostgresConnectorConfig.LsnFlushMode;
import io.debezium.connector.postgresql.connection.Lsn;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SourceSlotTest {
  @Test
  void aSlotAtOrBehindThePositionLosesNothing() {
    assertThat(loss(new State("reserved", Lsn.valueOf(100L), Lsn.valueOf(500L)), 100)).isEmpty();
    assertThat(loss(new State("extended", Lsn.valueOf(90L), Lsn.valueOf(500L)), 100)).isEmpty();
    assertThat(loss(new State(null, Lsn.valueOf(90L), Lsn.valueOf(100L)), 100)).isEmpty();
  }

  @Test
  void aSlotPastThePositionHasLostWhatIsBetween() {
    assertThat(loss(new State("reserved", Lsn.valueOf(101L), Lsn.valueOf(500L)), 100))
        .hasValue(
            "replication slot 'cdc' was moved to 0/65, past the connector's position 0/64: the"
                + " server sends no transaction that committed between them");
  }

  @Test
  void theDriverMayMoveASlotItselfWhereItIsAskedTo() {
    State state = new State("reserved", Lsn.valueOf(101L), Lsn.valueOf(500L));

    assertThat(state.lossFrom(100, "cdc", LsnFlushMode.CONNECTOR_AND_DRIVER)).isEmpty();
  }

  @Test
  void aLogThatEndsBeforeThePositionIsAnotherServers() {
    assertThat(loss(new State("reserved", Lsn.valueOf(50L), Lsn.valueOf(99L)), 100))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .startsWith("the source's log ends at 0/63, before the connector's position"));
  }

  @Test
  void removedLogIsALoss() {
    assertThat(loss(new State("lost", null, Lsn.valueOf(500L)), 100))
        .hasValueSatisfying(text -> assertThat(text).contains("max_slot_wal_keep_size"));
  }

  private static Optional<String> loss(State state, long lsn) {
    return state.lossFrom(lsn, "cdc", LsnFlushMode.CONNECTOR);
  }
}
