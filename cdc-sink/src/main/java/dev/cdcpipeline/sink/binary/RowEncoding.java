package dev.cdcpipeline.sink.binary;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Encodes the records of one key type and one value type, one after the other, in the columns of a
 * layout.
 *
 * <p>Valid: {@code (begin, values into targets, EncodedRows.upsert | delete | append)*}. What was
 * begun and not added is forgotten with the next {@code begin}. Not thread-safe.
 */
public final class RowEncoding {
  private final RowLayout layout;
  private final FieldBuffer fields;
  private final ValueTarget[] keyTargets;
  private final ValueTarget[] valueTargets;

  /**
   * Prepares encoders.
   *
   * @param key the record key's columns; one that the layout lacks is skipped. Where key and value
   *     have a column of the same name the key's counts
   * @param value the record value's columns
   * @param texts how to write what has no binary form
   */
  public RowEncoding(RowLayout layout, RowType key, RowType value, TextForms texts) {
    this.layout = layout;
    this.fields = new FieldBuffer(layout.size(), layout.isGuarded());
    this.keyTargets = targets(key, texts);
    this.valueTargets = targets(value, texts);
    for (int i = 0; i < valueTargets.length; i++) {
      if (key.indexOf(value.columns().get(i).name()) >= 0) {
        valueTargets[i] = null;
      }
    }
  }

  private ValueTarget[] targets(RowType type, TextForms texts) {
    List<Column> columns = type.columns();
    ValueTarget[] targets = new ValueTarget[columns.size()];
    for (int i = 0; i < targets.length; i++) {
      Column source = columns.get(i);
      int place = layout.indexOf(source.name());
      if (place >= 0) {
        BinaryType form = layout.columns().get(place).type();
        targets[i] = FieldEncoders.of(source, form, texts.of(source, place), fields, place);
      }
    }
    return targets;
  }

  /** Where the key's values go; null for one that is skipped. */
  public ValueTarget[] keyTargets() {
    return keyTargets;
  }

  /** Where the value's fields go; null for one that is skipped. */
  public ValueTarget[] valueTargets() {
    return valueTargets;
  }

  /** Begins a row: all columns are NULL. */
  public void begin() {
    fields.clear();
  }

  /**
   * Puts a row's values into targets.
   *
   * @throws UnfitValueException a column can't hold its value
   */
  public static void put(Row row, ValueTarget[] targets) {
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] != null) {
        targets[i].set(row.get(i));
      }
    }
  }

  /** Puts the change's position at the source into its column. */
  public void putPosition(ReplayPosition position) {
    byte[] text = position.literal().getBytes(StandardCharsets.US_ASCII);
    fields.begin(layout.position(), text.length);
    fields.bytes.put(text, 0, text.length);
  }

  RowLayout layout() {
    return layout;
  }

  FieldBuffer fields() {
    return fields;
  }
}
