package dev.cdcpipeline.runtime.rest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostCheckTest {
  private final HostCheck check = HostCheck.of("connect, Proxy.Example,,");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:8083",
        "127.0.0.1",
        "10.1.2.3:80",
        "[::1]:8083",
        "[fe80::1%eth0]",
        "localhost:8083",
        "LOCALHOST",
        "connect:8083",
        "proxy.example"
      })
  void answersToAddressesAndToItsOwnNames(String host) {
    assertThat(check.problem(host, null)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example:8083",
        "127.0.0.1.evil.example",
        "connect.evil.example",
        "localhost.evil.example:8083",
        "evil.example@127.0.0.1",
        "[::1].evil.example",
        ""
      })
  void refusesEveryOtherName(String host) {
    assertThat(check.problem(host, null)).isPresent();
  }

  @Test
  void refusesARequestWithoutAHost() {
    assertThat(check.problem(null, null)).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8083, 127.0.0.1:8083",
    "http://LocalHost:8083, localhost:8083",
    "https://proxy.example, 127.0.0.1:8083",
    "http://connect:9000, connect:8083"
  })
  void answersAPageOfItsOwn(String origin, String host) {
    assertThat(check.problem(host, origin)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "http://evil.example, 127.0.0.1:8083",
    "http://127.0.0.1:3000, 127.0.0.1:8083",
    "http://localhost:3000, localhost:8083",
    "null, 127.0.0.1:8083",
    "file://, localhost:8083"
  })
  void refusesAPageOfAnyoneElse(String origin, String host) {
    assertThat(check.problem(host, origin)).isPresent();
  }
}
