package dev.cdcpipeline.sink.mirror;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * One {@code COPY … FROM STDIN} in text form: every type reads its own text. Holds at most a buffer
 * of about 64 KiB, and the text of one value.
 */
final class CopyText implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int LARGE = 1 << 20;

  private final CopyIn copy;
  private final StringBuilder buffer = new StringBuilder(BUFFER + 1024);
  private StringBuilder scratch = new StringBuilder();
  private boolean rowStarted;

  CopyText(Connection connection, String target) throws SQLException {
    copy =
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY " + target + " FROM STDIN");
  }

  /** Writes one value of the row begun; null for NULL. */
  void value(RowEncoder encoder, int column, Object value) throws SQLException {
    separate();
    if (value == null) {
      buffer.append("\\N");
    } else if (encoder.isPlain(column)) {
      encoder.append(column, value, buffer);
    } else {
      scratch.setLength(0);
      makeRoom(value);
      encoder.append(column, value, scratch);
      escaped(scratch);
      if (scratch.capacity() > LARGE) {
        scratch = new StringBuilder();
      }
    }
  }

  /** Where to write a value that needs no escape. */
  StringBuilder plainValue() {
    separate();
    return buffer;
  }

  /** Ends the row. */
  void endRow() throws SQLException {
    buffer.append('\n');
    rowStarted = false;
    if (buffer.length() >= BUFFER) {
      send();
    }
  }

  /** Ends the COPY; the rows are in the table. */
  void finish() throws SQLException {
    send();
    copy.endCopy();
  }

  /** Cancels the COPY if it was not finished. */
  @Override
  public void close() throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }

  /** Sends what is in the buffer, but for the first half of a surrogate pair at its end. */
  private void send() throws SQLException {
    int end = buffer.length();
    if (end > 0 && Character.isHighSurrogate(buffer.charAt(end - 1))) {
      end--;
    }
    byte[] bytes = buffer.substring(0, end).getBytes(StandardCharsets.UTF_8);
    copy.writeToCopy(bytes, 0, bytes.length);
    buffer.delete(0, end);
  }

  // a builder that grows by doubling holds a large value three times
  private void makeRoom(Object value) {
    int needed = 0;
    if (value instanceof byte[] bytes) {
      needed = 2 * bytes.length + 2; // hexadecimal
    } else if (value instanceof String text) {
      needed = text.length();
    }
    if (needed > LARGE) {
      // a new one: the old may have come to take two bytes for a character
      scratch = new StringBuilder(needed);
    }
  }

  private void separate() {
    if (rowStarted) {
      buffer.append('\t');
    }
    rowStarted = true;
  }

  private void escaped(StringBuilder text) throws SQLException {
    int written = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char escape =
          switch (c) {
            case '\\' -> '\\';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> 0;
          };
      if (escape != 0) {
        buffer.append(text, written, i).append('\\').append(escape);
        written = i + 1;
      } else if (i - written >= BUFFER) {
        buffer.append(text, written, i);
        written = i;
      }
      if (buffer.length() >= 2 * BUFFER) {
        send();
      }
    }
    buffer.append(text, written, text.length());
  }
}
