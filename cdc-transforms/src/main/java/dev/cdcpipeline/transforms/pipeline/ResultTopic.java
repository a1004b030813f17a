package dev.cdcpipeline.transforms.pipeline;

import org.apache.kafka.common.serialization.Serde;

/**
 * A topic of ours and how its records are written.
 *
 * @param name the topic
 * @param keySerde what writes a key
 * @param valueSerde what writes a value; a null value is a tombstone
 */
public record ResultTopic<K, V>(String name, Serde<K> keySerde, Serde<V> valueSerde) {}
