package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.changelog.TableChange;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import org.apache.kafka.streams.kstream.KStream;

/**
 * A source table: its changes, and its living rows to look up.
 *
 * @param <R> the rows
 */
public final class Table<R> extends Changes<R> {
  private final TableDefinition<R> definition;

  Table(Pipeline pipeline, KStream<byte[], TableChange<R>> stream, TableDefinition<R> definition) {
    super(pipeline, stream);
    this.definition = definition;
  }

  /** The table's definition, by which its stores are found. */
  public TableDefinition<R> definition() {
    return definition;
  }
}
