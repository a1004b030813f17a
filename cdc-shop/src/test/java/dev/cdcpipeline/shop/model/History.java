package dev.cdcpipeline.shop.model;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;

/**
 * One history: what happens at the source, and in which order its events arrive.
 *
 * @param fullIdentity whether the tables have REPLICA IDENTITY FULL
 * @param arrivalSeed decides how the topics interleave; the order within a topic is kept
 */
record History(List<Command> commands, boolean fullIdentity, long arrivalSeed) {
  static History of(long seed, int length) {
    Random random = new Random(seed);
    return new History(Command.history(random, length), random.nextBoolean(), random.nextLong());
  }

  History with(List<Command> fewer) {
    return new History(fewer, fullIdentity, arrivalSeed);
  }

  /** Runs it and compares; null if all is equal, else what differs. */
  String difference(Oracle oracle) throws SQLException {
    SimulatedSource source = SimulatedSource.run(commands, fullIdentity);
    try (AnalyticsDriver driver = new AnalyticsDriver()) {
      feed(driver, source.events());
      driver.pass(Duration.ofSeconds(31));
      return HistoryCheck.difference(
          oracle.results(source), driver, source.audit(), HistoryCheck.Arrival.IN_ORDER);
    } catch (RuntimeException e) {
      return e
          + " at "
          + Arrays.stream(e.getStackTrace()).limit(3).toList()
          + (e.getCause() == null ? "" : " by " + e.getCause());
    }
  }

  private void feed(AnalyticsDriver driver, List<SourceEvent> events) {
    Map<String, Queue<SourceEvent>> topics = new LinkedHashMap<>();
    events.forEach(
        event -> topics.computeIfAbsent(event.table(), t -> new ArrayDeque<>()).add(event));
    List<Queue<SourceEvent>> waiting = new ArrayList<>(topics.values());
    Random random = new Random(arrivalSeed);
    while (!waiting.isEmpty()) {
      Queue<SourceEvent> topic = waiting.get(random.nextInt(waiting.size()));
      for (int i = 1 + random.nextInt(5); i > 0 && !topic.isEmpty(); i--) {
        driver.pipe(topic.remove());
      }
      waiting.removeIf(Queue::isEmpty);
    }
  }
}
