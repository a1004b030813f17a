package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.storm.fault.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * The faults of one round.
 *
 * @param strikes in the order of time
 */
record Schedule(List<Strike> strikes) {

  /**
   * A fault to come.
   *
   * @param at after the begin of the round
   * @param seed of the fault's own choices
   */
  record Strike(Duration at, Fault fault, long seed) {
    @Override
    public String toString() {
      return "%.1f s %s (%d)".formatted(at.toMillis() / 1000.0, fault.name(), seed);
    }
  }

  Schedule {
    strikes = List.copyOf(strikes);
  }

  /** The same without some kinds, which can't happen here. */
  Schedule without(Set<String> faults) {
    return new Schedule(
        strikes.stream().filter(strike -> !faults.contains(strike.fault().name())).toList());
  }

  /** Chooses faults and times: the same for the same seed, round and kinds. */
  static Schedule of(StormOptions options, int round) {
    Random random = new Random(options.seed() * 31 + round);
    List<Strike> strikes = new ArrayList<>();
    long between = options.between().toMillis();
    long at = random.nextLong(between);
    while (at < options.round().toMillis()) {
      Fault fault = options.faults().get(random.nextInt(options.faults().size()));
      strikes.add(new Strike(Duration.ofMillis(at), fault, random.nextLong()));
      // now and then two at nearly the same time
      at += random.nextLong(2 * between);
    }
    if (strikes.isEmpty()) {
      Fault fault = options.faults().get(random.nextInt(options.faults().size()));
      strikes.add(new Strike(Duration.ZERO, fault, random.nextLong()));
    }
    return new Schedule(strikes);
  }
}
