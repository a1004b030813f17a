package dev.cdcpipeline.sink.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.transaction.DebeziumTopics.Emission;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** Whatever the history and the interleaving: the commit sequence comes out, exactly once. */
class TransactionAssemblerPropertiesTest {
  private static final List<String> TABLES = List.of("customers", "orders", "items");
  private static final int IDS = 7;

  private Path directory;

  @BeforeProperty
  void createDirectory() throws IOException {
    directory = Files.createTempDirectory("spill");
  }

  @AfterProperty
  void deleteDirectory() throws IOException {
    try (var files = Files.list(directory)) {
      assertThat(files).as("spilled files left behind").isEmpty();
    }
    Files.delete(directory);
  }

  /**
   * A step of a history: a transaction, reads of an incremental snapshot, or a connector's crash.
   */
  record Step(Kind kind, List<String> changes, int back) {
    enum Kind {
      TRANSACTION,
      INCREMENTAL,
      CRASH
    }
  }

  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<String> change =
        Combinators.combine(Arbitraries.of(TABLES), Arbitraries.integers().between(-1, IDS - 1))
            .as((table, id) -> table + ":" + id);
    Arbitrary<Step> transaction =
        change.list().ofMaxSize(9).map(c -> new Step(Step.Kind.TRANSACTION, c, 0));
    Arbitrary<Step> incremental =
        change
            .filter(c -> !c.endsWith(":-1"))
            .list()
            .ofMinSize(1)
            .ofMaxSize(4)
            .map(c -> new Step(Step.Kind.INCREMENTAL, c, 0));
    Arbitrary<Step> crash =
        Arbitraries.integers()
            .between(1, 25)
            .map(back -> new Step(Step.Kind.CRASH, List.of(), back));
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(6, transaction),
            net.jqwik.api.Tuple.of(2, incremental),
            net.jqwik.api.Tuple.of(1, crash))
        .list()
        .ofMaxSize(25);
  }

  /** Lets Debezium write a history: after a crash it writes again what it wrote last. */
  private static void write(DebeziumTopics topics, List<Step> history, Random random) {
    List<Emission> emitted = new ArrayList<>();
    for (Step step : history) {
      switch (step.kind()) {
        case TRANSACTION -> {
          List<Emission> transaction =
              topics.transaction(step.changes(), restarts(step.changes().size(), random));
          topics.emit(transaction);
          emitted.addAll(transaction);
        }
        case INCREMENTAL ->
            step.changes()
                .forEach(
                    c -> {
                      String[] parts = c.split(":");
                      topics.incremental(parts[0], List.of(Integer.valueOf(parts[1])));
                    });
        case CRASH -> {
          // Of what was written last a part may have been lost, and the rest comes again.
          int from = Math.max(0, emitted.size() - step.back());
          topics.emitAgain(emitted.subList(from, emitted.size()));
        }
      }
      if (random.nextInt(4) == 0) {
        for (PartitionId p : topics.logs().keySet()) {
          topics.skipOffsets(p, random.nextInt(3));
        }
      }
    }
  }

  /** Where in a transaction of so many changes the connector is restarted: mostly nowhere. */
  private static Set<Integer> restarts(int changes, Random random) {
    Set<Integer> restarts = new HashSet<>();
    while (random.nextInt(4) == 0) {
      restarts.add(random.nextInt(changes + 1));
    }
    return restarts;
  }

  @Property(tries = 400)
  void releasesTheCommitSequenceExactlyOnce(
      @ForAll("histories") List<Step> history, @ForAll long seed) {
    Random random = new Random(seed);
    DebeziumTopics topics =
        new DebeziumTopics(1 + random.nextInt(3), "customers", "orders", "items");
    write(topics, history, random);

    SinkModel sink =
        new SinkModel(topics, seed, directory, 20 + random.nextInt(2000), random.nextBoolean());
    sink.run(random.nextInt(5));

    assertThat(sink.applied).isEqualTo(topics.committed());
    sink.assertNothingLeft();
  }

  @Property(tries = 400)
  void putsASnapshotBeforeTheTransactionsThatFollowIt(
      @ForAll("histories") List<Step> history, @ForAll long seed) {
    Random random = new Random(seed);
    DebeziumTopics topics =
        new DebeziumTopics(1 + random.nextInt(3), "customers", "orders", "items");
    if (random.nextInt(3) == 0) {
      topics.snapshot(TABLES, IDS, random.nextInt(TABLES.size() * IDS));
    }
    int ids = random.nextInt(IDS);
    List<String> tables = TABLES.subList(0, 1 + random.nextInt(TABLES.size()));
    topics.snapshot(tables, ids, Integer.MAX_VALUE);
    Map<String, Integer> snapshot = new TreeMap<>();
    for (String table : tables) {
      for (int id = 0; id < ids; id++) {
        snapshot.put(table + id, 0);
      }
    }
    write(topics, history, random);

    SinkModel sink = new SinkModel(topics, seed, directory, 20 + random.nextInt(2000), true);
    sink.run(random.nextInt(5));

    assertThat(sink.applied).isEqualTo(topics.committed());
    if (ids > 0) {
      assertThat(sink.snapshotsVisible).isEqualTo(1);
      assertThat(sink.visible).containsAllEntriesOf(latest(topics, snapshot));
    }
    sink.assertNothingLeft();
  }

  private static Map<String, Integer> latest(DebeziumTopics topics, Map<String, Integer> snapshot) {
    Map<String, Integer> latest = new TreeMap<>();
    snapshot.forEach(
        (key, version) -> {
          String table = key.replaceAll("[0-9]+$", "");
          latest.put(key, topics.version(table, Integer.parseInt(key.substring(table.length()))));
        });
    return latest;
  }
}
