package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class WholeBeginsTest {
  private final WholeBegins begins = new WholeBegins();
  private final SourceRecord begin = at("BEGIN");
  private final SourceRecord change = at("UPDATE");
  private final SourceRecord end = at("COMMIT");

  private static SourceRecord at(String messageType) {
    return new SourceRecord(Map.of(), Map.of("messageType", messageType), "t", null, null);
  }

  @Test
  void aPollThatEndsWithABeginEndsBeforeIt() {
    assertThat(begins.of(List.of(change, end, begin))).containsExactly(change, end);
    assertThat(begins.of(List.of())).as("nothing of the transaction yet").isEmpty();
    assertThat(begins.of(List.of(change, end))).containsExactly(begin, change, end);
    assertThat(begins.of(List.of())).isEmpty();
  }

  @Test
  void whatFollowsABeginWithItsOffsetIsKeptBackWithIt() {
    SourceRecord heartbeat = at("BEGIN");

    assertThat(begins.of(List.of(begin, heartbeat))).isEmpty();
    assertThat(begins.of(List.of(change))).containsExactly(begin, heartbeat, change);
  }

  @Test
  void recordsWithoutSuchAnOffsetPass() {
    SourceRecord snapshot = new SourceRecord(Map.of(), Map.of("snapshot", true), "t", null, null);
    SourceRecord without = new SourceRecord(Map.of(), null, "t", null, null);

    assertThat(begins.of(List.of(snapshot, without))).containsExactly(snapshot, without);
  }

  @Test
  void aTaskThatStartsAgainReadsTheBeginAgain() {
    begins.of(List.of(begin));
    begins.clear();

    assertThat(begins.of(List.of(begin, change))).containsExactly(begin, change);
  }
}
