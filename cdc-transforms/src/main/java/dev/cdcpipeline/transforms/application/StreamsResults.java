package dev.cdcpipeline.transforms.application;

import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Configurable;

/**
 * Results that {@link StreamsApplication} keeps up to date: the interface between the application,
 * which knows topics, state and failures, and what is computed.
 *
 * <p>An implementation has a public constructor without parameters and is named by {@code
 * results.class}. Without that key the application takes the only implementation that a jar on its
 * class path names in {@code META-INF/services}. It is configured once, then asked for its topics
 * and added to one pipeline.
 */
public interface StreamsResults extends Configurable {

  /**
   * Takes the application's properties, in which results may have keys of their own.
   *
   * @param properties all of them, with the values that config providers have put in
   * @throws org.apache.kafka.common.config.ConfigException naming the key and what it should be
   */
  @Override
  default void configure(Map<String, ?> properties) {}

  /**
   * The topics with one record for each event, which the application creates and keeps for a time.
   *
   * @return names without the prefix of {@code result.topic.prefix}
   */
  default List<String> eventTopics() {
    return List.of();
  }

  /**
   * The topics with the latest row of each key, which the application creates and has compacted.
   *
   * @return names without the prefix of {@code result.topic.prefix}
   */
  default List<String> tableTopics() {
    return List.of();
  }

  /**
   * Adds tables and results to a pipeline that has none yet.
   *
   * @param topics gives the result topics; each name is one of {@link #eventTopics} or {@link
   *     #tableTopics}
   * @param progress tells how far the source was read, for results that wait for a time to pass
   */
  void addTo(Pipeline pipeline, ResultTopics topics, ReadProgress progress);
}
