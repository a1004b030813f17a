package dev.cdcpipeline.app.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PacerTest {

  private long now = 5_000;
  private final Pacer pacer = new Pacer(4, () -> now, nanos -> now += nanos);

  @Test
  void eachTransactionIsDueAfterItsShareOfTheSecond() {
    // When
    pacer.await(10);

    // Then
    assertThat(pacer.elapsedNanos()).isEqualTo(2_500_000_000L);
  }

  @Test
  void oneThatIsLateDoesNotDelayTheNext() {
    // Given
    now += 1_100_000_000L;
    pacer.await(1);
    assertThat(pacer.elapsedNanos()).isEqualTo(1_100_000_000L);

    // When
    pacer.await(5);

    // Then
    assertThat(pacer.elapsedNanos()).isEqualTo(1_250_000_000L);
  }
}
