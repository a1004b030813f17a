package dev.cdcpipeline.app.stack;

/**
 * Where the parts of a stack call one another: at the other's own port, or at one that somebody
 * listens on in between.
 */
@FunctionalInterface
public interface Wiring {
  /** Everybody calls the other's own port. */
  Wiring DIRECT = (link, port) -> port;

  /**
   * The port of loopback that the caller is given. Asked once for each link when a stack is made,
   * before anything starts.
   *
   * @param port where the other part will listen
   */
  int port(Link link, int port);
}
