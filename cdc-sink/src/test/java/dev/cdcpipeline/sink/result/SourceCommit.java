package dev.cdcpipeline.sink.result;

import java.util.List;

/** A source transaction: its place in the order of commits, and its changes in order. */
public record SourceCommit(
    long previousCommit, long commitLsn, long timeMicros, List<SourceChange> changes) {

  /** The WAL position of a change; only its order within the transaction matters here. */
  public long lsn(int index) {
    return previousCommit + 1 + index;
  }
}
