package dev.cdcpipeline.model.serde;

/** Reads a row into whatever class carries it. */
abstract class RecordReader<R> extends ValueReader {
  @Override
  abstract R read(AvroInput in);
}
