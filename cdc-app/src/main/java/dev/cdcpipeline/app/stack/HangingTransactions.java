package dev.cdcpipeline.app.stack;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds transactions on Kafka that are open in partitions and that no coordinator knows any more,
 * and ends them. Readers of committed records wait for such a one for ever: the sinks, and Connect
 * itself when it starts.
 *
 * <p>A lone broker of Kafka 4.3 leaves one behind when it is killed while a transaction is being
 * committed, and is fenced while it starts again: it then has no leader for the partitions, takes
 * them for deleted, and writes that the transaction is complete without having told them.
 *
 * <p>Such a transaction is aborted only if the partition with its writer's offsets hangs, too. The
 * writer then begins before it again, and nothing is lost; otherwise the writer has gone on, and
 * its next commit in the same partition ends what hangs there. Not thread-safe.
 */
public final class HangingTransactions {
  /** Where writers keep what they begin from: Kafka Streams, and Connect's sources and worker. */
  private static final Set<String> OFFSETS =
      Set.of("__consumer_offsets", "cdc-connect-offsets", "cdc-connect-configs");

  private final Consumer<String> say;
  private final Set<Long> left = new HashSet<>();
  private Set<Open> before = Set.of();

  /**
   * A partition in which a producer's transaction is open.
   *
   * @param coordinatorEpoch of the last marker that the partition has from the coordinator
   * @param start the transaction's first offset there
   */
  record Open(
      TopicPartition partition, long producerId, int epoch, int coordinatorEpoch, long start) {}

  /**
   * @param say told of each transaction that is aborted, or can't be
   */
  public HangingTransactions(Consumer<String> say) {
    this.say = say;
  }

  /**
   * Aborts what hangs now and hung at the look before. A transaction that has just been ended may
   * look like one.
   *
   * @throws ExecutionException Kafka does not answer, or refuses
   */
  public void look(Admin admin) throws ExecutionException, InterruptedException {
    Set<Open> hanging = hanging(open(admin), admin);
    Set<Open> still = new HashSet<>(hanging);
    still.retainAll(before);
    before = hanging;
    for (List<Open> one : byProducer(still).values()) {
      long producer = one.get(0).producerId();
      if (!mayBeAborted(one)) {
        if (left.add(producer)) {
          say.accept(
              "a transaction of producer %d hangs on Kafka, in %s; its writer has gone on since, and ends it with its next commit there"
                  .formatted(producer, partitions(one)));
        }
        continue;
      }
      for (Open open : one) {
        admin
            .abortTransaction(
                new AbortTransactionSpec(
                    open.partition(),
                    open.producerId(),
                    (short) open.epoch(),
                    open.coordinatorEpoch()))
            .all()
            .get();
      }
      say.accept(
          "a transaction of producer %d hung on Kafka, in %s: its end was lost with the broker; it is aborted, and what it had is written again"
              .formatted(producer, partitions(one)));
    }
  }

  private static Set<Open> open(Admin admin) throws ExecutionException, InterruptedException {
    Set<String> names = admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
    List<TopicPartition> partitions = new ArrayList<>();
    admin
        .describeTopics(names)
        .allTopicNames()
        .get()
        .forEach(
            (name, topic) ->
                topic
                    .partitions()
                    .forEach(p -> partitions.add(new TopicPartition(name, p.partition()))));
    Set<Open> open = new HashSet<>();
    admin
        .describeProducers(partitions)
        .all()
        .get()
        .forEach(
            (partition, state) ->
                state.activeProducers().stream()
                    .filter(producer -> producer.currentTransactionStartOffset().isPresent())
                    .forEach(producer -> open.add(open(partition, producer))));
    return open;
  }

  private static Open open(TopicPartition partition, ProducerState producer) {
    return new Open(
        partition,
        producer.producerId(),
        producer.producerEpoch(),
        producer.coordinatorEpoch().orElse(0),
        producer.currentTransactionStartOffset().orElseThrow());
  }

  private static Set<Open> hanging(Set<Open> open, Admin admin)
      throws ExecutionException, InterruptedException {
    if (open.isEmpty()) {
      return open;
    }
    Set<Long> producers = open.stream().map(Open::producerId).collect(Collectors.toSet());
    Map<Long, Set<TopicPartition>> known = new HashMap<>();
    for (TransactionListing listing :
        admin
            .listTransactions(new ListTransactionsOptions().filterProducerIds(producers))
            .all()
            .get()) {
      known.put(
          listing.producerId(),
          admin
              .describeTransactions(List.of(listing.transactionalId()))
              .description(listing.transactionalId())
              .get()
              .topicPartitions());
    }
    return hanging(open, known);
  }

  /**
   * Those that no coordinator will end.
   *
   * @param known the partitions of each producer's transaction, as its coordinator has them
   */
  static Set<Open> hanging(Collection<Open> open, Map<Long, Set<TopicPartition>> known) {
    return open.stream()
        .filter(one -> !known.getOrDefault(one.producerId(), Set.of()).contains(one.partition()))
        .collect(Collectors.toSet());
  }

  private static Map<Long, List<Open>> byProducer(Collection<Open> open) {
    return open.stream()
        .collect(Collectors.groupingBy(Open::producerId, TreeMap::new, Collectors.toList()));
  }

  /** Whether the writer of one transaction begins before it again when it is aborted. */
  static boolean mayBeAborted(Collection<Open> transaction) {
    return transaction.stream().anyMatch(open -> OFFSETS.contains(open.partition().topic()));
  }

  private static String partitions(Collection<Open> open) {
    return open.stream()
        .map(one -> one.partition().toString())
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
