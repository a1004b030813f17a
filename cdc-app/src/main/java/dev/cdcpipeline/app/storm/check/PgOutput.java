package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.model.event.Lsn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the messages of PostgreSQL's {@code pgoutput} plugin, protocol version 1, as its
 * documentation has them, and tells a listener. Knows nothing of what others make of them.
 */
final class PgOutput {
  private static final long UNSIGNED_INT = 0xFFFF_FFFFL;

  private final Listener listener;
  private final Map<Integer, Relation> relations = new HashMap<>();

  /** Hears of transactions in the order of their commits, each whole. */
  interface Listener {
    /** A transaction begins whose commit record is at an LSN. */
    void begin(Lsn commit, long xid);

    /** A row is new; null values are NULL. */
    void insert(Relation relation, String[] values);

    /**
     * A row is another.
     *
     * @param old the row as it was, or its key alone; null if the key is the same
     */
    void update(Relation relation, String[] old, String[] values);

    /** A row is gone; of the old row at least the key is there. */
    void delete(Relation relation, String[] old);

    /** A table is empty. */
    void truncate(Relation relation);

    /** The transaction is over, and the next record is at an LSN. */
    void commit(Lsn end);
  }

  /** A table as it is from now on. */
  record Relation(String name, List<String> columns) {}

  PgOutput(Listener listener) {
    this.listener = listener;
  }

  /**
   * Reads one message.
   *
   * @throws IllegalStateException if it is none that version 1 has
   */
  void read(ByteBuffer message) {
    char type = (char) message.get();
    switch (type) {
      case 'B' -> {
        Lsn commit = new Lsn(message.getLong());
        message.getLong(); // the time of the commit
        listener.begin(commit, message.getInt() & UNSIGNED_INT);
      }
      case 'C' -> {
        message.get(); // flags, none are defined
        message.getLong(); // the commit's LSN, as in its begin
        listener.commit(new Lsn(message.getLong()));
      }
      case 'R' -> relation(message);
      case 'I' -> {
        Relation relation = relations.get(message.getInt());
        message.get(); // 'N': the new row follows
        listener.insert(relation, row(message));
      }
      case 'U' -> update(message);
      case 'D' -> {
        Relation relation = relations.get(message.getInt());
        message.get(); // 'K' or 'O': the key, or the old row
        listener.delete(relation, row(message));
      }
      case 'T' -> truncate(message);
      case 'O', 'Y' -> {
        return; // where a transaction came from, and types: of no interest
      }
      default ->
          throw new IllegalStateException("unknown message of pgoutput: type '%c'".formatted(type));
    }
  }

  private void update(ByteBuffer message) {
    Relation relation = relations.get(message.getInt());
    String[] old = null;
    if ((char) message.get() != 'N') {
      old = row(message);
      message.get(); // 'N'
    }
    listener.update(relation, old, row(message));
  }

  private void truncate(ByteBuffer message) {
    int count = message.getInt();
    message.get(); // CASCADE, RESTART IDENTITY
    for (int i = 0; i < count; i++) {
      listener.truncate(relations.get(message.getInt()));
    }
  }

  private void relation(ByteBuffer message) {
    int id = message.getInt();
    text(message); // the schema
    String name = text(message);
    message.get(); // replica identity
    int count = message.getShort();
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      message.get(); // whether it is part of the key
      columns.add(text(message));
      message.getInt(); // the type
      message.getInt(); // its modifier
    }
    relations.put(id, new Relation(name, columns));
  }

  private static String[] row(ByteBuffer message) {
    String[] values = new String[message.getShort()];
    for (int i = 0; i < values.length; i++) {
      char kind = (char) message.get();
      values[i] =
          switch (kind) {
            case 'n' -> null;
            case 'u' -> TableState.UNCHANGED;
            case 't' -> {
              byte[] bytes = new byte[message.getInt()];
              message.get(bytes);
              yield new String(bytes, StandardCharsets.UTF_8);
            }
            default ->
                throw new IllegalStateException(
                    "unknown kind of value in pgoutput: '%c'".formatted(kind));
          };
    }
    return values;
  }

  private static String text(ByteBuffer message) {
    int begin = message.position();
    int end = begin;
    while (message.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - begin];
    message.get(bytes);
    message.get(); // the zero
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
