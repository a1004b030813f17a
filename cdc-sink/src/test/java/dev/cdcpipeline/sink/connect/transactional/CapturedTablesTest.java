package dev.cdcpipeline.sink.connect.transactional;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CapturedTablesTest {

  @Test
  void readsTheTablesWhoseTopicsAreListed() {
    CapturedTables captured = new CapturedTables("shop", List.of("shop.public.orders"), null);
    assertThat(captured.test("public.orders")).isTrue();
    assertThat(captured.test("public.customers")).isFalse();
  }

  @Test
  void readsTheTablesWhoseTopicsMatch() {
    CapturedTables captured = new CapturedTables("shop", List.of(), "shop\\.public\\..*");
    assertThat(captured.test("public.orders")).isTrue();
    assertThat(captured.test("audit.log")).isFalse();
  }
}
