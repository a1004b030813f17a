package dev.cdcpipeline.sink.connect.transactional;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.transaction.Delivery;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class DeliveryWatchTest {
  private final DeliveryWatch watch = new DeliveryWatch("shop.transaction");

  private static SinkRecord marker() {
    return new SinkRecord("shop.transaction", 0, null, null, null, new byte[0], 3);
  }

  @Test
  void knowsTheHeaderAsTextAndAsBytes() {
    SinkRecord text = marker();
    text.headers().addString("cdc.delivery", "whole-transactions");
    SinkRecord bytes = marker();
    bytes.headers().addBytes("cdc.delivery", "whole-transactions".getBytes(StandardCharsets.UTF_8));

    assertThat(watch.of(text)).isEqualTo(Delivery.WHOLE_TRANSACTIONS);
    assertThat(watch.of(bytes)).isEqualTo(Delivery.WHOLE_TRANSACTIONS);
    assertThat(watch.isWhole()).isTrue();
  }

  @Test
  void takesNoHeaderAndAnyOtherValueForNoPromise() {
    SinkRecord other = marker();
    other.headers().addString("cdc.delivery", "something else");

    assertThat(watch.of(marker())).isEqualTo(Delivery.UNKNOWN);
    assertThat(watch.of(other)).isEqualTo(Delivery.UNKNOWN);
    assertThat(watch.isWhole()).isFalse();
  }

  @Test
  void tellsOnceThatThePromiseChanged() {
    assertThat(watch.takeChanged()).isFalse();
    watch.of(marker());
    assertThat(watch.takeChanged()).isTrue();
    watch.of(marker());
    assertThat(watch.takeChanged()).isFalse();
    SinkRecord whole = marker();
    whole.headers().addString("cdc.delivery", "whole-transactions");
    watch.of(whole);
    assertThat(watch.takeChanged()).isTrue();
  }
}
