package dev.cdcpipeline.sink.connect.pipeline;

import dev.cdcpipeline.sink.change.SourceRelation;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The relation that a change is of, as our source connector says with the first change behind each
 * description of a table in the source's log.
 */
public final class Relations {
  /** The header; its value is the source's {@code pg_class.oid}. */
  public static final String HEADER = "cdc.relation";

  /**
   * The header with the columns' {@code pg_attribute.attnum}: {@code id=1&name=3}, names as in
   * URLs.
   */
  static final String COLUMNS_HEADER = "cdc.columns";

  private Relations() {}

  /** The relation, empty where the record does not say. */
  public static Optional<SourceRelation> of(SinkRecord record) {
    return RecordHeaders.text(record, HEADER)
        .filter(text -> text.matches("[0-9]{1,10}"))
        .map(Long::parseLong)
        .filter(oid -> oid != 0)
        .map(
            oid ->
                new SourceRelation(
                    oid,
                    RecordHeaders.text(record, COLUMNS_HEADER)
                        .map(Relations::numbers)
                        .orElse(Map.of())));
  }

  /** What is no number of a column is left out: anybody may write a header. */
  static Map<String, Integer> numbers(String text) {
    Map<String, Integer> numbers = new HashMap<>();
    for (String pair : text.split("&", -1)) {
      int equals = pair.lastIndexOf('=');
      if (equals > 0 && pair.substring(equals + 1).matches("[0-9]{1,4}")) {
        Integer number = Integer.valueOf(pair.substring(equals + 1));
        decoded(pair.substring(0, equals)).ifPresent(name -> numbers.put(name, number));
      }
    }
    return numbers;
  }

  private static Optional<String> decoded(String name) {
    try {
      return Optional.of(URLDecoder.decode(name, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // a % without its digits
    }
  }
}
