package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class SignalledSnapshotsTest {
  private static final PostgresPartition PARTITION = new PostgresPartition("shop", "shop");

  private final PostgresReadOnlyIncrementalSnapshotContext<TableId> context =
      new PostgresReadOnlyIncrementalSnapshotContext<>();
  private final OffsetContext offset = offsetOf(context);
  private final Debezium debezium = new Debezium();
  private final List<SourceRecord> written = new ArrayList<>();
  private final SignalledSnapshots<PostgresPartition, TableId> snapshots =
      new SignalledSnapshots<>(debezium, written::add);

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

  private static OffsetContext offsetOf(IncrementalSnapshotContext<TableId> context) {
    return (OffsetContext)
        Proxy.newProxyInstance(
            OffsetContext.class.getClassLoader(),
            new Class<?>[] {OffsetContext.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getOffset" -> new HashMap<>(context.store(new HashMap<>()));
                  case "getIncrementalSnapshotContext" -> context;
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
    }

    @Override
    public void processHeartbeat(PostgresPartition partition, OffsetContext offset) {
      if (finishes) {
        context.nextDataCollection();
        finishes = false;
      }
    }

    @Override
    public void processMessage(
        PostgresPartition partition, DataCollectionId table, Object key, OffsetContext offset) {}

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
