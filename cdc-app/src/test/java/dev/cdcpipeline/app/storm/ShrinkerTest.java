package dev.cdcpipeline.app.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShrinkerTest {
  private static final List<Integer> TEN = IntStream.range(0, 10).boxed().toList();

  private final List<List<Integer>> tried = new ArrayList<>();

  @Test
  void findsTheOneThatFails() throws Exception {
    assertThat(shrink(part -> part.contains(7), 100)).containsExactly(7);
  }

  @Test
  void findsTwoThatFailTogetherWhereverTheyAre() throws Exception {
    assertThat(shrink(part -> part.contains(1) && part.contains(8), 100)).containsExactly(1, 8);
  }

  @Test
  void keepsAllWhereNothingLessFails() throws Exception {
    assertThat(shrink(part -> part.size() == 10, 100)).isEqualTo(TEN);
  }

  @Test
  void triesNoMoreThanItMay() throws Exception {
    List<Integer> shrunk = shrink(part -> part.contains(7), 2);

    assertThat(tried).hasSize(2);
    assertThat(shrunk).contains(7);
  }

  private List<Integer> shrink(Shrinker.Trial<Integer> trial, int tries) throws Exception {
    return new Shrinker<Integer>(
            part -> {
              tried.add(part);
              return trial.fails(part);
            },
            tries)
        .shrink(TEN);
  }
}
