package dev.cdcpipeline.transforms.topology;

import dev.cdcpipeline.model.serde.ConfluentAvroSerde;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import org.apache.avro.specific.SpecificRecord;

/** Result topics whose keys and values are Avro records of {@code cdc-model}. */
final class ResultTopics {
  private final SchemaRegistry registry;

  ResultTopics(SchemaRegistry registry) {
    this.registry = registry;
  }

  <K extends SpecificRecord, V extends SpecificRecord> ResultTopic<K, V> topic(
      String name, Class<K> key, Class<V> value) {
    return new ResultTopic<>(
        name,
        ConfluentAvroSerde.ofKeys(registry, key),
        ConfluentAvroSerde.ofValues(registry, value));
  }
}
