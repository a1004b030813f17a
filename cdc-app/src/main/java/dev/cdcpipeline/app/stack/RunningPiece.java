package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A piece and the process it runs in, if it runs.
 *
 * <p>Starting, stopping and killing exclude one another. An end that nobody asked for is told to
 * the watcher.
 */
final class RunningPiece {
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(40);

  private final Piece piece;
  private final Path log;
  private final StackListener listener;
  private final Consumer<RunningPiece> onDeath;

  /**
   * Held during a whole start; never needed to stop, so that a start in progress can be broken off.
   */
  private final Object starts = new Object();

  private ChildProcess process;
  private Optional<ClassData> classData = Optional.empty();
  private boolean wanted;
  private boolean worked;
  private boolean closed;

  /**
   * @param onDeath told when the process ends although it is wanted and had answered
   */
  RunningPiece(Piece piece, Path log, StackListener listener, Consumer<RunningPiece> onDeath) {
    this.piece = piece;
    this.log = log;
    this.listener = listener;
    this.onDeath = onDeath;
  }

  Service service() {
    return piece.service();
  }

  /**
   * Starts the process and waits until it answers; does nothing if it runs already.
   *
   * @throws StackException if it ends or doesn't answer in time; it is not running then
   */
  void start() {
    synchronized (starts) {
      if (isRunning()) {
        return;
      }
      listener.starting(service());
      long begin = System.nanoTime();
      ChildProcess started = spawn(piece.launch());
      boolean answered = false;
      try {
        awaitAnswer(started, begin);
        piece.settle();
        answered = true;
      } finally {
        if (!answered) {
          giveUp();
          started.kill();
        }
      }
      hasWorked();
      listener.ready(service(), since(begin));
      // nobody waits for this one: it reports by itself
      CompletableFuture<Void> unused = started.exit().thenAccept(code -> ended(started, code));
    }
  }

  private synchronized ChildProcess spawn(Launch launch) {
    if (closed) {
      throw new StackException("the stack is being stopped");
    }
    try {
      process = ChildProcess.start(launch, log, piece.stopSignal());
      classData = launch.classData();
    } catch (IOException e) {
      throw new StackException(
          "cannot start the %s: %s".formatted(service().title(), e.getMessage()), e);
    }
    wanted = true;
    worked = false;
    return process;
  }

  private synchronized void hasWorked() {
    worked = true;
  }

  private synchronized void giveUp() {
    wanted = false;
  }

  private void awaitAnswer(ChildProcess started, long begin) {
    Exception last = null;
    while (true) {
      try {
        if (started.endsWithin(BETWEEN_QUESTIONS)) {
          throw new StackException(
              "the %s ended while starting; %s".formatted(service().title(), LogTail.of(log)));
        }
        if (piece.answers()) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StackException("interrupted while waiting for the " + service().title(), e);
      } catch (StackException e) {
        throw e;
      } catch (Exception e) {
        last = e;
      }
      if (since(begin).compareTo(piece.startLimit()) > 0) {
        throw new StackException(
            "the %s did not answer within %d s%s; %s"
                .formatted(
                    service().title(),
                    piece.startLimit().toSeconds(),
                    last == null ? "" : " (" + last + ")",
                    LogTail.of(log)),
            last);
      }
    }
  }

  private void ended(ChildProcess which, int code) {
    synchronized (this) {
      if (!wanted || process != which) {
        return;
      }
    }
    listener.died(
        service(),
        "the %s ended with exit code %d; %s".formatted(service().title(), code, LogTail.of(log)));
    onDeath.accept(this);
  }

  /** Stops it in an orderly way, even while it is starting; does nothing if it doesn't run. */
  void stop() {
    ChildProcess running;
    Optional<ClassData> left;
    synchronized (this) {
      wanted = false;
      running = process;
      process = null;
      left = classData;
    }
    if (running != null) {
      boolean takesTime = left.filter(ClassData::isMissing).isPresent();
      if (takesTime) {
        listener.progress(
            "the %s keeps its class data for quicker starts (once)".formatted(service().title()));
      }
      boolean orderly = running.stop(takesTime ? ClassData.STOP_LIMIT : piece.stopLimit());
      left.ifPresent(data -> data.keep(orderly));
    }
  }

  /** Stops it for good: no start succeeds from now on. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    piece.abort();
    stop();
  }

  /** Kills it as a crash would: it counts as having died by itself. */
  void kill() {
    ChildProcess victim;
    synchronized (this) {
      victim = process;
    }
    if (victim != null) {
      victim.kill();
    }
  }

  /** Whether it runs, once worked, and answers now that only a new start would help. */
  boolean isBroken() {
    synchronized (this) {
      if (!worked || !isRunning()) {
        return false;
      }
    }
    try {
      return piece.isBroken();
    } catch (IOException e) {
      return false;
    }
  }

  synchronized boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** Whether it was started and has not been stopped on purpose. */
  synchronized boolean isWanted() {
    return wanted;
  }

  Path log() {
    return log;
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }
}
