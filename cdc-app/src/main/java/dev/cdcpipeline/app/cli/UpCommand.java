package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.reconcile.Watch;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.RunningStack;
import dev.cdcpipeline.app.stack.StackOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cdc up}: the embedded stack, kept running. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = {
      "Starts the whole pipeline on this machine and keeps it running until Ctrl-C or `cdc down`:"
          + " two PostgreSQL servers, a Kafka broker, a schema registry, Kafka Connect with the"
          + " connectors and, for the topic way, the Streams application, each a process of its own"
          + " on a free port of loopback.",
      "",
      "A piece that dies is started again, and a connector that fails is restarted; it says so."
          + " Data stay in the data directory: the next `cdc up` on it goes on where this one"
          + " stopped."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:with --detach: it runs",
      "2:it could not be started; the message names the piece and shows the end of its log"
    })
final class UpCommand implements Callable<Integer> {

  private static final long POLL_MILLIS = 200;

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = PipelineOptions.DEFAULT_DATA,
      description = "where data, logs and passwords are kept (default: ${DEFAULT-VALUE})")
  private Path data;

  @Mixin private StackChoices choices;

  @Option(
      names = {"-d", "--detach"},
      description = "return when everything works, and leave it running in the background")
  private boolean detach;

  @Mixin private WatchOptions watching;

  @Override
  public Integer call() throws IOException, InterruptedException {
    choices.check();
    PrintWriter out = spec.commandLine().getOut();
    Optional<RunningStack> running = RunningStack.find(data);
    if (running.isPresent()) {
      out.println("already up on " + data + " (process " + running.get().launcherPid() + ")");
      Addresses.print(running.get().endpoints(), data, out);
      return ExitCodes.OK;
    }
    return detach ? startInBackground(out) : runHere(out);
  }

  private Integer runHere(PrintWriter out) throws InterruptedException {
    LiveView view = new LiveView(out, false);
    try (EmbeddedStack stack =
        EmbeddedStack.start(
            choices.apply(
                StackOptions.in(data)
                    .withListener(new StackNarrator(view::say))
                    .withSupervision(true)))) {
      view.say("up after " + Durations.format(stack.startupTime()));
      Addresses.print(stack.endpoints(), data, out);
      watch(stack, view);
      view.say("stop it with Ctrl-C or `cdc down --data " + data + "`");
      // Until a signal ends the process; the stack's own hook then stops everything.
      new CountDownLatch(1).await();
      return ExitCodes.OK;
    }
  }

  /** Compares in the background, if that is asked for, until the process ends. */
  private void watch(EmbeddedStack stack, LiveView view) {
    if (!watching.isAsked()) {
      return;
    }
    Watch watch =
        new Watch(
            watching.options(
                stack.sourceReaderJdbcUrl(),
                stack.endpoints().targetJdbcUrl(),
                stack.sinkJdbcUrl()),
            line -> view.say("comparison: " + line));
    Thread thread = new Thread(watch::run, "comparison");
    thread.setDaemon(true);
    thread.start();
    view.say("comparing source and target in the background; `cdc status` shows what it finds");
  }

  private Integer startInBackground(PrintWriter out) throws IOException, InterruptedException {
    Path log = RunningStack.launcherLog(data);
    // nohup: it outlives the terminal it was started from.
    List<String> command = new ArrayList<>(List.of("nohup"));
    command.addAll(
        RunningStack.launcherCommand(
            CdcCommand.class, "up", "--data", data.toAbsolutePath().toString()));
    command.addAll(choices.words());
    command.addAll(List.of(watching.words()));
    Process launcher =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    out.println("starting in the background; its messages are in " + log);
    out.flush();
    while (RunningStack.find(data).isEmpty()) {
      if (launcher.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new CommandException(
            "the stack could not be started; " + log + " says:\n" + Files.readString(log).strip());
      }
    }
    Addresses.print(RunningStack.find(data).orElseThrow().endpoints(), data, out);
    return ExitCodes.OK;
  }
}
