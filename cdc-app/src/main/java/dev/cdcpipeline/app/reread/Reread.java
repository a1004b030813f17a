package dev.cdcpipeline.app.reread;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.HttpAddress;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Has one table read again while everything goes on: an incremental snapshot, asked for by a record
 * in the signal topic of the table's source connector.
 *
 * <p>The connector stores with its offsets which signals are finished, by the id that each has: see
 * {@link SignalWait}. Markers in the source's log make it store them while nothing else is
 * committed.
 */
public final class Reread {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PAUSE_NANOS = 100_000_000L;
  private static final long SEND_SECONDS = 30;

  private final Options options;
  private final Consumer<String> progress;

  /**
   * Where the pieces answer, and how long to wait.
   *
   * @param sourceJdbcUrl the source, as a role that may read the table
   * @param pipeline Kafka's brokers and Connect's REST API
   * @param patience how long the snapshot may take
   */
  public record Options(String sourceJdbcUrl, Endpoints pipeline, Duration patience) {
    /** Without passwords. */
    @Override
    public String toString() {
      return SessionOptions.withoutSecrets(sourceJdbcUrl) + " of " + pipeline;
    }
  }

  /**
   * @param progress told what is being done
   */
  public Reread(Options options, Consumer<String> progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Has the table read and waits until the connector has sent every row of it.
   *
   * @param named the table, with or without its schema
   * @return the table with its schema
   * @throws RereadException it cannot be read, or was not in time
   */
  public String run(String named) {
    try (Connection source = DriverManager.getConnection(options.sourceJdbcUrl())) {
      SourceCatalogue catalogue = new SourceCatalogue(source);
      String table = catalogue.find(named);
      catalogue.check(table);
      ConnectClient connect = new ConnectClient(options.pipeline().connect());
      CapturingConnector connector = CapturingConnector.of(connect, table);
      progress.accept("asking connector " + connector.name() + " to read " + table + " again");
      awaitEnd(connect, connector, table, source);
      return table;
    } catch (SQLException e) {
      throw new RereadException(
          "cannot read the source's catalogue: SQLSTATE " + e.getSQLState() + ", " + e.getMessage(),
          e);
    } catch (IOException e) {
      throw new RereadException(
          "cannot ask Connect at "
              + HttpAddress.of(options.pipeline().connectUrl())
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private void signal(CapturingConnector connector, String table, String id) {
    ObjectNode signal = JSON.createObjectNode();
    signal.put("id", id);
    signal.put("type", "execute-snapshot");
    ObjectNode data = signal.putObject("data");
    data.put("type", "INCREMENTAL");
    data.putArray("data-collections").add(pattern(table));
    Map<String, Object> config =
        options
            .pipeline()
            .kafkaClient(
                Map.of(
                    ProducerConfig.MAX_BLOCK_MS_CONFIG, TimeUnit.SECONDS.toMillis(SEND_SECONDS)));
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      producer
          .send(
              new ProducerRecord<>(
                  connector.signalTopic(), connector.topicPrefix(), signal.toString()))
          .get(SEND_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RereadException("interrupted while sending the signal", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new RereadException(
          "cannot write into topic %s: %s"
              .formatted(
                  connector.signalTopic(), e.getCause() == null ? e : e.getCause().getMessage()),
          e);
    }
  }

  /** Debezium takes the names in a signal for regular expressions. */
  static String pattern(String table) {
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < table.length(); i++) {
      char c = table.charAt(i);
      if (!Character.isLetterOrDigit(c) && c != '_' && c != '.') {
        pattern.append('\\');
      }
      pattern.append(c);
    }
    return pattern.toString();
  }

  private void awaitEnd(
      ConnectClient connect, CapturingConnector connector, String table, Connection source)
      throws IOException, SQLException {
    String id = UUID.randomUUID().toString();
    SignalWait wait = new SignalWait(id, table, connector.saysWhatIsDone(), System::nanoTime);
    long start = System.nanoTime();
    boolean told = false;
    while (true) {
      switch (wait.next(connect.offsets(connector.name()), mark(source))) {
        case SEND -> signal(connector, table, id);
        case DONE -> {
          progress.accept("the connector has read all of " + table);
          return;
        }
        case WAIT -> {}
      }
      if (wait.hasBegun() && !told) {
        told = true;
        progress.accept("the connector reads " + table);
      }
      if (System.nanoTime() - start > options.patience().toNanos()) {
        throw new RereadException(
            told
                ? "the connector has not read all of %s within %d s; it goes on: see cdc status"
                    .formatted(table, options.patience().toSeconds())
                : "connector %s did not begin to read %s within %d s; its log says why"
                    .formatted(connector.name(), table, options.patience().toSeconds()));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Puts a marker into the source's log and returns its place. */
  private static Lsn mark(Connection source) throws SQLException {
    return Lsn.parse(
        Query.of("SELECT pg_logical_emit_message(true, 'cdc', 'marker')").text(source));
  }
}
