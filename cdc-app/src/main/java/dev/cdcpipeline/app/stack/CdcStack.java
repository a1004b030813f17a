package dev.cdcpipeline.app.stack;

import java.time.Duration;

/**
 * A pipeline whose pieces can be stopped, killed and started one by one: what a test needs to know
 * of it, whatever it is made of.
 */
public interface CdcStack extends AutoCloseable {

  /** Where the pieces answer; the same until the stack is closed, whatever is restarted. */
  Endpoints endpoints();

  /** JDBC URL of the source database as superuser, for tests and for repairs. */
  String sourceAdminJdbcUrl();

  /** JDBC URL of the target database as superuser, for tests and for repairs. */
  String targetAdminJdbcUrl();

  /** Starts a piece that was stopped, killed or has died, and waits until it answers. */
  void start(Service service);

  /** Stops a piece in an orderly way; it is not started again until asked to. */
  void stop(Service service);

  /** Kills a piece as a crash would. */
  void kill(Service service);

  /**
   * Throws away what the Streams application keeps on its disk; it must be stopped or killed, and
   * makes its state again out of Kafka when it is started.
   */
  void discardStreamsState();

  /** Whether a piece's process is there. */
  boolean isRunning(Service service);

  /**
   * Waits until every task of every connector runs, starting failed ones again.
   *
   * @throws StackException if the time is over; the message gives their states
   */
  void awaitConnectors(Duration limit);

  /** The end of what a piece has said, for messages, with a line above that names the place. */
  String lastLog(Service service);

  /** Stops everything. Does nothing the second time. */
  @Override
  void close();
}
