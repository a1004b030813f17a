package dev.cdcpipeline.sink.connect.pipeline;

/** Makes the pipelines of one mode. */
public interface Pipelines {

  /** Whether a task owns the sink's position in the source, and so is the only one. */
  boolean ownPosition();

  /** A pipeline that reads on where the ledger stands. */
  Pipeline open(Claim claim);
}
