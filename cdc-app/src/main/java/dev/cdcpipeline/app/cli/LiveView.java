package dev.cdcpipeline.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Lines that are drawn again and again in place, with messages scrolling by above them. Where
 * output is not a terminal only messages appear. Thread-safe.
 */
final class LiveView {

  private static final String ESC = "\u001B[";
  private static final String NO_WRAP = ESC + "?7l";
  private static final String WRAP = ESC + "?7h";

  private final PrintWriter out;
  private final boolean terminal;
  private int drawn;

  /**
   * @param terminal whether lines can be drawn in place
   */
  LiveView(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /**
   * Whether this process's output is a terminal that can draw. Asks Linux, for {@link
   * System#console} is about input too, and answers otherwise from Java 22 on.
   */
  static boolean onTerminal() {
    String term = System.getenv("TERM");
    if (term == null || term.equals("dumb")) {
      return false;
    }
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  boolean isTerminal() {
    return terminal;
  }

  /** Prints a message that stays. */
  synchronized void say(String message) {
    erase();
    out.println(message);
    out.flush();
  }

  /** Replaces the lines drawn last; does nothing where nothing can be drawn. */
  synchronized void draw(List<String> lines) {
    if (!terminal) {
      return;
    }
    erase();
    // A line that wrapped would count as two, and the next erasure would miss one.
    out.print(NO_WRAP);
    lines.forEach(out::println);
    out.print(WRAP);
    out.flush();
    drawn = lines.size();
  }

  /** Leaves the lines drawn last where they are; what follows is printed below them. */
  synchronized void keep() {
    drawn = 0;
  }

  private void erase() {
    if (drawn > 0) {
      out.print(ESC + drawn + "A" + ESC + "J");
      drawn = 0;
    }
  }
}
