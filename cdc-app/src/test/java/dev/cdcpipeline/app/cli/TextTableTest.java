package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TextTableTest {

  @Test
  void alignsTextLeftAndNumbersRightAndMarksNull() {
    assertThat(
            print(
                new TextTable("name", "rows", "email")
                    .row("orders", "12", "a@example.com")
                    .row("Zoë", "1,234.50", null)
                    .row(null, null, "")))
        .isEqualTo(
            """
            name        rows  email
            ------  --------  -------------
            orders        12  a@example.com
            Zoë     1,234.50  NULL
            NULL        NULL
            """);
  }

  @Test
  void aCellIsOneLineWhateverIsInIt() {
    assertThat(print(new TextTable("text").row("a\nb\tc\u001B[2J")))
        .isEqualTo(
            "text\n--------------\na\\nb\\tc\uFFFD[2J\n".replace("--------------", "-".repeat(11)));
  }

  @Test
  void withoutRowsTheHeadersAreThere() {
    assertThat(print(new TextTable("a", "bc"))).isEqualTo("a  bc\n-  --\n");
  }

  @Test
  void aRowOfAnotherLengthIsRefused() {
    assertThatThrownBy(() -> new TextTable("a").row("1", "2"))
        .hasMessage("a row must have 1 cells, has 2");
  }

  private static String print(TextTable table) {
    StringWriter text = new StringWriter();
    table.print(new PrintWriter(text, true));
    return text.toString();
  }
}
