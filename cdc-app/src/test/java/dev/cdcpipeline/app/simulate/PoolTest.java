package dev.cdcpipeline.app.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PoolTest {

  private final Pool<String> pool = new Pool<>(3);

  @Test
  void makesRoomByForgettingAnother() {
    for (long key = 1; key <= 100; key++) {
      pool.put(key, "row " + key);
    }

    assertThat(pool.size()).isEqualTo(3);
    assertThat(pool.find(100)).contains("row 100");
  }

  @Test
  void aRemovedRowIsNeverPicked() {
    pool.put(1, "one");
    pool.put(2, "two");
    pool.put(3, "three");
    pool.remove(1);

    for (int seed = 0; seed < 50; seed++) {
      assertThat(pool.pick(new SplittableRandom(seed)).orElseThrow()).isIn("two", "three");
    }
  }

  @Test
  void picksNothingWhenNothingIsWanted() {
    pool.put(1, "one");

    assertThat(pool.pick(new SplittableRandom(1), row -> row.equals("two"))).isEmpty();
  }
}
