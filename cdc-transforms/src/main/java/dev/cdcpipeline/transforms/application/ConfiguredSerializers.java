package dev.cdcpipeline.transforms.application;

import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Utils;

/** Serializers by the names of their classes, each configured with all of the properties. */
final class ConfiguredSerializers implements ResultTopics.Serializers {
  private final Class<?> keys;
  private final Class<?> values;
  private final Map<String, ?> properties;

  ConfiguredSerializers(Class<?> keys, Class<?> values, Map<String, ?> properties) {
    this.keys = keys;
    this.values = values;
    this.properties = properties;
  }

  @Override
  public <K> Serializer<K> ofKeys() {
    return make(keys, true);
  }

  @Override
  public <V> Serializer<V> ofValues() {
    return make(values, false);
  }

  private <T> Serializer<T> make(Class<?> type, boolean key) {
    Object made = Utils.newInstance(type);
    if (!(made instanceof Serializer)) {
      throw new ConfigException(
          key ? ApplicationConfig.KEY_SERIALIZER : ApplicationConfig.VALUE_SERIALIZER,
          type.getName(),
          "must be a " + Serializer.class.getName());
    }
    @SuppressWarnings("unchecked") // a serializer by its name takes what it can write
    Serializer<T> serializer = (Serializer<T>) made;
    serializer.configure(properties, key);
    return serializer;
  }
}
