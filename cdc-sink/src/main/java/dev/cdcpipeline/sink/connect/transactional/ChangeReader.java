package dev.cdcpipeline.sink.connect.transactional;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.KeyDecoder;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.model.serde.TransactionMarkerDecoder;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.connect.pipeline.KeyNames;
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
  private static final Row NO_ROW = new Row(new RowType(List.of()), new Object[0]);

  private final int sourceEpoch;
  private final EnvelopeDecoder envelopes;
  private final EnvelopeDecoder envelopesWithBefore;
  private final RowIdentity identity = new RowIdentity();
  private final KeyDecoder keys;
  private final TransactionMarkerDecoder markers;
  private final Map<String, TableId> tables = new HashMap<>();

  ChangeReader(SchemaRegistry registry, int sourceEpoch) {
    this.sourceEpoch = sourceEpoch;
    this.envelopes = EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults());
    this.envelopesWithBefore =
        EnvelopeDecoder.ofRows(
            registry, DecoderOptions.defaults().withBefore(DecoderOptions.Before.ALWAYS));
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
    ChangeEvent<Row> event = envelope(at, key, value);
    if (event.operation() == Operation.MESSAGE) {
      return Optional.empty();
    }
    RowChange change = rowChange(at, key, event);
    return Optional.of(new ReadChange(change, event.source(), event.transaction(), key, value));
  }

  /**
   * The same announcement of a table with a row, all NULL, that has the columns of its rows.
   *
   * @param key the fields of its key, empty if it has none
   */
  ReadChange announced(ReadChange announcement, List<String> key) {
    RowChange change = announcement.change();
    Coordinates at = change.coordinates();
    RowType type = envelopes.rowType(at.topic(), at.partition(), at.offset(), announcement.value());
    Row row = new Row(type, new Object[type.size()]);
    RowChange described =
        new RowChange(
            change.table(),
            change.operation(),
            key.isEmpty() ? RowIdentity.KEY : KeyNames.columns(key, type),
            key.isEmpty() ? identity.identified(row, at) : row,
            change.position(),
            change.commitTimeMicros(),
            at);
    return new ReadChange(
        described, announcement.source(), null, announcement.key(), announcement.value());
  }

  @Override
  public RowChange decode(Coordinates at, byte[] key, byte[] value) {
    return rowChange(at, key, envelope(at, key, value));
  }

  // without a key the row before tells which one it was
  private ChangeEvent<Row> envelope(Coordinates at, byte[] key, byte[] value) {
    EnvelopeDecoder decoder = key == null ? envelopesWithBefore : envelopes;
    return decoder.decode(at.topic(), at.partition(), at.offset(), value);
  }

  private RowChange rowChange(Coordinates at, byte[] key, ChangeEvent<Row> event) {
    TableId table =
        tables.computeIfAbsent(
            event.source().dataCollection(),
            name -> new TableId(event.source().schema(), event.source().table()));
    if (key == null && event.operation() != Operation.TRUNCATE) {
      return keyless(at, table, event);
    }
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

  private RowChange keyless(Coordinates at, TableId table, ChangeEvent<Row> event) {
    Row before = event.before();
    Row row =
        switch (event.operation()) {
          case READ, CREATE -> event.after();
          case UPDATE -> before == null ? null : RowIdentity.completed(event.after(), before);
          case DELETE -> before;
          case TRUNCATE, MESSAGE ->
              throw new IllegalArgumentException(event.operation() + " is no change of a row");
        };
    return new RowChange(
        table,
        event.operation(),
        // without the row before nothing tells which one it is: the writer refuses the change
        row == null ? List.of() : RowIdentity.KEY,
        identity.identified(row == null ? NO_ROW : row, at),
        event.position(sourceEpoch),
        event.source().timeMicros(),
        at,
        before);
  }
}
