package dev.cdcpipeline.app.monitor;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What has come through, at one moment.
 *
 * @param p50Millis median time from a commit at the source to its commit in the target, of the
 *     latest changes of orders; empty if there were none
 * @param p99Millis the same, the slowest hundredth
 * @param lagMillis how long ago the commit was that the target is true to
 * @param tables mirrors and results with their rows
 * @param topProducts the products that brought most
 */
public record FlowSample(
    OptionalDouble p50Millis,
    OptionalDouble p99Millis,
    OptionalDouble lagMillis,
    List<PipelineStatus.Table> tables,
    List<Product> topProducts) {

  /**
   * A product and what it brought.
   *
   * @param revenue as the target writes it
   */
  public record Product(String name, long unitsSold, String revenue) {}
}
