package dev.cdcpipeline.sink.result;

/**
 * Where results live and when a flush counts as large.
 *
 * @param mirrorSchema schema of the mirrors
 * @param resultSchema schema of the results
 * @param catalogueSchema schema of the catalogue, of violations in their grace period and of the
 *     sink's ledger
 * @param sink the sink that maintains the results
 * @param smallFlushRows flushes that touch fewer rows run prepared statements with index plans;
 *     others are planned afresh
 */
public record ResultOptions(
    String mirrorSchema,
    String resultSchema,
    String catalogueSchema,
    String sink,
    long smallFlushRows) {

  public ResultOptions {
    if (smallFlushRows < 1) {
      throw new IllegalArgumentException(
          "smallFlushRows must be at least 1, was " + smallFlushRows);
    }
  }

  /**
   * Schemas {@code mirror}, {@code analytics} and {@code cdc}, sink {@code analytics}; fewer than
   * 1,000 rows are small.
   */
  public static ResultOptions defaults() {
    return new ResultOptions("mirror", "analytics", "cdc", "analytics", 1_000);
  }

  /** The same for another sink. */
  public ResultOptions withSink(String name) {
    return new ResultOptions(mirrorSchema, resultSchema, catalogueSchema, name, smallFlushRows);
  }
}
