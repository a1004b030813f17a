package dev.cdcpipeline.app.stack;

/** A part of the stack that calls another, by the name of both. */
public enum Link {
  /** The source connector's connections to its database. */
  CONNECT_SOURCE("Connect worker to source PostgreSQL"),
  /** The sinks' connections to their database. */
  CONNECT_TARGET("Connect worker to target PostgreSQL"),
  /** All Kafka clients of the worker. */
  CONNECT_BROKER("Connect worker to broker"),
  /** Converters and sinks that look for schemas. */
  CONNECT_REGISTRY("Connect worker to registry"),
  /** All Kafka clients of the Streams application. */
  STREAMS_BROKER("Streams application to broker"),
  /** The serdes of the Streams application. */
  STREAMS_REGISTRY("Streams application to registry");

  private final String title;

  Link(String title) {
    this.title = title;
  }

  /** What messages call it. */
  public String title() {
    return title;
  }
}
