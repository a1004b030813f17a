package dev.cdcpipeline.sink.connect.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/** Several tasks that write the same tables and the same keys at the same time. */
class ManyTasksIT {
  private static final int TASKS = 4;
  private static final int ROUNDS = 25;
  private static final int KEYS = 60;
  private static final Schema KEY =
      SchemaBuilder.record("K").fields().requiredLong("id").endRecord();
  private static final Schema VALUE =
      SchemaBuilder.record("V").fields().requiredLong("id").requiredString("note").endRecord();

  @Test
  void fourTasksWithSharedKeysNeverDeadlock() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    try (TargetDatabase target = new TargetDatabase()) {
      TopicHarness harness = new TopicHarness(target, "upsert");
      harness.settings.put("tasks.max", String.valueOf(TASKS));
      // half of the flushes go by COPY
      harness.settings.put("copy.threshold", "30");
      List<List<List<SinkRecord>>> work = new ArrayList<>();
      for (int task = 0; task < TASKS; task++) {
        work.add(rounds(harness, task, new Random(seed + task)));
      }
      ExecutorService threads = Executors.newFixedThreadPool(TASKS);
      List<Future<?>> tasks = new ArrayList<>();
      for (int task = 0; task < TASKS; task++) {
        int number = task;
        tasks.add(
            threads.submit(
                () -> {
                  try (Pipeline pipeline =
                      harness.open(partition("left", number), partition("right", number))) {
                    work.get(number).forEach(round -> TopicHarness.write(pipeline, round));
                  }
                  return null;
                }));
      }
      for (Future<?> task : tasks) {
        task.get(240, TimeUnit.SECONDS);
      }
      threads.shutdown();

      assertThat(
              target.value(
                  "SELECT deadlocks FROM pg_stat_database WHERE" + " datname = current_database()"))
          .as("deadlocks; -Dseed=" + seed)
          .isEqualTo("0");
      assertThat(target.value("SELECT sum(next_offset) FROM cdc.offsets"))
          .isEqualTo(
              String.valueOf(work.stream().flatMap(List::stream).mapToInt(List::size).sum()));
    }
  }

  private static PartitionId partition(String topic, int task) {
    return new PartitionId(topic, task);
  }

  // upserts and deletes of the same keys by all, in orders of their own
  private static List<List<SinkRecord>> rounds(TopicHarness harness, int task, Random random) {
    List<List<SinkRecord>> rounds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      List<SinkRecord> round = new ArrayList<>();
      for (int k = 0; k < KEYS; k++) {
        long id = random.nextInt(KEYS) - (long) KEYS / 2;
        PartitionId partition = partition(random.nextBoolean() ? "left" : "right", task);
        byte[] key = harness.avro(new GenericRecordBuilder(KEY).set("id", id).build());
        byte[] value =
            harness.avro(
                new GenericRecordBuilder(VALUE).set("id", id).set("note", task + "." + i).build());
        round.add(harness.record(partition, key, random.nextInt(4) == 0 ? null : value));
      }
      rounds.add(round);
    }
    return rounds;
  }
}
