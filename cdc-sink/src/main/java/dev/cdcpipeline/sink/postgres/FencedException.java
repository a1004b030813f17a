package dev.cdcpipeline.sink.postgres;

/** Another writer has claimed what this one writes: this one is a zombie. It must not retry. */
public final class FencedException extends WriteException {
  private static final long serialVersionUID = 1L;

  public FencedException(String message) {
    super(message, null, null);
  }
}
