package dev.cdcpipeline.shop.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.transforms.application.ApplicationConfig;
import dev.cdcpipeline.transforms.application.StreamsResults;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShopResultsTest {

  private static ShopResults with(Map<String, String> properties) {
    ShopResults results = new ShopResults();
    results.configure(properties);
    return results;
  }

  @Test
  void everyDefaultIsPinned() {
    ShopResults results = with(Map.of());

    assertThat(results.customerWait()).isEqualTo(Duration.ofSeconds(10));
    assertThat(results.totalGrace()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void theSettingsAreThoseOfTheApplicationsFile() {
    ShopResults results =
        with(
            Map.of(
                "customer.wait.ms", "3000",
                "order.total.grace.ms", "1000",
                "application.id", "analytics"));

    assertThat(results.customerWait()).isEqualTo(Duration.ofSeconds(3));
    assertThat(results.totalGrace()).isEqualTo(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {ShopResults.CUSTOMER_WAIT_MS, ShopResults.TOTAL_GRACE_MS})
  void aNegativeTimeIsRefused(String key) {
    assertThatThrownBy(() -> with(Map.of(key, "-1")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key);
  }

  @Test
  void everyKeyIsDocumentedInItsOwnWords() {
    assertThat(ShopResults.DEFINITION.configKeys().values())
        .extracting(key -> key.documentation)
        .doesNotHaveDuplicates()
        .allMatch(text -> !text.isBlank());
  }

  @Test
  void aFileThatNamesNoResultsRunsThese() {
    StreamsResults results = new ApplicationConfig(Map.of("customer.wait.ms", "3000")).results();

    assertThat(results)
        .isInstanceOfSatisfying(
            ShopResults.class,
            shop -> assertThat(shop.customerWait()).isEqualTo(Duration.ofSeconds(3)));
  }
}
