package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.monitor.FlowProbe;
import dev.cdcpipeline.app.monitor.FlowProbe.Latency;
import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.Reconciliation;
import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.simulate.OrderAudit;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.SimulationReport;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.app.stack.Way;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One demo from the first server's start to the last one's end. */
final class DemoRun {

  private static final Duration FIRST_CHANGE_LIMIT = Duration.ofMinutes(2);
  private static final Duration MIN_PATIENCE = Duration.ofMinutes(2);
  private static final Duration UNWIND_LIMIT = Duration.ofSeconds(60);
  private static final int DIFFERENCES_SHOWN = 3;

  private final SimulationOptions simulation;
  private final Path namedData;
  private final StackChoices choices;
  private final Way way;
  private final LiveView view;

  /**
   * @param namedData where data are kept; null for a directory that is deleted at the end
   */
  DemoRun(SimulationOptions simulation, Path namedData, StackChoices choices, LiveView view) {
    this.simulation = simulation;
    this.namedData = namedData;
    this.choices = choices;
    this.way = choices.way();
    this.view = view;
  }

  DemoReport run() throws IOException {
    CountDownLatch unwound = new CountDownLatch(1);
    Thread onSignal = unwindOnSignal(unwound);
    Runtime.getRuntime().addShutdownHook(onSignal);
    try (DemoDirectory directory = DemoDirectory.of(namedData)) {
      view.say("starting the pipeline on " + directory.path());
      StackOptions options =
          choices.apply(
              StackOptions.in(directory.path())
                  .withListener(new StackNarrator(view::say))
                  .withSupervision(true));
      try (EmbeddedStack stack = EmbeddedStack.start(options)) {
        return show(stack.endpoints(), options.distribution());
      }
    } finally {
      unwound.countDown();
    }
  }

  /** Ctrl-C ends the demo early, but the process only when this thread has tidied up. */
  private static Thread unwindOnSignal(CountDownLatch unwound) {
    Thread demo = Thread.currentThread();
    return new Thread(
        () -> {
          try {
            demo.interrupt();
            if (!unwound.await(UNWIND_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
              System.err.println("cdc: not everything was tidied up in time");
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        "cdc-demo-ending");
  }

  private DemoReport show(Endpoints endpoints, Distribution distribution) {
    try {
      DemoReport report = play(endpoints, distribution);
      view.say("stopping the pipeline");
      return report;
    } finally {
      // A signal interrupted this thread, which must not hinder what is closed next.
      Thread.interrupted();
    }
  }

  private DemoReport play(Endpoints endpoints, Distribution distribution) {
    awaitFirstChange(endpoints);
    Duration startup = sinceProcessStart();
    view.say("the first change is in the target " + Durations.format(startup) + " after the start");
    // The whole log of order events can be compared only if the source notes what really happened.
    OrderAudit.install(endpoints.sourceJdbcUrl());

    long simulationStart = System.nanoTime();
    SimulationReport simulated = simulate(endpoints);
    view.say(
        String.format(
            java.util.Locale.ROOT,
            "the shop is quiet after %,d transactions; waiting until everything has arrived",
            simulated.transactions()));

    ReconcileReport comparison =
        new Reconciliation(
                new Reconciliation.Options(
                    endpoints.sourceJdbcUrl(),
                    endpoints.targetJdbcUrl(),
                    Optional.of(distribution.results()),
                    patience(),
                    DIFFERENCES_SHOWN,
                    true,
                    way),
                view::say)
            .run();
    FlowProbe probe = FlowProbe.of(endpoints.targetJdbcUrl(), way);
    try {
      Duration past = Duration.ofNanos(System.nanoTime() - simulationStart);
      Latency latency = probe.latencySince(past);
      Optional<Latency> streamed =
          way == Way.BOTH
              ? Optional.of(FlowProbe.of(endpoints.targetJdbcUrl(), Way.TOPICS).latencySince(past))
              : Optional.empty();
      return new DemoReport(
          startup, simulated, latency, streamed, comparison, probe.sample().tables());
    } catch (SQLException e) {
      throw new CommandException("the target does not answer: " + e.getMessage(), e);
    }
  }

  private void awaitFirstChange(Endpoints endpoints) {
    if (way.hasTables()) {
      TargetProgress.await(
          endpoints.targetJdbcUrl(),
          TargetProgress.mark(endpoints.sourceJdbcUrl()),
          FIRST_CHANGE_LIMIT,
          view::say);
    } else {
      TargetProgress.awaitRow(
          endpoints.targetJdbcUrl(),
          "streamed.customer_order_summary",
          FIRST_CHANGE_LIMIT,
          view::say);
    }
  }

  private SimulationReport simulate(Endpoints endpoints) {
    Simulator simulator = new Simulator(endpoints.sourceJdbcUrl(), simulation);
    DemoView demo =
        new DemoView(
            view, FlowProbe.of(endpoints.targetJdbcUrl(), way), simulator, simulation.duration());
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<SimulationReport> running = thread.submit(simulator::run);
      while (true) {
        try {
          SimulationReport report = running.get(demo.pause().toMillis(), TimeUnit.MILLISECONDS);
          demo.update();
          view.keep();
          return report;
        } catch (TimeoutException stillRunning) {
          demo.update();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      simulator.stop();
      thread.shutdown();
    }
  }

  /** A backlog may take about as long as it took to make it. */
  private Duration patience() {
    return simulation.duration().compareTo(MIN_PATIENCE) > 0 ? simulation.duration() : MIN_PATIENCE;
  }

  private static Duration sinceProcessStart() {
    Instant now = Instant.now();
    return Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now);
  }
}
