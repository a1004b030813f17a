package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveViewTest {

  private final StringWriter text = new StringWriter();

  @Test
  void onATerminalTheLastLinesAreReplaced() {
    LiveView view = new LiveView(new PrintWriter(text), true);

    view.draw(List.of("one", "two"));
    view.draw(List.of("three"));

    assertThat(text.toString())
        .isEqualTo(
            "\u001B[?7lone\ntwo\n\u001B[?7h" + "\u001B[2A\u001B[J" + "\u001B[?7lthree\n\u001B[?7h");
  }

  @Test
  void aMessageStaysAboveTheLines() {
    LiveView view = new LiveView(new PrintWriter(text), true);
    view.draw(List.of("one"));

    view.say("the broker died");

    assertThat(text.toString()).endsWith("\u001B[1A\u001B[Jthe broker died\n");
  }

  @Test
  void elsewhereOnlyMessagesAppear() {
    LiveView view = new LiveView(new PrintWriter(text), false);

    view.draw(List.of("one"));
    view.say("two");

    assertThat(text.toString()).isEqualTo("two\n");
  }
}
