package dev.cdcpipeline.sink.transaction;

import static dev.cdcpipeline.sink.transaction.DebeziumTopics.KEYLESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.transaction.DebeziumTopics.Committed;
import dev.cdcpipeline.sink.transaction.DebeziumTopics.Emissions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
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
    // what a failed try left must not hide its failure
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /**
   * A step of a history: a transaction, reads of an incremental snapshot, a redelivery of the last
   * whole transactions, or a transaction of which a part was handed on when the connector lost its
   * place and read everything again.
   *
   * @param numbers places at which the transaction is cut, one for each restart inside it; or how
   *     many transactions are delivered again, one for each restart; or where the transaction is
   *     given up, then after how many rows each snapshot but the last is
   */
  record Step(Kind kind, List<String> changes, List<Integer> numbers) {
    enum Kind {
      TRANSACTION,
      INCREMENTAL,
      REDELIVERY,
      LOST_PLACE
    }
  }

  @Provide
  Arbitrary<List<Step>> histories() {
    return steps().list().ofMaxSize(25);
  }

  /** Histories in which the connector loses its place. */
  @Provide
  Arbitrary<List<Step>> historiesWithLosses() {
    Arbitrary<Step> loss =
        Combinators.combine(
                Combinators.combine(
                        Arbitraries.of(TABLES), Arbitraries.integers().between(0, IDS - 1))
                    .as((table, id) -> table + ":" + id)
                    .list()
                    .ofMinSize(1)
                    .ofMaxSize(12),
                Arbitraries.integers().between(1, 20).list().ofMinSize(1).ofMaxSize(3))
            .as((changes, numbers) -> new Step(Step.Kind.LOST_PLACE, changes, numbers));
    return Arbitraries.frequencyOf(Tuple.of(5, steps()), Tuple.of(1, loss)).list().ofMaxSize(25);
  }

  private static Arbitrary<Step> steps() {
    Arbitrary<String> change =
        Combinators.combine(Arbitraries.of(TABLES), Arbitraries.integers().between(-1, IDS - 1))
            .as((table, id) -> table + ":" + id);
    Arbitrary<String> keyless =
        Arbitraries.integers().between(-1, IDS - 1).map(id -> KEYLESS + ":" + id);
    Arbitrary<List<Integer>> cuts =
        Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.just(List.of())),
            Tuple.of(1, Arbitraries.integers().between(0, 20).list().ofMinSize(1).ofMaxSize(3)));
    Arbitrary<Step> transaction =
        Combinators.combine(
                Arbitraries.frequencyOf(Tuple.of(3, change), Tuple.of(1, keyless))
                    .list()
                    .ofMaxSize(12),
                cuts)
            .as((changes, restarts) -> new Step(Step.Kind.TRANSACTION, changes, restarts));
    Arbitrary<Step> incremental =
        change
            .filter(c -> !c.endsWith(":-1"))
            .list()
            .ofMinSize(1)
            .ofMaxSize(4)
            .map(c -> new Step(Step.Kind.INCREMENTAL, c, List.of()));
    Arbitrary<Step> redelivery =
        Arbitraries.integers()
            .between(1, 5)
            .list()
            .ofMinSize(1)
            .ofMaxSize(2)
            .map(back -> new Step(Step.Kind.REDELIVERY, List.of(), back));
    return Arbitraries.frequencyOf(
        Tuple.of(6, transaction), Tuple.of(2, incremental), Tuple.of(1, redelivery));
  }

  /** Lets the source connector write a history, restarts included. */
  private static void write(DebeziumTopics topics, List<Step> history, Random random) {
    List<Emissions> emitted = new ArrayList<>();
    for (Step step : history) {
      switch (step.kind()) {
        case TRANSACTION -> {
          Emissions transaction = topics.transaction(step.changes());
          for (int cut : step.numbers()) {
            topics.emitPart(transaction, cut);
            if (random.nextInt(3) == 0) {
              redeliver(topics, emitted, 1 + random.nextInt(3), random);
            }
          }
          topics.emit(transaction);
          emitted.add(transaction);
        }
        case INCREMENTAL ->
            step.changes()
                .forEach(
                    c -> {
                      String[] parts = c.split(":");
                      topics.incremental(parts[0], List.of(Integer.valueOf(parts[1])));
                    });
        case REDELIVERY -> step.numbers().forEach(back -> redeliver(topics, emitted, back, random));
        case LOST_PLACE -> {
          // one before it, so that its place is known
          topics.emit(topics.transaction(List.of("orders:0")));
          Emissions lost = topics.transaction(step.changes());
          // a part has at least one change: a BEGIN alone is never handed on
          topics.emitPart(lost, 1 + step.numbers().get(0) % (lost.cuts().size() - 1));
          for (int rows : step.numbers().subList(1, step.numbers().size())) {
            topics.snapshot(TABLES, IDS, rows);
          }
          topics.standsInForLast(topics.snapshot(TABLES, IDS, Integer.MAX_VALUE));
          emitted.clear();
        }
      }
      if (random.nextInt(4) == 0) {
        for (PartitionId p : topics.logs().keySet()) {
          topics.skipOffsets(p, random.nextInt(3));
        }
      }
    }
  }

  /** The last transactions once more; the connector may be restarted in the middle of that, too. */
  private static void redeliver(
      DebeziumTopics topics, List<Emissions> emitted, int back, Random random) {
    List<Emissions> last = emitted.subList(Math.max(0, emitted.size() - back), emitted.size());
    if (!last.isEmpty() && random.nextInt(3) == 0) {
      int whole = random.nextInt(last.size());
      last.subList(0, whole).forEach(topics::emit);
      topics.emitPart(last.get(whole), random.nextInt(20));
    }
    last.forEach(topics::emit);
  }

  @Property(tries = 400)
  void releasesTheCommitSequenceExactlyOnce(
      @ForAll("histories") List<Step> history, @ForAll long seed) {
    Random random = new Random(seed);
    DebeziumTopics topics =
        new DebeziumTopics(1 + random.nextInt(3), "customers", "orders", "items", KEYLESS);
    write(topics, history, random);

    SinkModel sink =
        new SinkModel(topics, seed, directory, 20 + random.nextInt(2000), random.nextBoolean());
    sink.run(random.nextInt(5));

    assertThat(sink.applied).isEqualTo(topics.committed());
    sink.assertNothingLeft();
    sink.close();
    assertThat(directory).as("spilled files left behind").isEmptyDirectory();
  }

  @Property(tries = 400)
  void putsASnapshotBeforeTheTransactionsThatFollowIt(
      @ForAll("histories") List<Step> history, @ForAll long seed) {
    Random random = new Random(seed);
    DebeziumTopics topics =
        new DebeziumTopics(1 + random.nextInt(3), "customers", "orders", "items", KEYLESS);
    int ids = random.nextInt(IDS);
    if (ids > 0 && random.nextInt(3) == 0) {
      topics.snapshot(TABLES, IDS, random.nextInt(TABLES.size() * IDS));
    }
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
    sink.close();
    assertThat(directory).as("spilled files left behind").isEmptyDirectory();
  }

  /** What a snapshot has of a transaction that never ends comes out with the snapshot alone. */
  @Property(tries = 1000)
  void aSnapshotStandsInForWhatWasHandedOnInPart(
      @ForAll("historiesWithLosses") List<Step> history, @ForAll long seed) {
    Random random = new Random(seed);
    DebeziumTopics topics =
        new DebeziumTopics(1 + random.nextInt(3), "customers", "orders", "items", KEYLESS);
    write(topics, history, random);

    SinkModel sink =
        new SinkModel(topics, seed, directory, 20 + random.nextInt(2000), random.nextBoolean());
    sink.run(random.nextInt(5));

    assertThat(sink.applied).isEqualTo(demanded(topics, sink));
    if (history.stream().anyMatch(step -> step.kind() == Step.Kind.LOST_PLACE)) {
      assertThat(sink.snapshotsVisible).isPositive();
      assertThat(sink.visible).containsAllEntriesOf(latest(topics, sink.visible));
    }
    sink.assertNothingLeft();
    sink.close();
    assertThat(directory).as("spilled files left behind").isEmptyDirectory();
  }

  /** A restart after each record that is read: at every place at which a ledger can stand. */
  @Property(tries = 15)
  void releasesTheCommitSequenceWhereverTheSinkIsRestarted(
      @ForAll("historiesWithLosses") @Size(max = 5) List<Step> history, @ForAll long seed) {
    int records = 0;
    for (int at = 0; at <= records; at++) {
      DebeziumTopics topics = new DebeziumTopics(2, "customers", "orders", "items", KEYLESS);
      write(topics, history, new Random(seed));
      records = topics.logs().values().stream().mapToInt(List::size).sum();
      SinkModel sink = new SinkModel(topics, seed, directory, 500, false);
      for (int step = 0; step < at; step++) {
        sink.step();
      }
      sink.restart();
      sink.run(0);

      assertThat(sink.applied).as("restarted after %d steps", at).isEqualTo(demanded(topics, sink));
      assertThat(sink.visible).containsAllEntriesOf(latest(topics, sink.visible));
      sink.assertNothingLeft();
      sink.close();
      assertThat(directory).as("spilled files left behind").isEmptyDirectory();
    }
  }

  /** All transactions that ended; those in a snapshot alone only if they were applied. */
  private static List<Committed> demanded(DebeziumTopics topics, SinkModel sink) {
    List<Committed> demanded = new ArrayList<>(topics.committed());
    demanded.removeIf(c -> topics.mayBeInASnapshotOnly(c) && !sink.applied.contains(c));
    return demanded;
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
