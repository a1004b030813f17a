package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.changelog.TableChange;

/**
 * What a table's processor passes on: a change of a row, or a record that belongs to other
 * partitions.
 */
sealed interface TableOutput<R> {

  record Changed<R>(TableChange<R> change) implements TableOutput<R> {}

  /** The record as it was read; its key says where it belongs, no key means everywhere. */
  record Detour<R>(byte[] value) implements TableOutput<R> {}
}
