package dev.cdcpipeline.app.reread;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RereadTest {

  @Test
  void namesAreQuotedForTheSignal() {
    assertThat(Reread.pattern("public.order_items")).isEqualTo("public.order_items");
    assertThat(Reread.pattern("public.a$b c")).isEqualTo("public.a\\$b\\ c");
  }
}
