package dev.cdcpipeline.transforms.topology;

import dev.cdcpipeline.model.serde.ConfluentAvroSerde;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** Result topics whose keys and values are Avro records of {@code cdc-model}. */
public final class ResultTopics {
  private final String prefix;
  private final Serializers serializers;

  /** What writes the records; each topic gets its own. */
  public interface Serializers {

    /** What writes keys of a generated class. */
    <K extends SpecificRecord> Serializer<K> ofKeys(Class<K> type);

    /** What writes values of a generated class. */
    <V extends SpecificRecord> Serializer<V> ofValues(Class<V> type);
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

  /** The serializers of {@code cdc-model}. */
  public static Serializers ownSerializers(SchemaRegistry registry) {
    return new Serializers() {
      @Override
      public <K extends SpecificRecord> Serializer<K> ofKeys(Class<K> type) {
        return ConfluentAvroSerde.ofKeys(registry, type).serializer();
      }

      @Override
      public <V extends SpecificRecord> Serializer<V> ofValues(Class<V> type) {
        return ConfluentAvroSerde.ofValues(registry, type).serializer();
      }
    };
  }

  /** The topics' names with the prefix. */
  public List<String> named(List<String> names) {
    return names.stream().map(name -> prefix + name).toList();
  }

  <K extends SpecificRecord, V extends SpecificRecord> ResultTopic<K, V> topic(
      String name, Class<K> key, Class<V> value) {
    return new ResultTopic<>(
        prefix + name, writeOnly(serializers.ofKeys(key)), writeOnly(serializers.ofValues(value)));
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
