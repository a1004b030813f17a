package dev.cdcpipeline.app.stack;

import java.io.IOException;
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

  /**
   * Asks a server that runs whether it is in a state that only a new start ends. One that is slow,
   * or can't be reached, is not known to be.
   */
  default boolean isBroken() throws IOException {
    return false;
  }

  /** Does what must be done each time the server has come up, before others use it. */
  default void settle() {}

  /** Breaks off a {@link #launch()} in progress, if it takes time. */
  default void abort() {}

  /**
   * How long it may take until it answers; generous, for machines that are busy with other things.
   */
  default Duration startLimit() {
    return Duration.ofMinutes(5);
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
