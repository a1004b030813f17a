package dev.cdcpipeline.app.storm.stage;

/** The names of the connectors that a storm knows. */
public final class StormConnectors {
  /** The source connector. */
  public static final String SOURCE = "shop-source";

  /** The transactional sink. */
  public static final String SINK = "analytics-sink";

  private StormConnectors() {}
}
