package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.connector.postgresql.PgSnapshot;
import io.debezium.connector.postgresql.PostgresPartition;
import io.debezium.connector.postgresql.PostgresReadOnlyIncrementalSnapshotContext;
import io.debezium.pipeline.signal.SignalPayload;
import io.debezium.pipeline.signal.actions.snapshotting.SnapshotConfiguration;
import io.debezium.pipeline.source.snapshot.incremental.IncrementalSnapshotChangeEventSource;
import io.debezium.pipeline.source.snapshot.incremental.IncrementalSnapshotContext;
import io.debezium.pipeline.spi.OffsetContext;
import io.debezium.relational.TableId;
import io.debezium.spi.schema.DataCollectionId;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class SignalledSnapshotsTest {
  private static final Schema SOURCE =
      SchemaBuilder.struct().field("txId", Schema.OPTIONAL_INT64_SCHEMA).build();
  private static final PostgresPartition PARTITION = new PostgresPartition("shop", "shop");

  private final PostgresReadOnlyIncrementalSnapshotContext<TableId> context =
      new PostgresReadOnlyIncrementalSnapshotContext<>();
  private final OffsetContext offset = offsetOf(context);
  private final Debezium debezium = new Debezium();
  private final List<SourceRecord> written = new ArrayList<>();
  private final SignalledSnapshots<PostgresPartition, TableId> snapshots =
      new SignalledSnapshots<>(debezium, written::add, this::endOfLog, () -> this.now);

  private long streamed = 100;
  private long end = 100;
  private String lastEvent = "COMMIT";
  private boolean noConnection;
  private int asked;
  private long now;

  @Test
  void aSignalWaitsForTheStreamsThreadBetweenTransactions() throws InterruptedException {
    signal("one", "public.a");
    assertThat(debezium.obeyedBy).isEmpty();

    snapshots.processMessage(PARTITION, null, null, offset);
    snapshots.processTransactionStartedEvent(PARTITION, offset);
    assertThat(debezium.obeyedBy).as("within a transaction").isEmpty();

    snapshots.processTransactionCommittedEvent(PARTITION, offset);
    assertThat(debezium.obeyedBy).containsExactly(Thread.currentThread());
  }

  @Test
  void aSignalIsDoneBehindTheRowsOfItsLastTable() throws InterruptedException {
    signal("one", "public.a", "public.b");
    signal("two", "public.a");
    idle();

    finishTable();
    assertThat(done()).isEmpty();
    finishTable();
    assertThat(done()).containsExactly("one");
    finishTable();
    assertThat(done()).containsExactly("one", "two");
  }

  /** A table without rows is finished before Debezium has obeyed. */
  @Test
  void aSignalForAnEmptyTableIsDoneAtOnce() throws InterruptedException {
    debezium.empty = true;
    signal("one", "public.a");
    idle();

    assertThat(done()).containsExactly("one");
  }

  @Test
  void aSnapshotThatGoesOnAfterARestartKeepsItsSignal() throws InterruptedException {
    context.addDataCollectionNamesToSnapshot("one", List.of("public.a"), List.of(), "");
    idle();
    finishTable();

    assertThat(done()).containsExactly("one");
  }

  @Test
  void aSignalThatFailsDoesNotEndTheStreamAndIsNotDone() throws InterruptedException {
    debezium.fails = true;
    signal("one", "public.a");
    idle();
    debezium.fails = false;
    signal("two", "public.a");
    idle();
    finishTable();

    assertThat(done()).containsExactly("two");
  }

  @Test
  void aChunkIsSentWhenTheStreamIsPastWhatItMayShow() throws InterruptedException {
    end = 200;
    signal("one", "public.a");
    idle();
    assertThat(debezium.chunksRead).isOne();
    end = 300;

    for (streamed = 110; streamed < 200; streamed += 10) {
      transaction();
    }
    assertThat(debezium.chunksSent).as("the stream is behind").isZero();
    assertThat(debezium.changesSeen).as("their keys are dropped from the chunk").isEqualTo(9);

    streamed = 200;
    transaction();
    assertThat(debezium.chunksSent).isOne();
    assertThat(debezium.chunksRead).as("the next one waits for what it may show").isEqualTo(2);
    streamed = 299;
    idle();
    assertThat(debezium.chunksSent).isOne();
    streamed = 300;
    idle();
    assertThat(debezium.chunksSent).isEqualTo(2);
  }

  @Test
  void aChunkIsNotSentWithinATransaction() throws InterruptedException {
    signal("one", "public.a");
    idle();
    snapshots.processTransactionStartedEvent(PARTITION, offset);
    snapshots.processMessage(PARTITION, null, null, offset);
    idle();
    assertThat(debezium.chunksSent).isZero();

    snapshots.processTransactionCommittedEvent(PARTITION, offset);
    assertThat(debezium.chunksSent).isOne();
  }

  @Test
  void aChunkWaitsUntilTheEndOfTheLogIsKnown() throws InterruptedException {
    noConnection = true;
    signal("one", "public.a");
    for (int i = 0; i < 100; i++) {
      transaction();
    }
    assertThat(debezium.chunksSent).isZero();
    assertThat(asked).as("the stream is not held up").isEqualTo(2);

    noConnection = false;
    now += 1_000_000_000;
    idle();
    assertThat(debezium.chunksSent).isOne();
  }

  /** A row that was read before it is in no event that follows. */
  @Test
  void aTruncatedTablesChunkIsReadAgain() throws InterruptedException {
    signal("one", "public.a");
    idle();
    end = 200;
    lastEvent = "TRUNCATE";
    snapshots.processMessage(PARTITION, TableId.parse("public.other"), null, offset);
    assertThat(debezium.chunksRead).isOne();

    snapshots.processMessage(PARTITION, TableId.parse("public.a"), null, offset);
    assertThat(debezium.chunksRead).isEqualTo(2);
    idle();
    assertThat(debezium.chunksSent).as("what it may show is streamed later").isZero();
  }

  @Test
  void aSnapshotThatIsPausedReadsNoChunkUntilItIsResumedOrStopped() throws InterruptedException {
    signal("one", "public.a");
    context.pauseSnapshot();
    idle();
    assertThat(debezium.calls).isZero();

    snapshots.requestStopSnapshot(PARTITION, offset, Map.of(), List.of());
    idle();
    idle();
    assertThat(debezium.calls).as("it reads the request").isOne();

    context.resumeSnapshot();
    idle();
    idle();
    assertThat(debezium.chunksSent).isOne();
  }

  @Test
  void theOffsetOfTheLastRecordNamesTheSignalsThatAreDone() throws InterruptedException {
    debezium.empty = true;
    signal("one", "public.a");
    idle();
    SourceRecord row = record("row");
    SnapshotsDone signals = new SnapshotsDone(Map.of("snapshot_signals_done", "before"));

    List<SourceRecord> stored = signals.storedWith(List.of(record("other"), row, written.get(0)));

    assertThat(stored.stream().map(SourceRecord::key).toList()).isEqualTo(List.of("other", "row"));
    assertThat(doneBy(stored.get(0))).isNull();
    assertThat(doneBy(stored.get(1))).isEqualTo("before one");
    assertThat(doneBy(signals.storedWith(List.of(row)).get(0)))
        .as("every later offset says it, too")
        .isEqualTo("before one");
  }

  @Test
  void onlyTheLastSignalsAreRemembered() {
    SnapshotsDone signals = new SnapshotsDone(null);
    for (int i = 1; i <= 100; i++) {
      signals.storedWith(
          List.of(SnapshotsDone.record("id" + i, PARTITION.getSourcePartition(), offset)));
    }

    assertThat(doneBy(signals.storedWith(List.of(record("row"))).get(0)))
        .startsWith("id81 id82")
        .endsWith("id100");
  }

  private static SourceRecord record(String key) {
    return new SourceRecord(Map.of(), Map.of("lsn", 1L), "topic", null, key, null, null);
  }

  private static String doneBy(SourceRecord record) {
    return (String) record.sourceOffset().get("snapshot_signals_done");
  }

  private List<String> done() {
    return written.stream().map(record -> record.key().toString()).toList();
  }

  private void transaction() throws InterruptedException {
    snapshots.processTransactionStartedEvent(PARTITION, offset);
    snapshots.processMessage(PARTITION, TableId.parse("public.a"), "key", offset);
    snapshots.processTransactionCommittedEvent(PARTITION, offset);
  }

  private void idle() throws InterruptedException {
    snapshots.processHeartbeat(PARTITION, offset);
  }

  private void finishTable() throws InterruptedException {
    debezium.finishes = true;
    idle();
  }

  /** In another thread, as Debezium's. */
  private void signal(String id, String... tables) throws InterruptedException {
    Thread signals =
        new Thread(
            () -> {
              try {
                snapshots.addDataCollectionNamesToSnapshot(
                    new SignalPayload<>(PARTITION, id, "execute-snapshot", null, offset, Map.of()),
                    SnapshotConfiguration.Builder.builder()
                        .dataCollections(List.of(tables))
                        .build());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    signals.start();
    signals.join();
  }

  private Map<String, Object> position() {
    Map<String, Object> position = context.store(new HashMap<>());
    position.putAll(Map.of("lsn", streamed, "txId", 7L, "messageType", lastEvent));
    return position;
  }

  private long endOfLog() throws SQLException {
    asked++;
    if (noConnection) {
      throw new SQLException("connection refused");
    }
    return end;
  }

  private OffsetContext offsetOf(IncrementalSnapshotContext<TableId> context) {
    return (OffsetContext)
        Proxy.newProxyInstance(
            OffsetContext.class.getClassLoader(),
            new Class<?>[] {OffsetContext.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getOffset" -> position();
                  case "getIncrementalSnapshotContext" -> context;
                  case "getSourceInfo" -> new Struct(SOURCE).put("txId", 7L);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  /** Debezium's incremental snapshots, which read a table when they are told to. */
  private final class Debezium
      implements IncrementalSnapshotChangeEventSource<PostgresPartition, TableId> {
    private final List<Thread> obeyedBy = new ArrayList<>();
    private boolean empty;
    private boolean fails;
    private boolean finishes;
    private int chunksRead;
    private int chunksSent;
    private int changesSeen;
    private int calls;

    @Override
    public void addDataCollectionNamesToSnapshot(
        SignalPayload<PostgresPartition> signal, SnapshotConfiguration configuration) {
      if (fails) {
        throw new IllegalStateException("the connection is closed");
      }
      obeyedBy.add(Thread.currentThread());
      context.addDataCollectionNamesToSnapshot(
          signal.id, configuration.getDataCollections(), List.of(), "");
      while (empty && context.snapshotRunning()) {
        context.nextDataCollection();
      }
      readChunk();
    }

    @Override
    public void processMessage(
        PostgresPartition partition, DataCollectionId table, Object key, OffsetContext offset) {
      calls++;
      context.updateWindowState(offset);
      if (!context.isWindowClosed()) {
        changesSeen++;
        return;
      }
      if (chunksRead > chunksSent) {
        chunksSent++;
      }
      if (finishes) {
        context.nextDataCollection();
        finishes = false;
      }
      readChunk();
    }

    @Override
    public void processSchemaChange(
        PostgresPartition partition, OffsetContext offset, DataCollectionId table) {
      readChunk();
    }

    private void readChunk() {
      if (context.snapshotRunning() && !context.isSnapshotPaused()) {
        chunksRead++;
        // ids that no event of the stream has, as after 2^32 transactions
        context.setLowWatermark(PgSnapshot.valueOf("4294968000:4294968000:"));
        context.setHighWatermark(PgSnapshot.valueOf("4294968000:4294968000:"));
      }
    }

    @Override
    public void init(PostgresPartition partition, OffsetContext offset) {}

    @Override
    public void closeWindow(PostgresPartition partition, String id, OffsetContext offset) {}

    @Override
    public void pauseSnapshot(PostgresPartition partition, OffsetContext offset) {}

    @Override
    public void resumeSnapshot(PostgresPartition partition, OffsetContext offset) {}

    @Override
    public void requestStopSnapshot(
        PostgresPartition partition,
        OffsetContext offset,
        Map<String, Object> additional,
        List<String> tables) {}
  }
}
