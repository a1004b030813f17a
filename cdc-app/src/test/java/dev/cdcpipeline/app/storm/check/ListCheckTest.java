package dev.cdcpipeline.app.storm.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.storm.check.Anomalies.Anomaly;
import dev.cdcpipeline.app.storm.check.ListCheck.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListCheckTest {
  private final Anomalies anomalies = new Anomalies();
  private final ListCheck check = new ListCheck(anomalies);

  @Test
  void findsNothingInWhatIsRight() {
    check.appended("a", List.of(1, 2), Outcome.COMMITTED);
    check.appended("b", List.of(1), Outcome.COMMITTED);
    check.appended("c", List.of(2), Outcome.ABORTED);
    check.appended("d", List.of(2), Outcome.UNKNOWN);
    check.read(Map.of(1, "begin a", 2, "begin a"));
    check.read(Map.of(1, "begin", 2, "begin"));

    check.judge(Map.of(1, "begin a b", 2, "begin a d"));

    assertThat(anomalies.first()).isEmpty();
  }

  @Test
  void findsAReadThatIsNoPrefix() {
    check.read(Map.of(1, "a b"));

    check.read(Map.of(1, "a c d"));

    assertThat(kinds()).containsExactly("prefix");
  }

  @Test
  void findsACommittedAppendThatIsLost() {
    check.appended("a", List.of(1), Outcome.COMMITTED);

    check.judge(Map.of(1, "begin"));

    assertThat(kinds()).containsExactly("lost");
  }

  @Test
  void findsAnAppendThatIsThereTwice() {
    check.judge(Map.of(1, "begin a a"));

    assertThat(kinds()).contains("twice");
  }

  @Test
  void findsAnAppendThatWasRolledBack() {
    check.appended("a", List.of(1), Outcome.ABORTED);

    check.judge(Map.of(1, "begin a"));

    assertThat(kinds()).containsExactly("invented");
  }

  @Test
  void aListThatWasJudgedAndDeletedIsMissedByNobody() {
    check.appended("a", List.of(1), Outcome.COMMITTED);
    check.judge(Map.of(1, "begin a"));
    check.read(Map.of(1, "begin a", 2, "begin"));
    check.appended("b", List.of(2), Outcome.COMMITTED);

    check.judge(Map.of(2, "begin b"));

    assertThat(anomalies.first()).isEmpty();
  }

  @Test
  void findsAReadThatIsNoPrefixOfAListThatIsStillThere() {
    check.judge(Map.of(1, "begin a", 2, "begin"));
    check.judge(Map.of(2, "begin b"));

    check.read(Map.of(2, "begin c"));

    assertThat(kinds()).containsExactly("prefix");
  }

  @Test
  void findsHalfATransaction() {
    check.appended("a", List.of(1, 2), Outcome.UNKNOWN);

    check.judge(Map.of(1, "begin a", 2, "begin"));

    assertThat(kinds()).containsExactly("torn");
  }

  @Test
  void findsAReadThatNoOrderOfCommitsExplains() {
    // a is in both lists, and was seen in one alone
    check.read(Map.of(1, "begin a", 2, "begin2"));

    check.judge(Map.of(1, "begin a", 2, "begin2 a"));

    assertThat(kinds()).containsExactly("circle");
  }

  @Test
  void findsTwoListsThatSayDifferentOrders() {
    check.judge(Map.of(1, "a b", 2, "b a"));

    assertThat(kinds()).containsExactly("circle");
  }

  @Test
  void aListThatAReaderDidNotSeeHasNoElementsForIt() {
    check.read(Map.of(1, "begin a"));

    check.judge(Map.of(1, "begin a", 2, "a b"));

    assertThat(kinds()).containsExactly("circle");
  }

  private List<String> kinds() {
    return anomalies.first().stream().map(Anomaly::kind).toList();
  }
}
