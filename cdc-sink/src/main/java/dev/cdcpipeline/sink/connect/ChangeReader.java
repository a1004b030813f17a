package dev.cdcpipeline.sink.connect;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.KeyDecoder;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.model.serde.TransactionMarkerDecoder;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.transaction.ChangeDecoder;
import dev.cdcpipeline.sink.transaction.ReadChange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes changes of a record's bytes. Not thread-safe.
 *
 * <p>Every method throws {@link dev.cdcpipeline.model.serde.DecodeException} for bytes that are no
 * change event, and {@link dev.cdcpipeline.model.serde.RegistryUnavailableException} when the same
 * bytes are to be tried again.
 */
final class ChangeReader implements ChangeDecoder {
  private final int sourceEpoch;
  private final EnvelopeDecoder<Row> envelopes;
  private final KeyDecoder keys;
  private final TransactionMarkerDecoder markers;
  private final Map<String, TableId> tables = new HashMap<>();

  ChangeReader(SchemaRegistry registry, int sourceEpoch) {
    this.sourceEpoch = sourceEpoch;
    this.envelopes = EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults());
    this.keys = new KeyDecoder(registry);
    this.markers = new TransactionMarkerDecoder(registry);
  }

  TransactionMarker marker(Coordinates at, byte[] value) {
    return markers.decode(at.topic(), at.partition(), at.offset(), value);
  }

  /**
   * The change, or empty for a tombstone and for a logical decoding message, which belong to no
   * row.
   */
  Optional<ReadChange> change(Coordinates at, byte[] key, byte[] value) {
    if (value == null) {
      return Optional.empty();
    }
    ChangeEvent<Row> event = envelopes.decode(at.topic(), at.partition(), at.offset(), value);
    if (event.operation() == Operation.MESSAGE) {
      return Optional.empty();
    }
    RowChange change = rowChange(at, key, event);
    return Optional.of(new ReadChange(change, event.source(), event.transaction(), key, value));
  }

  @Override
  public RowChange decode(Coordinates at, byte[] key, byte[] value) {
    return rowChange(at, key, envelopes.decode(at.topic(), at.partition(), at.offset(), value));
  }

  private RowChange rowChange(Coordinates at, byte[] key, ChangeEvent<Row> event) {
    TableId table =
        tables.computeIfAbsent(
            event.source().dataCollection(),
            name -> new TableId(event.source().schema(), event.source().table()));
    Row row = event.operation() == Operation.DELETE ? event.before() : event.after();
    List<String> fields = keys.keyColumns(at.topic(), at.partition(), at.offset(), key);
    return new RowChange(
        table,
        event.operation(),
        row == null ? fields : KeyNames.columns(fields, row.type()),
        row,
        event.position(sourceEpoch),
        event.source().timeMicros(),
        at);
  }
}
