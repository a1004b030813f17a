package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Deployment;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.Way;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cdc deploy}: the deployment files, brought to servers that run. */
@Command(
    name = "deploy",
    mixinStandardHelpOptions = true,
    description = {
      "Brings the deployment files to servers that run: creates missing topics, has the registry"
          + " refuse incompatible schemas, puts the connectors, and waits until every task runs,"
          + " and until each has done its first step, as far as the addresses of the databases are"
          + " given.",
      "",
      "Doing it again changes nothing but what has changed in the files. A step whose server's"
          + " address is not given is left out; Connect's is needed."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every task of every connector runs; sinks and sources have reached their databases",
      "2:something does not answer, refuses a file, or a task fails; its trace is printed"
    })
final class DeployCommand implements Callable<Integer> {

  /** A task may have failed before what it needs was there. */
  private static final int TOLERATED_FAILURES = 1;

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Option(
      names = "--connectors",
      paramLabel = "DIR",
      description = "directory of the connectors' JSON files (default: infra/connectors)")
  private Path connectors;

  @Option(
      names = "--topics",
      paramLabel = "FILE",
      description = "the topics to create (default: infra/topics.json)")
  private Path topics;

  @Option(
      names = "--way",
      paramLabel = "WAY",
      defaultValue = "table",
      description =
          "whose connectors: table, topics or both; those of the other way are removed (default:"
              + " ${DEFAULT-VALUE})")
  private Way way;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      defaultValue = "3m",
      description = "how long the tasks may take until they run (default: ${DEFAULT-VALUE})")
  private Duration limit;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Endpoints endpoints = pipeline.endpoints();
    if (endpoints.connectUrl() == null) {
      throw new CommandException("--connect-url is needed: that is where connectors are put");
    }
    StackNarrator narrator =
        new StackNarrator(
            line -> {
              out.println(line);
              out.flush();
            });
    Deployment deployment = new Deployment(endpoints, narrator);
    if (endpoints.bootstrapServers() != null) {
      deployment.createTopics(DeploymentFiles.topics(topics, spec));
      out.println("topics are there");
    }
    if (endpoints.registryUrl() != null) {
      deployment.requireCompatibleSchemas();
      out.println("the registry refuses incompatible schemas");
    }
    Path directory = DeploymentFiles.connectors(connectors, spec);
    List<String> names = deployment.putConnectors(directory, way);
    if (names.isEmpty()) {
      throw new CommandException("there is no connector in " + directory + " (*.json)");
    }
    out.println("put " + String.join(", ", names) + "; waiting until they run");
    out.flush();
    deployment.awaitProgress(TOLERATED_FAILURES, limit);
    out.println("every task runs" + seen(endpoints));
    return ExitCodes.OK;
  }

  /** What was looked at beyond Connect's word. */
  private static String seen(Endpoints endpoints) {
    String source =
        endpoints.sourceJdbcUrl() == null
            ? "; not looked at: whether the source is read (--source-url)"
            : ", the source is read";
    return source
        + (endpoints.targetJdbcUrl() == null
            ? "; not looked at: whether the sinks have reached the target (--target-url)"
            : ", every sink has its ledger in the target");
  }
}
