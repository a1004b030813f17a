package dev.cdcpipeline.transforms.application;

import java.util.function.Consumer;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.LockException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when a stream thread fails. A transient cause, such as a broker or registry that is
 * away, replaces the thread, which goes on from the last commit; any other stops the application
 * with its message: going on could only repeat it.
 */
final class UncaughtErrors implements StreamsUncaughtExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(UncaughtErrors.class);

  private final Consumer<Throwable> fatal;

  /** Reports what is fatal before the application shuts down. */
  UncaughtErrors(Consumer<Throwable> fatal) {
    this.fatal = fatal;
  }

  @Override
  public StreamThreadExceptionResponse handle(Throwable error) {
    if (isTransient(error)) {
      LOG.warn("a stream thread failed and is replaced; it goes on from the last commit", error);
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
    fatal.accept(error);
    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
  }

  static boolean isTransient(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof RetriableException
          || cause instanceof TaskMigratedException
          || cause instanceof TaskCorruptedException
          || cause instanceof LockException
          || cause instanceof InvalidStateStoreException) {
        return true;
      }
    }
    return false;
  }

  /** The message of the innermost cause, which says what is wrong. */
  static String describe(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
