package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.serde.ConfluentAvroSerializer;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.util.List;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** The topics that results are written to: how they are named, and what writes their records. */
public final class ResultTopics {
  private final String prefix;
  private final Serializers serializers;

  /** What writes the records; each topic gets its own. */
  public interface Serializers {

    /** What writes keys. */
    <K> Serializer<K> ofKeys();

    /** What writes values. */
    <V> Serializer<V> ofValues();
  }

  /**
   * Topics of a prefix.
   *
   * @param prefix put before every name, so that several pipelines can share a cluster; may be
   *     empty
   */
  public ResultTopics(String prefix, Serializers serializers) {
    this.prefix = prefix;
    this.serializers = serializers;
  }

  /** Topics written by our own serializers, without a prefix. */
  public static ResultTopics of(SchemaRegistry registry) {
    return new ResultTopics("", ownSerializers(registry));
  }

  private static Serializers ownSerializers(SchemaRegistry registry) {
    return new Serializers() {
      @Override
      public <K> Serializer<K> ofKeys() {
        return new ConfluentAvroSerializer<>(registry, true);
      }

      @Override
      public <V> Serializer<V> ofValues() {
        return new ConfluentAvroSerializer<>(registry, false);
      }
    };
  }

  /** The topics' names with the prefix. */
  public List<String> named(List<String> names) {
    return names.stream().map(name -> prefix + name).toList();
  }

  /**
   * Returns a topic whose keys and values are what the serializers write: Avro records, generated
   * or generic, and bare strings, numbers, booleans and bytes.
   *
   * @param name without the prefix
   */
  public <K, V> ResultTopic<K, V> topic(String name) {
    return topic(name, writeOnly(serializers.ofKeys()), writeOnly(serializers.ofValues()));
  }

  /**
   * Returns a topic that is written by serdes of one's own.
   *
   * @param name without the prefix
   */
  public <K, V> ResultTopic<K, V> topic(String name, Serde<K> keys, Serde<V> values) {
    return new ResultTopic<>(prefix + name, keys, values);
  }

  /** A topology only writes its results. */
  private static <T> Serde<T> writeOnly(Serializer<T> serializer) {
    return Serdes.serdeFrom(
        serializer,
        (topic, bytes) -> {
          throw new UnsupportedOperationException("nothing reads " + topic + " here");
        });
  }
}
