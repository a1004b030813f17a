package dev.cdcpipeline.app.topics;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.serde.DecodeException;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.RecordDecoder;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.model.serde.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Writes records as text: Avro as JSON by the registry's schemas, text as it is, anything else in
 * hexadecimal. Not thread-safe.
 */
public final class RecordText {
  private final RecordDecoder keys;
  private final RecordDecoder values;

  /**
   * @param registry empty if there is none: Avro is shown in hexadecimal then
   */
  public RecordText(Optional<SchemaRegistry> registry) {
    keys = registry.map(r -> RecordDecoder.ofKeys(r, DecoderOptions.defaults())).orElse(null);
    values = registry.map(r -> RecordDecoder.ofValues(r, DecoderOptions.defaults())).orElse(null);
  }

  /**
   * The lines of a record: where and when, its headers if it has any, key and value.
   *
   * @throws dev.cdcpipeline.model.serde.RegistryUnavailableException the registry does not answer
   */
  public List<String> lines(ConsumerRecord<byte[], byte[]> record) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s-%d@%d  %s"
            .formatted(
                record.topic(),
                record.partition(),
                record.offset(),
                Instant.ofEpochMilli(record.timestamp())));
    for (Header header : record.headers()) {
      lines.add("  header %s: %s".formatted(header.key(), plain(header.value())));
    }
    lines.add("  key    " + decoded(record, record.key(), keys));
    lines.add(
        "  value  "
            + (record.value() == null ? "(tombstone)" : decoded(record, record.value(), values)));
    return lines;
  }

  private static String decoded(
      ConsumerRecord<byte[], byte[]> record, byte[] bytes, RecordDecoder decoder) {
    if (bytes == null) {
      return "(none)";
    }
    if (bytes.length < WireFormat.HEADER_BYTES || bytes[0] != WireFormat.MAGIC || decoder == null) {
      return plain(bytes);
    }
    Row row;
    try {
      row = decoder.decode(record.topic(), record.partition(), record.offset(), bytes);
    } catch (DecodeException e) {
      // a number of Kafka's own serializers begins with a zero byte as well
      return bytes.length == Long.BYTES
          ? plain(bytes)
          : plain(bytes) + "  (" + e.getMessage() + ")";
    }
    return RowJson.of(row);
  }

  private static String plain(byte[] bytes) {
    if (bytes == null) {
      return "(none)";
    }
    Optional<String> text = text(bytes);
    if (text.isPresent()) {
      return text.get();
    }
    String hex = "0x" + HexFormat.of().formatHex(bytes);
    return switch (bytes.length) {
      case Integer.BYTES -> hex + "  (as an int: " + ByteBuffer.wrap(bytes).getInt() + ")";
      case Long.BYTES -> hex + "  (as a bigint: " + ByteBuffer.wrap(bytes).getLong() + ")";
      default -> hex;
    };
  }

  /** The bytes as one line, if they are text. */
  private static Optional<String> text(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      boolean readable =
          text.chars()
              .allMatch(c -> !Character.isISOControl(c) || c == '\n' || c == '\r' || c == '\t');
      return readable
          ? Optional.of(text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t"))
          : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
