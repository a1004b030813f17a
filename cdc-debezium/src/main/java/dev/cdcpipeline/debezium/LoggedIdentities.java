package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.MessageDecoder;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.connector.postgresql.connection.ReplicationStream.ReplicationMessageProcessor;
import io.debezium.connector.postgresql.connection.WalPositionLocator;
import io.debezium.util.Strings;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.connect.errors.ConnectException;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;

/**
 * Reads in pgoutput's messages, before Debezium's decoder does, which columns of old rows were
 * written to the log. That decoder passes over them and asks the catalogue, which knows only what
 * is written now: a table whose REPLICA IDENTITY was changed a moment ago has changes in the log
 * that don't name their row.
 *
 * <p>The format is that of protocol version 1, which the decoder asks for (PostgreSQL, "Logical
 * Replication Message Formats").
 */
final class LoggedIdentities implements MessageDecoder {
  /** Debezium builds the decoder itself, and has no setting for another one. */
  private static final String DECODER = "messageDecoder";

  private static final int OF_IDENTITY = 1;

  private final MessageDecoder decoder;
  private final RowIdentities identities;

  LoggedIdentities(MessageDecoder decoder, RowIdentities identities) {
    this.decoder = decoder;
    this.identities = identities;
  }

  /**
   * The same connection, whose messages are looked at.
   *
   * @throws ConnectException this release of Debezium keeps its decoder elsewhere
   */
  static ReplicationConnection watched(ReplicationConnection connection, RowIdentities identities) {
    try {
      Field field = connection.getClass().getDeclaredField(DECODER);
      field.setAccessible(true);
      field.set(
          connection, new LoggedIdentities((MessageDecoder) field.get(connection), identities));
      return connection;
    } catch (ReflectiveOperationException e) {
      throw new ConnectException(
          "source connector: cannot watch the log's descriptions of tables: %s has no field %s; use the release of Debezium that this plugin comes with"
              .formatted(connection.getClass().getName(), DECODER),
          e);
    }
  }

  @Override
  public void processMessage(
      ByteBuffer buffer, ReplicationMessageProcessor processor, TypeRegistry types)
      throws SQLException, InterruptedException {
    if (buffer != null && buffer.hasRemaining()) {
      look(buffer.duplicate());
    }
    decoder.processMessage(buffer, processor, types);
  }

  private void look(ByteBuffer message) {
    switch ((char) message.get()) {
      case 'R' -> described(message);
      case 'U', 'D' -> identities.requireKey(message.getInt());
      default -> {
        // it says nothing of old rows
      }
    }
  }

  private void described(ByteBuffer message) {
    int relation = message.getInt();
    text(message); // schema
    text(message); // name
    message.get(); // which kind of REPLICA IDENTITY: the flags say all of it
    int count = message.getShort();
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean sent = (message.get() & OF_IDENTITY) != 0;
      String name = Strings.unquoteIdentifierPart(text(message));
      message.getInt(); // type
      message.getInt(); // modifier
      if (sent) {
        columns.add(name);
      }
    }
    identities.logged(relation, columns);
  }

  private static String text(ByteBuffer message) {
    int begin = message.position();
    while (message.get() != 0) {
      // to its end
    }
    byte[] bytes = new byte[message.position() - 1 - begin];
    message.get(begin, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public ChainedLogicalStreamBuilder defaultOptions(
      ChainedLogicalStreamBuilder builder, Function<Integer, Boolean> hasMinimumServerVersion) {
    return decoder.defaultOptions(builder, hasMinimumServerVersion);
  }

  @Override
  public boolean shouldMessageBeSkipped(
      ByteBuffer buffer, Lsn received, Lsn start, WalPositionLocator position) {
    return decoder.shouldMessageBeSkipped(buffer, received, start, position);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
