package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8083, http://127.0.0.1:8083",
    "http://127.0.0.1:8083/, http://127.0.0.1:8083",
    "http://a:b@host:1/apis/v7/, http://host:1/apis/v7",
    "https://a:b@[::1]:1, https://[::1]:1",
    "http://host/x@y, http://host/x@y",
    "http://a:b@c@host, http://host"
  })
  void isTheUrlWithoutCredentials(String text, String url) {
    assertThat(HttpAddress.of(text).url()).isEqualTo(url);
    assertThat(HttpAddress.of(text)).hasToString(url);
  }

  @Test
  void readsWhatItHasWritten() {
    String text = HttpAddress.withCredentials("http://host:1", "us:er", "p@s/s:+ %ü");

    assertThat(HttpAddress.of(text).request("/x").build().headers().firstValue("Authorization"))
        .hasValue(
            "Basic "
                + Base64.getEncoder()
                    .encodeToString("us:er:p@s/s:+ %ü".getBytes(StandardCharsets.UTF_8)));
    assertThat(HttpAddress.of("http://host:1").request("/x").build().headers().map())
        .doesNotContainKey("Authorization");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "host:8083", "cdc:secret@host:8083", "://x", "http://", "http:///x"})
  void refusesWhatIsNoAddressWithoutSayingASecret(String text) {
    assertThatThrownBy(() -> HttpAddress.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("http://USER:PASSWORD@HOST:PORT")
        .message()
        .doesNotContain("secret");
  }
}
