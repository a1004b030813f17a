package dev.cdcpipeline.transforms.changelog;

import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Where one table's state is kept.
 *
 * @param rows living rows by canonical key
 * @param deleted the last known rows and the positions of deleted keys, by canonical key, for as
 *     long as a replay could bring them back
 * @param truncation the latest TRUNCATE, under an empty key, and the latest snapshot that reads the
 *     table again
 */
public record TableStores(
    KeyValueStore<Bytes, byte[]> rows,
    KeyValueStore<Bytes, byte[]> deleted,
    KeyValueStore<Bytes, byte[]> truncation) {

  private static final Bytes TRUNCATION = Bytes.wrap(new byte[0]);
  private static final Bytes REREADING = Bytes.wrap(new byte[] {1});

  /**
   * Name of the store of living rows, by which other processors of the same sub-topology read the
   * table.
   */
  public static String rowsOf(TableDefinition<?> definition) {
    return definition.table() + "-rows";
  }

  /** Name of the store of deleted keys. */
  public static String deletedOf(TableDefinition<?> definition) {
    return definition.table() + "-deleted";
  }

  /** Name of the store of the latest TRUNCATE. */
  public static String truncationOf(TableDefinition<?> definition) {
    return definition.table() + "-truncation";
  }

  /** Gets stores by name, as a processor's context does. */
  public interface ByName {
    <S extends StateStore> S getStateStore(String name);
  }

  /** The stores of a table from a processor that is connected to them. */
  public static TableStores of(TableDefinition<?> definition, ByName stores) {
    return new TableStores(
        stores.getStateStore(rowsOf(definition)),
        stores.getStateStore(deletedOf(definition)),
        stores.getStateStore(truncationOf(definition)));
  }

  Truncation latestTruncation() {
    byte[] bytes = truncation.get(TRUNCATION);
    return bytes == null ? null : Truncation.read(bytes);
  }

  void putTruncation(Truncation latest) {
    truncation.put(TRUNCATION, latest.toBytes());
  }

  Rereading latestRereading() {
    byte[] bytes = truncation.get(REREADING);
    return bytes == null ? null : Rereading.read(bytes);
  }

  void putRereading(Rereading latest) {
    truncation.put(REREADING, latest.toBytes());
  }
}
