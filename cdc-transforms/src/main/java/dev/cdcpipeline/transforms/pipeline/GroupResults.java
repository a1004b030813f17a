package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.Group;
import dev.cdcpipeline.transforms.aggregate.Results;

/** The results of one group, and how far they reach. */
public final class GroupResults implements Results {
  private final Group<?> group;
  private final Lsn sourceLsn;

  GroupResults(Group<?> group, Lsn sourceLsn) {
    this.group = group;
    this.sourceLsn = sourceLsn;
  }

  @Override
  public long rows() {
    return group.rows();
  }

  @Override
  public <R> R get(Aggregate<?, ?, R> aggregate) {
    return group.get(aggregate);
  }

  /**
   * The highest position in the source's log that this row reflects: information; alone it does not
   * make a row a different one.
   */
  public Lsn sourceLsn() {
    return sourceLsn;
  }
}
