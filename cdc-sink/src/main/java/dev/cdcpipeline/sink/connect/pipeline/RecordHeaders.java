package dev.cdcpipeline.sink.connect.pipeline;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;

/** Reads headers that our source connector writes. */
public final class RecordHeaders {
  private RecordHeaders() {}

  /** A header's value as text, whatever {@code header.converter} made of it; empty for none. */
  public static Optional<String> text(SinkRecord record, String name) {
    if (record.headers().isEmpty()) {
      return Optional.empty();
    }
    Header header = record.headers().lastWithName(name);
    if (header == null || header.value() == null) {
      return Optional.empty();
    }
    return Optional.of(
        header.value() instanceof byte[] bytes
            ? new String(bytes, StandardCharsets.UTF_8)
            : String.valueOf(header.value()));
  }
}
