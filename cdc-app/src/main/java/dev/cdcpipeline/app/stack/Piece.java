package dev.cdcpipeline.app.stack;

import java.time.Duration;

/**
 * One server of the stack: how it is started, how one sees that it answers, and how it is asked to
 * stop.
 */
interface Piece {
  Service service();

  /** Prepares files and gives the command; called before every start. */
  Launch launch();

  /** Asks the server whether it works. An answer of no, and an exception, both mean: not yet. */
  boolean answers() throws Exception;

  /** Does what must be done each time the server has come up, before others use it. */
  default void settle() {}

  /** Breaks off a {@link #launch()} in progress, if it takes time. */
  default void abort() {}

  /** How long it may take until it answers. */
  default Duration startLimit() {
    return Duration.ofSeconds(120);
  }

  /** How long it may take to stop when asked, before it is killed. */
  default Duration stopLimit() {
    return Duration.ofSeconds(20);
  }

  /** The signal that asks for an orderly and quick end. */
  default String stopSignal() {
    return "TERM";
  }
}
