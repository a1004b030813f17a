package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The end of a log file, for messages. */
final class LogTail {
  private static final int BYTES = 16 * 1024;
  private static final int LINES = 15;

  private LogTail() {}

  /** The last lines, indented, with a line above that names the file. */
  static String of(Path log) {
    List<String> lines;
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - BYTES);
      byte[] end = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(end);
      lines = new String(end, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      return "no log at " + log;
    }
    List<String> last = lines.subList(Math.max(0, lines.size() - LINES), lines.size());
    return "the last lines of %s:%n    %s"
        .formatted(log, String.join(System.lineSeparator() + "    ", last));
  }
}
