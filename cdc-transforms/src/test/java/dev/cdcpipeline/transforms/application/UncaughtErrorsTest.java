package dev.cdcpipeline.transforms.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.serde.RegistryUnavailableException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.junit.jupiter.api.Test;

class UncaughtErrorsTest {
  private final List<Throwable> fatal = new ArrayList<>();
  private final UncaughtErrors errors = new UncaughtErrors(fatal::add);

  @Test
  void aBrokerOrRegistryThatIsAwayReplacesTheThread() {
    assertThat(errors.handle(new StreamsException(new TimeoutException("no answer"))))
        .isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
    assertThat(errors.handle(new StreamsException(new RegistryUnavailableException("away", null))))
        .isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
    assertThat(fatal).isEmpty();
  }

  @Test
  void anythingElseStopsTheApplicationWithItsMessage() {
    StreamsException refused =
        new StreamsException(
            "in task 0_1",
            new TopicAuthorizationException("not authorized to read shop.public.orders"));

    assertThat(errors.handle(refused)).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
    assertThat(fatal).containsExactly(refused);
    assertThat(UncaughtErrors.describe(refused))
        .isEqualTo("not authorized to read shop.public.orders");
  }
}
