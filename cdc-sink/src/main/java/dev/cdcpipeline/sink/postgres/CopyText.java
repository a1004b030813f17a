package dev.cdcpipeline.sink.postgres;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * One {@code COPY … FROM STDIN} in text form: every type reads its own text. Holds at most a buffer
 * of about 64 KiB, or one row if that is larger.
 */
final class CopyText implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private final CopyIn copy;
  private final StringBuilder buffer = new StringBuilder(BUFFER + 1024);
  private final StringBuilder scratch = new StringBuilder();
  private boolean rowStarted;

  CopyText(Connection connection, String target) throws SQLException {
    copy =
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY " + target + " FROM STDIN");
  }

  /** Writes one value of the row begun; null for NULL. */
  void value(RowEncoder encoder, int column, Object value) {
    separate();
    if (value == null) {
      buffer.append("\\N");
    } else if (encoder.isPlain(column)) {
      encoder.append(column, value, buffer);
    } else {
      scratch.setLength(0);
      encoder.append(column, value, scratch);
      escaped(scratch);
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

  private void send() throws SQLException {
    byte[] bytes = buffer.toString().getBytes(StandardCharsets.UTF_8);
    copy.writeToCopy(bytes, 0, bytes.length);
    buffer.setLength(0);
  }

  private void separate() {
    if (rowStarted) {
      buffer.append('\t');
    }
    rowStarted = true;
  }

  private void escaped(StringBuilder text) {
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
      }
    }
    buffer.append(text, written, text.length());
  }
}
