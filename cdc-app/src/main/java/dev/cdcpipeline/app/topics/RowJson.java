package dev.cdcpipeline.app.topics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Row;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Rows as JSON for people: dates and times as ISO 8601 writes them, decimals with all their digits,
 * bytes as PostgreSQL writes them.
 */
final class RowJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private RowJson() {}

  /** One line. */
  static String of(Row row) {
    try {
      return MAPPER.writeValueAsString(object(row));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write a tree of plain nodes as JSON", e);
    }
  }

  private static ObjectNode object(Row row) {
    ObjectNode object = NODES.objectNode();
    List<Column> columns = row.type().columns();
    for (int i = 0; i < columns.size(); i++) {
      object.set(columns.get(i).name(), node(columns.get(i), row.get(i)));
    }
    return object;
  }

  private static JsonNode node(Column column, Object value) {
    if (value == null) {
      return NODES.nullNode();
    }
    if (value == Row.UNAVAILABLE) {
      return NODES.textNode("(unchanged, not sent)");
    }
    return switch (column.type()) {
      case BOOLEAN -> NODES.booleanNode((Boolean) value);
      case INT16, INT32 -> NODES.numberNode((Integer) value);
      case INT64, DURATION_MICROS -> NODES.numberNode((Long) value);
      case FLOAT32 -> NODES.numberNode((Float) value);
      case FLOAT64 -> NODES.numberNode((Double) value);
      case DECIMAL, VARIABLE_SCALE_DECIMAL -> DecimalNode.valueOf((BigDecimal) value);
      case BYTES, BITS -> NODES.textNode("\\x" + HexFormat.of().formatHex((byte[]) value));
      case STRING, ZONED_TIMESTAMP, ZONED_TIME, INTERVAL, JSON, UUID, XML, ENUM ->
          NODES.textNode(value.toString());
      case DATE,
          TIME_MICROS,
          TIME_MILLIS,
          TIME_NANOS,
          TIMESTAMP_MILLIS,
          TIMESTAMP_MICROS,
          TIMESTAMP_NANOS ->
          time(column, ((Number) value).longValue());
      case ARRAY -> array(column.element(), (List<?>) value);
      case MAP -> map((Map<?, ?>) value);
      case STRUCT -> object((Row) value);
    };
  }

  /** The number itself where no calendar has it. */
  private static JsonNode time(Column column, long value) {
    try {
      String text =
          switch (column.type()) {
            case DATE -> LocalDate.ofEpochDay(value).toString();
            case TIME_MILLIS ->
                LocalTime.ofNanoOfDay(Math.multiplyExact(value, 1_000_000L)).toString();
            case TIME_MICROS -> LocalTime.ofNanoOfDay(Math.multiplyExact(value, 1_000L)).toString();
            case TIME_NANOS -> LocalTime.ofNanoOfDay(value).toString();
            case TIMESTAMP_MILLIS -> timestamp(value, ChronoUnit.MILLIS);
            case TIMESTAMP_MICROS -> timestamp(value, ChronoUnit.MICROS);
            default -> timestamp(value, ChronoUnit.NANOS);
          };
      return NODES.textNode(text);
    } catch (DateTimeException | ArithmeticException e) {
      return NODES.numberNode(value);
    }
  }

  private static String timestamp(long value, ChronoUnit unit) {
    return Instant.EPOCH.plus(value, unit).atOffset(ZoneOffset.UTC).toLocalDateTime().toString();
  }

  private static ArrayNode array(Column element, List<?> values) {
    ArrayNode array = NODES.arrayNode();
    values.forEach(value -> array.add(node(element, value)));
    return array;
  }

  private static ObjectNode map(Map<?, ?> values) {
    ObjectNode object = NODES.objectNode();
    values.forEach(
        (key, value) ->
            object.set(
                String.valueOf(key),
                value == null ? NODES.nullNode() : NODES.textNode(value.toString())));
    return object;
  }
}
