package dev.cdcpipeline.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionOptionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://target:5432/analytics",
        "jdbc:postgresql://target:5432/analytics?user=x&password=hidden",
        "jdbc:postgresql://target:5432/analytics?sslpassword=hidden"
      })
  void saysWhereItLeadsAndNoPassword(String url) {
    assertThat(SessionOptions.of(url, "cdc_sink", "hidden"))
        .hasToString("cdc_sink@jdbc:postgresql://target:5432/analytics");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgres://target/analytics?password=hidden",
        "jdbc:postgresql://target:port/analytics?password=hidden",
        "jdbc:postgresql://user:hidden@target/analytics",
      })
  void refusesWhatTheDriverWouldPrintWithThePassword(String url) {
    assertThatThrownBy(() -> SessionOptions.of(url, "cdc_sink", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("target")
        .message()
        .doesNotContain("hidden");
  }

  @Test
  void keepsTheParametersForTheConnection() {
    String url = "jdbc:postgresql://target/analytics?sslmode=verify-full";

    assertThat(SessionOptions.of(url, "cdc_sink", null).url()).isEqualTo(url);
  }
}
