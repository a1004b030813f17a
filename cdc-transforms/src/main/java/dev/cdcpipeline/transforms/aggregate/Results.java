package dev.cdcpipeline.transforms.aggregate;

/** The results of a group's aggregates, each by its handle. */
public interface Results {

  /** How many rows the group has. */
  long rows();

  /**
   * The result of one aggregate.
   *
   * @throws IllegalArgumentException if the group does not have this aggregate
   */
  <R> R get(Aggregate<?, ?, R> aggregate);
}
