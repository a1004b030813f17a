package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.model.event.TransactionMarker.Status;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes the records of Debezium's transaction topic.
 *
 * <p>Not thread-safe: one for each task or thread.
 */
public final class TransactionMarkerDecoder {
  private static final String WHAT = "transaction marker";

  private final RecordDecoder rows;

  public TransactionMarkerDecoder(SchemaRegistry registry) {
    this.rows = RecordDecoder.ofValues(registry, DecoderOptions.defaults());
  }

  /**
   * Decodes the value of a record.
   *
   * @return the marker, null for a null value
   * @throws DecodeException if the bytes are no transaction marker
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  public TransactionMarker decode(String topic, int partition, long offset, byte[] value) {
    Row row = rows.decode(topic, partition, offset, value);
    if (row == null) {
      return null;
    }
    try {
      return marker(row);
    } catch (MalformedException e) {
      throw DecodeException.at(topic, partition, offset, WHAT, e);
    }
  }

  private static TransactionMarker marker(Row row) {
    Status status = status(field(row, "status", String.class, true));
    String id = field(row, "id", String.class, true);
    Long eventCount = field(row, "event_count", Long.class, status == Status.END);
    List<?> collections = field(row, "data_collections", List.class, false);
    Long timeMillis = field(row, "ts_ms", Long.class, true);
    Map<String, Long> counts = new HashMap<>();
    if (collections != null) {
      for (Object collection : collections) {
        if (collection instanceof Row counted) {
          counts.merge(
              field(counted, "data_collection", String.class, true),
              field(counted, "event_count", Long.class, true),
              Long::sum);
        }
      }
    }
    TransactionMarker marker =
        new TransactionMarker(
            status, id, eventCount == null ? 0 : eventCount, Map.copyOf(counts), timeMillis);
    try {
      marker.transactionId();
    } catch (IllegalArgumentException e) {
      throw new MalformedException(
              "is '" + id + "', expected txId:lsn", "check the Debezium version")
          .in("id");
    }
    return marker;
  }

  private static Status status(String text) {
    return switch (text) {
      case "BEGIN" -> Status.BEGIN;
      case "END" -> Status.END;
      default ->
          throw new MalformedException(
                  "is '" + text + "', expected BEGIN or END", "check the Debezium version")
              .in("status");
    };
  }

  private static <T> T field(Row row, String name, Class<T> expected, boolean required) {
    int i = row.type().indexOf(name);
    Object value = i < 0 ? null : row.get(i);
    if (value == null ? required : !expected.isInstance(value)) {
      throw new MalformedException(
              i < 0
                  ? "it is missing from the schema"
                  : "is " + value + ", expected a " + expected.getSimpleName(),
              "check that this is the transaction topic of a Debezium connector")
          .in(name);
    }
    return expected.cast(value);
  }
}
