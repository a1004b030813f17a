package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableChange;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import dev.cdcpipeline.transforms.changelog.TableStores;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.Stores;

/**
 * Source tables and the results made of them, as one topology for Kafka Streams. Everything in it
 * has a name that comes from a table or a result and stays the same from build to build, so that an
 * upgrade finds its state again.
 *
 * <pre>{@code
 * Pipeline pipeline = new Pipeline(PipelineSettings.of("shop", 3), decoders);
 * Table<Item> items = pipeline.table(ITEMS);
 * Aggregate<Item, ?, Long> units = Aggregate.sumOfLongs(Item::quantity);
 * items.groupBy("units-by-product", ValueType.LONG, Item::productId)
 *     .aggregate(units)
 *     .to(topic, productId -> productId, (productId, none, results) -> results.get(units));
 * new KafkaStreams(pipeline.build(), config);
 * }</pre>
 */
public final class Pipeline {
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();

  private final PipelineSettings settings;
  private final Supplier<EnvelopeDecoder> decoders;
  private final StreamsBuilder builder = new StreamsBuilder();
  private final Map<String, Table<?>> tables = new HashMap<>();
  private final List<String> sourceTopics = new ArrayList<>();
  private final List<String> detourTopics = new ArrayList<>();
  private final List<String> resultTopics = new ArrayList<>();

  /**
   * An empty pipeline.
   *
   * @param decoders gives a decoder of its own to each task
   */
  public Pipeline(PipelineSettings settings, Supplier<EnvelopeDecoder> decoders) {
    this.settings = settings;
    this.decoders = decoders;
  }

  /** The settings that all tables share. */
  public PipelineSettings settings() {
    return settings;
  }

  /** What the topology is built with, for processors of one's own. */
  public StreamsBuilder builder() {
    return builder;
  }

  /**
   * A source table, kept up to date from its change topic.
   *
   * @throws IllegalArgumentException if the pipeline has a table of this name already; keep the one
   *     you have
   */
  public <R> Table<R> table(TableDefinition<R> definition) {
    String name = definition.table();
    if (tables.containsKey(name)) {
      throw new IllegalArgumentException(
          "table " + name + " is in the pipeline already; use the same object again");
    }
    String topic = settings.topicPrefix() + "." + definition.name();
    String detourTopic = settings.topicPrefix() + ".detours." + definition.table();
    addStore(TableStores.rowsOf(definition), false);
    addStore(TableStores.deletedOf(definition), false);
    addStore(TableStores.truncationOf(definition), false);
    KStream<byte[], TableOutput<R>> outputs =
        builder.stream(
                List.of(topic, detourTopic), Consumed.with(BYTES, BYTES).withName(name + "-source"))
            .process(
                () -> new TableProcessor<>(definition, settings, detourTopic, decoders),
                Named.as(name + "-table"),
                TableStores.rowsOf(definition),
                TableStores.deletedOf(definition),
                TableStores.truncationOf(definition));
    outputs
        .filter((key, output) -> output instanceof TableOutput.Detour, Named.as(name + "-detours"))
        .mapValues(
            output -> ((TableOutput.Detour<R>) output).value(), Named.as(name + "-detour-records"))
        .to(
            detourTopic,
            Produced.with(BYTES, BYTES)
                .withStreamPartitioner(Placement::ofDetour)
                .withName(name + "-detour-sink"));
    KStream<byte[], TableChange<R>> changes =
        outputs
            .filter(
                (key, output) -> output instanceof TableOutput.Changed, Named.as(name + "-changed"))
            .mapValues(
                output -> ((TableOutput.Changed<R>) output).change(), Named.as(name + "-changes"));
    Table<R> table = new Table<>(this, changes, definition);
    tables.put(name, table);
    sourceTopics.add(topic);
    detourTopics.add(detourTopic);
    return table;
  }

  /**
   * Changes made by a processor of one's own, to be grouped and aggregated like those of a table.
   */
  public <R> Changes<R> changes(KStream<byte[], TableChange<R>> stream) {
    return new Changes<>(this, stream);
  }

  /**
   * Adds a store with a changelog for a processor of one's own.
   *
   * @param cached whether writes to the same key within a commit interval become one; range scans
   *     are slower then
   */
  public void addStore(String name, boolean cached) {
    var supplier =
        switch (settings.stores()) {
          case PERSISTENT -> Stores.persistentKeyValueStore(name);
          case IN_MEMORY -> Stores.inMemoryKeyValueStore(name);
        };
    var store = Stores.keyValueStoreBuilder(supplier, Serdes.Bytes(), BYTES);
    builder.addStateStore(cached ? store.withCachingEnabled() : store.withCachingDisabled());
  }

  /**
   * Sends records to the partition of their new key, through an internal topic of this name.
   *
   * @param keyType of the keys, which are canonical bytes
   */
  public KStream<byte[], byte[]> rekey(
      KStream<byte[], byte[]> records, String name, ValueType<?> keyType) {
    return records.repartition(
        Repartitioned.<byte[], byte[]>as(name)
            .withKeySerde(BYTES)
            .withValueSerde(BYTES)
            .withNumberOfPartitions(settings.partitions())
            .withStreamPartitioner(Placement.byKey(keyType)));
  }

  /** Writes records to a topic of ours. */
  public <K, V> void to(ResultTopic<K, V> topic, String name, KStream<K, V> records) {
    records.to(
        topic.name(), Produced.with(topic.keySerde(), topic.valueSerde()).withName(name + "-sink"));
    resultTopics.add(topic.name());
  }

  <R, G, J, K, V> KStream<K, V> add(
      GroupedResult<R, G, J, K, V> result,
      KStream<byte[], TableChange<R>> rows,
      Function<? super R, ? extends G> groupBy,
      KStream<byte[], TableChange<J>> joined) {
    String name = result.name();
    addStore(result.groupStore(), false);
    addStore(result.indexStore(), false);
    builder.addStateStore(new GroupTableStore.Builder(result.tableStore()));
    List<String> names =
        new ArrayList<>(List.of(result.tableStore(), result.groupStore(), result.indexStore()));
    if (result.joined() != null) {
      names.add(TableStores.rowsOf(result.joined()));
    }
    String[] stores = names.toArray(String[]::new);
    KStream<byte[], byte[]> deltas =
        rows.process(
            () -> new ContributionProcessor<>(result.keyType(), groupBy, result.aggregation()),
            Named.as(name + "-deltas"));
    KStream<byte[], byte[]> applied =
        rekey(deltas, name + "-by-group", result.keyType())
            .processValues(() -> new GroupProcessor<>(result), Named.as(name + "-groups"), stores);
    KStream<K, V> resultRows =
        CommitSignal.beforeCommit(applied, name + "-commit", BYTES)
            .process(
                () -> new GroupRowsProcessor<>(result), Named.as(name + "-changed-rows"), stores);
    if (joined == null) {
      return resultRows;
    }
    KStream<K, V> ofJoined =
        joined.process(() -> new JoinedRowProcessor<>(result), Named.as(name + "-joined"), stores);
    return resultRows.merge(ofJoined, Named.as(name + "-rows"));
  }

  /** The change topics it reads, which must exist with the partitions of the settings. */
  public List<String> sourceTopics() {
    return List.copyOf(sourceTopics);
  }

  /**
   * Topics of its own that it reads and writes, which must exist with the partitions of the
   * settings.
   */
  public List<String> detourTopics() {
    return List.copyOf(detourTopics);
  }

  /** The topics it writes results to, which must exist. */
  public List<String> resultTopics() {
    return List.copyOf(resultTopics);
  }

  /** The topology of all that was added. */
  public Topology build() {
    return builder.build();
  }
}
