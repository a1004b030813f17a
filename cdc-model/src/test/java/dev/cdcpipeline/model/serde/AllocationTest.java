package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What a decoded record costs in memory: its own objects, and nothing besides. */
class AllocationTest {
  private static final int RECORDS = 20_000;

  /**
   * The event 32, its source 48 with two LSNs of 24, its transaction 32 with an id of 24 + 32; the
   * row 24 with an array of 40 and in it two integers of 16, text of 24 + 24, a decimal of 40 and a
   * long of 24.
   */
  private static final int BYTES_OF_THE_RESULT = 424;

  @Test
  void allocatesNoMoreForAnEnvelopeThanTheEventItself() {
    InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    EnvelopeDecoder decoder = EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults());
    byte[] envelope =
        Envelopes.orders()
            .op("u")
            .before(Envelopes.order(7001, 421, "pending", "129.30"))
            .after(Envelopes.order(7001, 421, "shipped", "129.30"))
            .transaction("750:24024000", 2, 1)
            .bytes(registry);
    for (int i = 0; i < RECORDS; i++) {
      decoder.decode("t", 0, i, envelope);
    }

    long before = allocated();
    for (int i = 0; i < RECORDS; i++) {
      decoder.decode("t", 0, i, envelope);
    }
    long perRecord = (allocated() - before) / RECORDS;

    assertThat(perRecord).isBetween(BYTES_OF_THE_RESULT - 8L, BYTES_OF_THE_RESULT + 8L);
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
