package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.serde.DecodeException;
import dev.cdcpipeline.transforms.changelog.UnusableRecordException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Sends a record that cannot be used to the dead letters, in the same transaction as everything
 * else, and goes on. Whatever is not the record's fault, such as a registry that is away, stops the
 * task instead: it will be tried again, nothing is skipped.
 *
 * <p>The dead letter has the record's key and value as they were read; headers say what was wrong
 * and where it came from, by the names that Kafka Streams' own handlers use.
 */
public final class DeadLetterHandler implements ProcessingExceptionHandler {
  private static final String HEADERS = "__streams.errors.";

  private String topic;

  @Override
  public void configure(Map<String, ?> config) {
    Object name = config.get(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG);
    if (name == null) {
      throw new IllegalArgumentException(
          StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG
              + " must name the dead-letter topic");
    }
    topic = name.toString();
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, Record<?, ?> record, Exception exception) {
    if (!(exception instanceof DecodeException)
        && !(exception instanceof UnusableRecordException)) {
      return Response.fail();
    }
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(
            topic, null, context.timestamp(), context.sourceRawKey(), context.sourceRawValue());
    header(letter, "exception", exception.getClass().getName());
    header(letter, "message", exception.getMessage());
    header(letter, "topic", context.topic());
    header(letter, "partition", Integer.toString(context.partition()));
    header(letter, "offset", Long.toString(context.offset()));
    return Response.resume(List.of(letter));
  }

  private static void header(ProducerRecord<byte[], byte[]> letter, String name, String value) {
    letter.headers().add(HEADERS + name, value.getBytes(StandardCharsets.UTF_8));
  }
}
