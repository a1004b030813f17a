package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.simulate.SimulationException;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.storm.load.Lulls;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The shop's life during a storm: the simulator, started again after each lull, and when the source
 * was away for longer than it waits.
 */
final class Shop {
  private static final double PER_SECOND = 12;
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final StormStack stack;
  private final Lulls lulls;
  private final Thread thread;
  private long seed;
  private volatile Simulator simulator;
  private volatile boolean stopped;

  /** Begins a life. */
  Shop(StormStack stack, Lulls lulls, long seed) {
    this.stack = stack;
    this.lulls = lulls;
    this.seed = seed;
    this.thread = new Thread(this::run, "storm-shop");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!stopped) {
      Duration busy = lulls.untilNext();
      if (busy.isZero()) {
        LockSupport.parkNanos(PAUSE.toNanos());
        continue;
      }
      try {
        Simulator next =
            new Simulator(
                stack.endpoints().sourceJdbcUrl(), SimulationOptions.of(PER_SECOND, busy, seed++));
        simulator = next;
        if (!stopped) {
          next.run();
        }
      } catch (SimulationException e) {
        // the source is away, or its launcher was started again and it answers elsewhere
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** Lets every transaction end. */
  void close() {
    stopped = true;
    Simulator running = simulator;
    if (running != null) {
      running.stop();
    }
    try {
      thread.join(TimeUnit.MINUTES.toMillis(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
