package dev.cdcpipeline.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.sink.change.LastChangePerKey;
import dev.cdcpipeline.sink.change.RowChange;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Guards against slow growth: what the hot paths allocate for each record. The limits are a tenth
 * above what they were measured at; a change that needs more raises the limit and says why.
 */
class AllocationTest {
  private static final OrderEnvelopes ENVELOPES = new OrderEnvelopes(4096, 1000, 7);

  /** The last result, so that the compiler can't leave the work out. */
  private Object kept;

  @Test
  void decodesAnEnvelopeIntoARowWithoutIntermediateRecords() {
    EnvelopeDecoder decoder = EnvelopeDecoder.ofRows(ENVELOPES.registry, DecoderOptions.defaults());

    long bytes =
        Allocation.bytesPerItem(
            ENVELOPES.values.length,
            () -> {
              for (byte[] value : ENVELOPES.values) {
                kept = decoder.decode(OrderEnvelopes.TOPIC, value);
              }
            });

    assertThat(kept).isNotNull();
    assertThat(bytes).as("bytes allocated for each decoded event").isBetween(300L, 580L);
  }

  @Test
  void reducesABatchToTheLastChangePerKey() {
    List<RowChange> changes = new OrderChanges(7).updates(4096, 1000);

    long bytes =
        Allocation.bytesPerItem(
            changes.size(),
            () -> {
              LastChangePerKey last = new LastChangePerKey(OrderChanges.KEY);
              for (RowChange change : changes) {
                last.add(change);
              }
              kept = last.changes();
            });

    assertThat(kept).isNotNull();
    assertThat(bytes).as("bytes allocated for each reduced change").isBetween(50L, 160L);
  }
}
