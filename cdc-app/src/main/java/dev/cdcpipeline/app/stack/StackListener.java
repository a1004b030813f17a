package dev.cdcpipeline.app.stack;

import java.time.Duration;

/** Hears what happens to the stack. Called from several threads; must not block. */
public interface StackListener {
  /** A listener that ignores everything. */
  StackListener NONE = new StackListener() {};

  /** Something that takes a while begins, for example unpacking PostgreSQL for the first time. */
  default void progress(String what) {}

  /** A piece's process is being started. */
  default void starting(Service service) {}

  /** A piece answers for the first time since it was started. */
  default void ready(Service service, Duration took) {}

  /**
   * A piece ended that nobody had asked to end.
   *
   * @param why what happened to it, the last lines of its log, and where the log is
   */
  default void died(Service service, String why) {}

  /** A piece that died will be started again after a pause. */
  default void restarting(Service service, Duration after) {}

  /**
   * A connector or one of its tasks is in state FAILED.
   *
   * @param what the connector's name, with the task's number if it is a task
   * @param trace the stack trace as Connect reports it
   */
  default void connectorFailed(String what, String trace) {}

  /** A connector's failed parts were told to start again. */
  default void connectorRestarted(String connector) {}
}
