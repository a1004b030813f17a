package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.ReplayPosition.Kind;
import dev.cdcpipeline.model.event.SourcePosition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Reads a table's rows by canonical key, from a processor that is connected to its stores.
 *
 * @param <R> the rows
 */
public final class TableLookup<R> {
  private final TableDefinition<R> definition;
  private final KeyValueStore<Bytes, byte[]> rows;
  private final KeyValueStore<Bytes, byte[]> deleted;

  /**
   * A table's stores to read.
   *
   * @param deleted the store of deleted keys, null if only living rows are asked for
   */
  public TableLookup(
      TableDefinition<R> definition,
      KeyValueStore<Bytes, byte[]> rows,
      KeyValueStore<Bytes, byte[]> deleted) {
    this.definition = definition;
    this.rows = rows;
    this.deleted = deleted;
  }

  /** The living row, null if there is none. */
  public R row(byte[] key) {
    StoredRow stored = read(rows, key);
    return stored == null ? null : definition.row(stored.values());
  }

  /**
   * The row as it is known to someone who looks from an earlier place in the order of commits: the
   * living row, or a deleted one if it was deleted after that place or if the place of its delete
   * is not known. Null if there was no row then, or none that we know of.
   */
  public R rowFrom(byte[] key, SourcePosition position) {
    StoredRow living = read(rows, key);
    if (living != null) {
      return definition.row(living.values());
    }
    StoredRow last = read(deleted, key);
    boolean known =
        last != null
            && last.values() != null
            && (ReplayPosition.of(last.position()).kind() == Kind.UNORDERED
                || last.position().compareTo(position) > 0);
    return known ? definition.row(last.values()) : null;
  }

  private StoredRow read(KeyValueStore<Bytes, byte[]> store, byte[] key) {
    byte[] bytes = store.get(Bytes.wrap(key));
    return bytes == null ? null : StoredRow.read(definition, bytes);
  }
}
