package dev.cdcpipeline.sink.connect;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

class KafkaLogTest {
  @Test
  void namesATrustStoreThatIsMissing() {
    Map<String, Object> client =
        Map.of(
            "bootstrap.servers", "127.0.0.1:1",
            "security.protocol", "SSL",
            "ssl.truststore.type", "PEM",
            "ssl.truststore.location", "/no/such/ca.pem");

    assertThatThrownBy(() -> new KafkaLog(client))
        .isInstanceOf(KafkaException.class)
        .hasMessage(
            "cannot reach Kafka at 127.0.0.1:1 by the keys kafka.*: a trust store, key store or"
                + " certificate is missing (/no/such/ca.pem); correct its location");
  }
}
