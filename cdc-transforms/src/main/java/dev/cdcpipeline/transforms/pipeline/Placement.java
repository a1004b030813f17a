package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * Which partition a key belongs to: the one that Debezium's {@code PartitionRouting} (with its
 * {@code java} hash over the key's fields) chooses, so that a change topic routed by it needs no
 * other placement. It does not depend on how the key was serialised: a key widened from {@code int}
 * to {@code bigint} stays where it was, as long as it is not negative.
 */
final class Placement {

  static int partitionOf(int hash, int partitions) {
    int normal = hash & Integer.MAX_VALUE;
    return normal == Integer.MAX_VALUE ? 0 : normal % partitions;
  }

  /** Places records whose key is the canonical bytes of the type. */
  static <G> StreamPartitioner<byte[], byte[]> byKey(ValueType<G> type) {
    return (topic, key, value, partitions) ->
        Optional.of(Set.of(partitionOf(type.hash(type.fromBytes(key)), partitions)));
  }

  /**
   * Places detours: those with a hash as key where it belongs, those without a key (a TRUNCATE)
   * everywhere.
   */
  static Optional<Set<Integer>> ofDetour(String topic, byte[] key, byte[] value, int partitions) {
    if (key == null) {
      return Optional.of(IntStream.range(0, partitions).boxed().collect(Collectors.toSet()));
    }
    return Optional.of(Set.of(partitionOf(ByteBuffer.wrap(key).getInt(), partitions)));
  }

  static byte[] detourKey(int hash) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(hash).array();
  }

  private Placement() {}
}
