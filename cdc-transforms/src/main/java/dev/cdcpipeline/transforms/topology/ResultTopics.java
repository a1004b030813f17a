package dev.cdcpipeline.transforms.topology;

import dev.cdcpipeline.transforms.pipeline.ResultTopic;

/** The result topics by name, with what writes their keys and values. */
public interface ResultTopics {
  <K, V> ResultTopic<K, V> topic(String name, Class<K> key, Class<V> value);
}
