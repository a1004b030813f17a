package dev.cdcpipeline.app.reread;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.reread.SignalWait.Step;
import dev.cdcpipeline.model.event.Lsn;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SignalWaitTest {
  private static final String RUNNING =
      ", 'incremental_snapshot_collections':"
          + " '[{~incremental_snapshot_collections_id~:~public.orders~}]'";

  private long now;
  private final SignalWait wait = new SignalWait("id-1", "public.orders", true, () -> now);

  @Test
  void aSnapshotThatWasNeverSeenToRunIsFinishedWhenTheOffsetsNameTheSignal() throws IOException {
    assertThat(step(100, "")).isEqualTo(Step.SEND);
    assertThat(step(110, "")).isEqualTo(Step.WAIT);
    assertThat(step(120, ", 'snapshot_signals_done': 'other id-10'")).isEqualTo(Step.WAIT);
    assertThat(step(130, ", 'snapshot_signals_done': 'other id-1'")).isEqualTo(Step.DONE);
    assertThat(wait.hasBegun()).isFalse();
  }

  /** Another signal's snapshot of the same table, or one that was cut, proves nothing. */
  @Test
  void aSnapshotThatRunsNoMoreIsNotFinishedIfTheOffsetsDoNotSaySo() throws IOException {
    step(100, "");
    assertThat(step(110, RUNNING)).isEqualTo(Step.WAIT);
    assertThat(wait.hasBegun()).isTrue();
    assertThat(step(120, "")).isEqualTo(Step.WAIT);
  }

  @Test
  void aSignalThatIsLostIsSentAgain() throws IOException {
    step(100, "");
    now += SignalWait.RECEIVED.toNanos() + 1;

    assertThat(wait.next(offsets(100, ""), new Lsn(500))).isEqualTo(Step.WAIT);
    assertThat(step(499, ""))
        .as("the connector is behind, and may not know it")
        .isEqualTo(Step.WAIT);
    assertThat(step(501, "")).isEqualTo(Step.SEND);
    assertThat(step(600, "")).as("it has as much time again").isEqualTo(Step.WAIT);
  }

  @Test
  void aSignalIsNotSentAgainWhileTheTableIsRead() throws IOException {
    step(100, "");
    now += SignalWait.RECEIVED.toNanos() + 1;
    step(200, "");
    assertThat(step(999, RUNNING)).isEqualTo(Step.WAIT);
    now += SignalWait.RECEIVED.toNanos() - 1;
    assertThat(step(1_500, "")).isEqualTo(Step.WAIT);
  }

  @Test
  void debeziumsOwnClassHasFinishedWhenItReadsNoMore() throws IOException {
    SignalWait other = new SignalWait("id-1", "public.orders", false, () -> now);

    assertThat(other.next(offsets(1, RUNNING), new Lsn(1)))
        .as("that of another signal")
        .isEqualTo(Step.SEND);
    assertThat(other.next(offsets(2, RUNNING), new Lsn(2))).isEqualTo(Step.WAIT);
    assertThat(other.next(offsets(3, ""), new Lsn(3))).isEqualTo(Step.DONE);
  }

  @Test
  void anOffsetSaysWhichTableIsRead() throws IOException {
    assertThat(SignalWait.isRead(offsets(1, RUNNING), "public.orders")).isTrue();
    assertThat(SignalWait.isRead(offsets(1, RUNNING), "public.customers")).isFalse();
    assertThat(SignalWait.isRead(offsets(1, ""), "public.orders")).isFalse();
  }

  private Step step(long lsn, String more) throws IOException {
    return wait.next(offsets(lsn, more), new Lsn(lsn));
  }

  private static JsonNode offsets(long lsn, String more) throws IOException {
    String json =
        "[{'partition': {'server': 'shop'}, 'offset': {'lsn': %d%s}}]".formatted(lsn, more);
    return new ObjectMapper().readTree(json.replace('\'', '"').replace("~", "\\\""));
  }
}
