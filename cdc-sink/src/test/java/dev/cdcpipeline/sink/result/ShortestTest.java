package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShortestTest {
  private static final List<Integer> HUNDRED = IntStream.range(0, 100).boxed().toList();

  @Test
  void leavesWhatTheFailureNeedsTogether() {
    assertThat(Shortest.of(HUNDRED, items -> items.contains(7) && items.contains(93)))
        .containsExactly(7, 93);
  }

  @Test
  void sparesWhatCanBeSparedOnlyAfterSomethingElse() {
    // one less at a time, and only from the end
    assertThat(Shortest.of(HUNDRED, items -> items.equals(HUNDRED.subList(0, items.size()))))
        .containsExactly(0);
  }

  @Test
  void asksForNothingButShorterLists() {
    List<Integer> sizes = new ArrayList<>();
    Shortest.of(
        HUNDRED,
        items -> {
          sizes.add(items.size());
          return items.size() > 10;
        });
    assertThat(sizes).allMatch(size -> size > 0 && size < 100).hasSizeLessThan(200);
  }
}
