package dev.cdcpipeline.app.stack;

/** The pieces of the embedded stack, in the order in which they are stopped. */
public enum Service {
  /**
   * The Connect worker with the source and sink connectors; first to go, or it waits for a broker
   * that is gone.
   */
  CONNECT("Connect worker", "connect"),
  /** The topic way's application; not part of every stack. */
  STREAMS("Streams application", "streams"),
  /** The Kafka broker and controller, one process. */
  BROKER("Kafka broker", "broker"),
  /** The schema registry. */
  REGISTRY("schema registry", "registry"),
  /** The PostgreSQL server of the shop. */
  SOURCE_DATABASE("source PostgreSQL", "source"),
  /** The PostgreSQL server of the analytics. */
  TARGET_DATABASE("target PostgreSQL", "target");

  private final String title;
  private final String id;

  Service(String title, String id) {
    this.title = title;
    this.id = id;
  }

  /** What messages call it. */
  public String title() {
    return title;
  }

  /** What its directory and its log file are called. */
  public String id() {
    return id;
  }
}
