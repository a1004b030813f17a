package dev.cdcpipeline.sink.connect.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.connect.topic.ItemEvents.Item;
import dev.cdcpipeline.sink.connect.topic.ItemEvents.Place;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of a source table, delivered by two tasks at their own pace, with replays and
 * with snapshots read again: in the end the mirror has the source's rows. Run one again with {@code
 * -Dseed=…}.
 */
class MirrorHistoriesIT {
  private static final String TOPIC = "shop.public.items";
  private static final int PARTITIONS = 4;
  private static final int KEYS = 14;
  private static final int TRANSACTIONS = 120;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void theMirrorEqualsTheSource(int number) throws Exception {
    long seed = Long.getLong("seed", System.nanoTime() + number);
    Random random = new Random(seed);
    try (TargetDatabase target = new TargetDatabase()) {
      TopicHarness harness = new TopicHarness(target, "mirror");
      harness.settings.put("tasks.max", "2");
      harness.settings.put("copy.threshold", random.nextBoolean() ? "3" : "500");
      harness.settings.put("flush.max.rows", String.valueOf(1 + random.nextInt(60)));
      History history = new History(target, new ItemEvents(harness), random);
      history.live();
      deliver(harness, history, new Random(seed + 1));

      assertThat(harness.reasons).as("dead letters; -Dseed=" + seed).isEmpty();
      assertThat(rows(target, "mirror"))
          .as("mirror; -Dseed=" + seed)
          .isEqualTo(rows(target, "source"));
      assertThat(
              target.value(
                  "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
          .as("deadlocks; -Dseed=" + seed)
          .isEqualTo("0");
    }
  }

  private static List<String> rows(TargetDatabase target, String schema) throws Exception {
    return target.rows(
        "SELECT id::text, note::text, amount::text, story::text, doc::text FROM "
            + schema
            + ".items ORDER BY id");
  }

  // each task takes its partitions' records in chunks of its own, in its own time
  private static void deliver(TopicHarness harness, History history, Random random)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<Future<?>> tasks = new ArrayList<>();
    for (int task = 0; task < 2; task++) {
      List<PartitionId> own = new ArrayList<>();
      for (int p = task; p < PARTITIONS; p += 2) {
        own.add(new PartitionId(TOPIC, p));
      }
      long seed = random.nextLong();
      tasks.add(
          threads.submit(
              () -> {
                take(harness, history, own, new Random(seed));
                return null;
              }));
    }
    for (Future<?> task : tasks) {
      task.get(240, TimeUnit.SECONDS);
    }
    threads.shutdown();
  }

  private static void take(
      TopicHarness harness, History history, List<PartitionId> own, Random random) {
    Map<PartitionId, Integer> next = new LinkedHashMap<>();
    own.forEach(p -> next.put(p, 0));
    while (!next.isEmpty()) {
      // a task that is moved goes on where the ledger stands
      try (Pipeline pipeline = harness.open(own.toArray(PartitionId[]::new))) {
        for (int polls = 1 + random.nextInt(20); polls > 0 && !next.isEmpty(); polls--) {
          List<SinkRecord> poll = new ArrayList<>();
          for (PartitionId partition : List.copyOf(next.keySet())) {
            List<SinkRecord> log = history.logs().get(partition);
            int from = next.get(partition);
            int to = Math.min(log.size(), from + random.nextInt(40));
            poll.addAll(log.subList(from, to));
            next.put(partition, to);
            if (to == log.size()) {
              next.remove(partition);
            }
          }
          TopicHarness.write(pipeline, poll);
        }
      }
    }
  }

  /** The source's life, as a table in the same server and as Debezium's topic. */
  private static final class History {
    private static final String[] STORIES = {"once", "upon", "a time", null};
    private final TargetDatabase database;
    private final ItemEvents events;
    private final Random random;
    private final TreeMap<Integer, Item> rows = new TreeMap<>();
    private final Map<PartitionId, List<SinkRecord>> logs = new LinkedHashMap<>();
    private final Map<PartitionId, Integer> firstStreamed = new LinkedHashMap<>();
    private long lsn = 1_000;
    private Long lastCommit;
    private int serial;

    History(TargetDatabase database, ItemEvents events, Random random) throws Exception {
      this.database = database;
      this.events = events;
      this.random = random;
      database.run(
          "CREATE SCHEMA source; CREATE TABLE source.items (id int PRIMARY KEY, note text, amount"
              + " numeric(10,2), story text, doc text)");
      for (int p = 0; p < PARTITIONS; p++) {
        logs.put(new PartitionId(TOPIC, p), new ArrayList<>());
      }
    }

    Map<PartitionId, List<SinkRecord>> logs() {
      return logs;
    }

    void live() throws Exception {
      for (int id = 0; id < KEYS / 2; id++) {
        Item item = item(id);
        rows.put(id, item);
        store(item);
      }
      lsn += 10;
      snapshot();
      // Debezium does not know the commit before the first transaction that it streams
      transaction(places(1), false);
      logs.forEach((partition, log) -> firstStreamed.put(partition, log.size()));
      for (int i = 0; i < TRANSACTIONS; i++) {
        switch (random.nextInt(12)) {
          case 0 -> reread();
          case 1 -> replay();
          case 2, 3 -> interleaved();
          default -> transaction(places(1 + random.nextInt(5)), true);
        }
      }
      replay();
    }

    private List<Long> places(int count) {
      List<Long> places = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        lsn += 1 + random.nextInt(9);
        places.add(lsn);
      }
      return places;
    }

    /** One transaction with a change at each of these places. */
    private void transaction(List<Long> places, boolean mayTruncate) throws Exception {
      long order = 0;
      for (long at : places) {
        order = change(at, order, random.nextInt(KEYS), mayTruncate);
      }
      commit();
    }

    private void commit() {
      lsn += 3;
      lastCommit = lsn;
    }

    /** Two transactions at once: the one that commits later has lower places, too. */
    private void interleaved() throws Exception {
      List<Long> places = places(6);
      Long before = lastCommit;
      // no key of the one is the other's: it would have waited
      for (int i = 0; i < 6; i += 2) {
        change(places.get(i + 1), i / 2, 2 * random.nextInt(KEYS / 2), false);
      }
      commit();
      assertThat(lastCommit).isNotEqualTo(before);
      for (int i = 0; i < 6; i += 2) {
        change(places.get(i), i / 2, 2 * random.nextInt(KEYS / 2) + 1, false);
      }
      commit();
    }

    private long change(long at, long order, int id, boolean mayTruncate) throws Exception {
      Item known = rows.get(id);
      int dice = random.nextInt(100);
      if (mayTruncate && dice < 3) {
        rows.clear();
        database.run("TRUNCATE source.items");
        append(
            new PartitionId(TOPIC, random.nextInt(PARTITIONS)),
            null,
            events.truncate(Place.streamed(lastCommit, at, order + 1)));
        return order + 1;
      }
      if (known == null) {
        Item created = item(id);
        put("c", created, created, at, order + 1);
        return order + 1;
      }
      if (dice < 20) {
        remove(id, at, order + 1);
        return order + 1;
      }
      int other = (id + 2 * (1 + random.nextInt(KEYS / 2 - 1))) % KEYS;
      if (dice < 35 && !rows.containsKey(other)) {
        remove(id, at, order + 1);
        Item moved = new Item(other, known.note(), known.amount(), known.story(), known.doc());
        put("c", moved, moved, at, order + 2);
        return order + 2;
      }
      Item now = item(id);
      boolean keepsStory = known.story() != null && random.nextInt(3) > 0;
      boolean keepsDoc = known.doc() != null && random.nextInt(3) > 0;
      Item stored =
          new Item(
              id,
              now.note(),
              now.amount(),
              keepsStory ? known.story() : now.story(),
              keepsDoc ? known.doc() : now.doc());
      Item sent =
          new Item(
              id,
              now.note(),
              now.amount(),
              keepsStory ? ItemEvents.UNAVAILABLE : now.story(),
              keepsDoc ? ItemEvents.UNAVAILABLE : now.doc());
      put("u", stored, sent, at, order + 1);
      return order + 1;
    }

    private Item item(int id) {
      serial++;
      return new Item(
          id,
          random.nextInt(5) == 0 ? null : "n" + serial,
          BigDecimal.valueOf(random.nextInt(2_000_000) - 1_000_000L, 2),
          STORIES[random.nextInt(STORIES.length)],
          random.nextBoolean() ? "d" + serial : null);
    }

    private void put(String op, Item stored, Item sent, long at, long order) throws Exception {
      rows.put(stored.id(), stored);
      store(stored);
      append(
          partition(sent.id()),
          events.key(sent.id()),
          events.upsert(op, sent, Place.streamed(lastCommit, at, order)));
    }

    private void remove(int id, long at, long order) throws Exception {
      rows.remove(id);
      database.run("DELETE FROM source.items WHERE id = " + id);
      append(
          partition(id), events.key(id), events.delete(id, Place.streamed(lastCommit, at, order)));
      append(partition(id), events.key(id), null);
    }

    private void store(Item item) throws Exception {
      database.run(
          "INSERT INTO source.items VALUES (%d, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET note = excluded.note, amount = excluded.amount, story = excluded.story, doc = excluded.doc"
              .formatted(
                  item.id(),
                  literal(item.note()),
                  item.amount(),
                  literal(item.story()),
                  literal(item.doc())));
    }

    private static String literal(String text) {
      return text == null ? "NULL" : "'" + text + "'";
    }

    private void snapshot() {
      for (Item item : rows.values()) {
        read(item, Place.snapshot(lsn));
      }
    }

    /** Some or all rows are read again, as an incremental or a whole snapshot does. */
    private void reread() {
      boolean whole = random.nextInt(3) == 0;
      lsn += whole ? 10 : 0;
      for (Item item : rows.values()) {
        if (whole || random.nextBoolean()) {
          read(item, whole ? Place.snapshot(lsn) : Place.incremental(lastCommit));
        }
      }
    }

    private void read(Item item, Place place) {
      append(partition(item.id()), events.key(item.id()), events.upsert("r", item, place));
    }

    /** A stretch of a partition comes again: to its end, or only so far. */
    private void replay() {
      List<PartitionId> partitions = List.copyOf(logs.keySet());
      PartitionId partition = partitions.get(random.nextInt(partitions.size()));
      List<SinkRecord> log = logs.get(partition);
      // what can't be ordered is applied whenever it comes: then all behind it has to come, too
      boolean toTheEnd = random.nextBoolean();
      int first = toTheEnd ? 0 : firstStreamed.get(partition);
      if (first >= log.size()) {
        return;
      }
      int from = first + random.nextInt(log.size() - first);
      int to = toTheEnd ? log.size() : from + random.nextInt(log.size() - from);
      for (SinkRecord record : List.copyOf(log.subList(from, to))) {
        append(partition, record.key(), record.value());
      }
    }

    private void append(PartitionId partition, Object key, Object value) {
      List<SinkRecord> log = logs.get(partition);
      log.add(TopicHarness.at(partition, log.size(), key, value));
    }

    private static PartitionId partition(int id) {
      return new PartitionId(TOPIC, Math.floorMod(Objects.hash(id), PARTITIONS));
    }
  }
}
