package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.sink.connect.config.TopicSettings;
import dev.cdcpipeline.sink.table.TableBatch;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.kafka.connect.sink.SinkRecord;

/** Brings each record to its topic's table. Not thread-safe. */
final class RecordRouter {

  /** A topic as it is called, and as transformations call it. */
  private record Name(String original, String routed) {}

  private final BiFunction<String, String, TopicSettings> settings;
  private final RecordInput input;
  private final Map<Name, RecordTable> topics = new HashMap<>();
  private Name lastName = new Name("", "");
  private RecordTable last;

  /**
   * @param settings of a topic, by its original name and the one it is routed to
   */
  RecordRouter(BiFunction<String, String, TopicSettings> settings, RecordInput input) {
    this.settings = settings;
    this.input = input;
  }

  /**
   * Adds the record to the batch, as a row or as refused.
   *
   * @return bytes that it takes in memory
   */
  long route(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target) {
    return table(record).take(record, batch, target);
  }

  private RecordTable table(SinkRecord record) {
    if (last == null
        || !lastName.original().equals(record.originalTopic())
        || !lastName.routed().equals(record.topic())) {
      lastName = new Name(record.originalTopic(), record.topic());
      last =
          topics.computeIfAbsent(
              lastName, name -> table(settings.apply(name.original(), name.routed())));
    }
    return last;
  }

  private RecordTable table(TopicSettings topic) {
    return switch (topic.options().mode()) {
      case MIRROR -> new ChangeMapper(topic, input);
      case UPSERT, APPEND -> new RecordMapper(topic, input);
    };
  }
}
