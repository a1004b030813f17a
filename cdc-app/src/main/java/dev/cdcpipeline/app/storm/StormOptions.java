package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.app.storm.fault.Fault;
import dev.cdcpipeline.app.storm.fault.Faults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a storm is made of.
 *
 * @param length how long faults happen, all rounds together, the checks between them included
 * @param round how long faults happen until everything is checked
 * @param between how long it takes from one fault to the next, on average
 * @param seed of all choices
 * @param faults the kinds to choose from
 * @param directory where data go, and what is left of a failure
 * @param way which ways the stack goes
 */
public record StormOptions(
    Duration length,
    Duration round,
    Duration between,
    long seed,
    List<Fault> faults,
    Path directory,
    Way way) {

  /** Keeps a copy and checks the bounds. */
  public StormOptions {
    faults = List.copyOf(faults);
    require(!length.isNegative() && !length.isZero(), "length", "above 0", length);
    require(!round.isNegative() && !round.isZero(), "round", "above 0", round);
    require(!between.isNegative() && !between.isZero(), "between", "above 0", between);
    require(!faults.isEmpty(), "faults", "at least one", faults);
    require(way.hasTables(), "way", "one with the transactional sink", way);
  }

  /** The same with another length. */
  StormOptions withLength(Duration other) {
    return new StormOptions(other, round, between, seed, faults, directory, way);
  }

  /** The command that repeats it. */
  String command() {
    StringBuilder command =
        new StringBuilder(
            "./cdc storm --minutes %d --seed %d --round %ds --between %ds --way %s"
                .formatted(
                    length.toMinutes(),
                    seed,
                    round.toSeconds(),
                    between.toSeconds(),
                    way.name().toLowerCase(Locale.ROOT)));
    if (!faults.equals(Faults.every())) {
      command
          .append(" --only ")
          .append(faults.stream().map(Fault::name).collect(Collectors.joining(",")));
    }
    return command.toString();
  }

  private static void require(boolean holds, String name, String wanted, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " must be " + wanted + ", was " + value);
    }
  }
}
