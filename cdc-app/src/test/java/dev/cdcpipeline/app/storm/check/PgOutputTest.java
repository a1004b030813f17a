package dev.cdcpipeline.app.storm.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.app.storm.check.PgOutput.Relation;
import dev.cdcpipeline.model.event.Lsn;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PgOutputTest {
  private final List<String> heard = new ArrayList<>();
  private final PgOutput output = new PgOutput(new Written());

  @Test
  void tellsOfEveryKindOfChangeInItsTransaction() throws IOException {
    read(message -> begin(message, 0x1_0000_0010L, 4711));
    read(PgOutputTest::relation);
    read(
        message -> {
          change(message, 'I');
          row(message, 'N', "1", null);
        });
    read(
        message -> {
          change(message, 'U');
          row(message, 'K', "1", null);
          row(message, 'N', "2", "ü");
        });
    read(
        message -> {
          change(message, 'D');
          row(message, 'O', "2", "ü");
        });
    read(
        message -> {
          message.writeByte('T');
          message.writeInt(1);
          message.writeByte(0);
          message.writeInt(99);
        });
    read(
        message -> {
          message.writeByte('C');
          message.writeByte(0);
          message.writeLong(0x1_0000_0010L);
          message.writeLong(0x1_0000_0040L);
          message.writeLong(0);
        });

    assertThat(heard)
        .containsExactly(
            "begin 1/10 4711",
            "insert things [1, null]",
            "update things [1, null] [2, ü]",
            "delete things [2, ü]",
            "truncate things",
            "commit 1/40");
  }

  @Test
  void anUpdateWithTheSameKeyHasNoOldRow() throws IOException {
    read(PgOutputTest::relation);
    read(
        message -> {
          change(message, 'U');
          row(message, 'N', "1", "a");
        });

    assertThat(heard).containsExactly("update things null [1, a]");
  }

  @Test
  void transactionIdsAreUnsigned() throws IOException {
    read(message -> begin(message, 1, 0xFFFF_FFFE));

    assertThat(heard).containsExactly("begin 0/1 4294967294");
  }

  @Test
  void anUnknownMessageIsRefused() {
    assertThatThrownBy(() -> read(message -> message.writeByte('?')))
        .hasMessage("unknown message of pgoutput: type '?'");
  }

  private interface Message {
    void write(DataOutputStream message) throws IOException;
  }

  private void read(Message message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    message.write(new DataOutputStream(bytes));
    output.read(ByteBuffer.wrap(bytes.toByteArray()));
  }

  private static void begin(DataOutputStream message, long lsn, int xid) throws IOException {
    message.writeByte('B');
    message.writeLong(lsn);
    message.writeLong(0);
    message.writeInt(xid);
  }

  private static void relation(DataOutputStream message) throws IOException {
    message.writeByte('R');
    message.writeInt(99);
    text(message, "public");
    text(message, "things");
    message.writeByte('d');
    message.writeShort(2);
    for (String column : List.of("id", "note")) {
      message.writeByte(column.equals("id") ? 1 : 0);
      text(message, column);
      message.writeInt(25);
      message.writeInt(-1);
    }
  }

  private static void change(DataOutputStream message, char type) throws IOException {
    message.writeByte(type);
    message.writeInt(99);
  }

  private static void row(DataOutputStream message, char kind, String... values)
      throws IOException {
    message.writeByte(kind);
    message.writeShort(values.length);
    for (String value : values) {
      if (value == null) {
        message.writeByte('n');
      } else {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        message.writeByte('t');
        message.writeInt(bytes.length);
        message.write(bytes);
      }
    }
  }

  private static void text(DataOutputStream message, String text) throws IOException {
    message.write(text.getBytes(StandardCharsets.UTF_8));
    message.writeByte(0);
  }

  /** Writes down what it hears. */
  private final class Written implements PgOutput.Listener {
    @Override
    public void begin(Lsn commit, long xid) {
      heard.add("begin " + commit + " " + xid);
    }

    @Override
    public void insert(Relation relation, String[] values) {
      heard.add("insert " + relation.name() + " " + Arrays.toString(values));
    }

    @Override
    public void update(Relation relation, String[] old, String[] values) {
      heard.add(
          "update %s %s %s"
              .formatted(relation.name(), Arrays.toString(old), Arrays.toString(values)));
    }

    @Override
    public void delete(Relation relation, String[] old) {
      heard.add("delete " + relation.name() + " " + Arrays.toString(old));
    }

    @Override
    public void truncate(Relation relation) {
      heard.add("truncate " + relation.name());
    }

    @Override
    public void commit(Lsn end) {
      heard.add("commit " + end);
    }
  }
}
