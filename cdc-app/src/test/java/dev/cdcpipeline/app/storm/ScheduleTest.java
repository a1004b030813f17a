package dev.cdcpipeline.app.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.app.storm.Schedule.Strike;
import dev.cdcpipeline.app.storm.fault.Fault;
import dev.cdcpipeline.app.storm.fault.Faults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void isTheSameForTheSameSeedAndAnotherForAnother() {
    assertThat(Schedule.of(options(3), 2)).isEqualTo(Schedule.of(options(3), 2));
    assertThat(Schedule.of(options(3), 2)).isNotEqualTo(Schedule.of(options(4), 2));
    assertThat(Schedule.of(options(3), 2)).isNotEqualTo(Schedule.of(options(3), 3));
  }

  @Test
  void strikesWithinTheRoundAndInTheOrderOfTime() {
    List<Strike> strikes = Schedule.of(options(1), 1).strikes();

    assertThat(strikes).isSortedAccordingTo((one, other) -> one.at().compareTo(other.at()));
    assertThat(strikes).isNotEmpty().allMatch(strike -> strike.at().toSeconds() < 60);
  }

  @Test
  void choosesEveryKindSoonerOrLater() {
    Set<String> chosen = new HashSet<>();
    for (int round = 1; round <= 200; round++) {
      Schedule.of(options(5), round).strikes().forEach(strike -> chosen.add(strike.fault().name()));
    }

    assertThat(chosen)
        .containsExactlyInAnyOrderElementsOf(Faults.every().stream().map(Fault::name).toList());
  }

  @Test
  void leavesOutWhatCannotHappen() {
    Schedule schedule = Schedule.of(options(1), 1);
    String first = schedule.strikes().get(0).fault().name();

    assertThat(schedule.without(Set.of(first)).strikes())
        .noneMatch(strike -> strike.fault().name().equals(first));
  }

  @Test
  void aStormNeedsTheTransactionalSink() {
    assertThatThrownBy(
            () ->
                new StormOptions(
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(10),
                    1,
                    Faults.every(),
                    Path.of("storm"),
                    Way.TOPICS))
        .hasMessage("way must be one with the transactional sink, was TOPICS");
  }

  @Test
  void everyFaultHasANameOfItsOwnAndSaysWhatItDoes() {
    assertThat(Faults.known().stream().map(Fault::name)).doesNotHaveDuplicates();
    assertThat(Faults.known())
        .allMatch(fault -> fault.name().matches("[a-z0-9]+(-[a-z0-9]+)*"))
        .noneMatch(fault -> fault.description().isBlank())
        .allMatch(fault -> Faults.named(fault.name()).isPresent());
  }

  private static StormOptions options(long seed) {
    return new StormOptions(
        Duration.ofMinutes(10),
        Duration.ofSeconds(60),
        Duration.ofSeconds(8),
        seed,
        Faults.every(),
        Path.of("storm"),
        Way.BOTH);
  }
}
