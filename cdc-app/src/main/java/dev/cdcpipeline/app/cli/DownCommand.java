package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.RunningStack;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cdc down}: stops what {@code cdc up} started. */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description =
        "Stops the stack that `cdc up` keeps running on a data directory, in order, and waits; also"
            + " the servers that are left of one whose launcher was killed. The data stay.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:nothing runs there any more", "2:it does not stop in time"})
final class DownCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = PipelineOptions.DEFAULT_DATA,
      description = "the stack's data directory (default: ${DEFAULT-VALUE})")
  private Path data;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      // servers that keep class data for quicker starts take their time once
      defaultValue = "5m",
      description = "how long it may take (default: ${DEFAULT-VALUE})")
  private Duration limit;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Optional<RunningStack> running = RunningStack.find(data);
    if (running.isEmpty()) {
      int left =
          RunningStack.stopLeftovers(
              data,
              line -> {
                out.println(line);
                out.flush();
              });
      out.println(left == 0 ? "nothing runs on " + data : "down");
      return ExitCodes.OK;
    }
    out.println("stopping the stack on " + data);
    out.flush();
    if (!running.get().stop(limit)) {
      throw new CommandException(
          "process "
              + running.get().launcherPid()
              + " has not stopped everything within "
              + Durations.format(limit)
              + "; look into "
              + data.resolve("logs"));
    }
    out.println("down");
    return ExitCodes.OK;
  }
}
