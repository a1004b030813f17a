package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.sink.result.InvalidResultException;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultOptions;
import dev.cdcpipeline.sink.result.ResultPlan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc results plan}: what a result would cost, before it is applied. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Shows how results are kept: for each table that one follows, the statement that a change of"
          + " one row runs and the target's plan for it. Warns of a large table that every flush"
          + " would scan, and prints the CREATE INDEX that helps. Changes nothing."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:no flush scans a large table",
      "1:one does, or a definition is wrong",
      "2:not done: a file is wrong, the target does not answer, wrong usage"
    })
final class ResultsPlanCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Parameters(
      paramLabel = "RESULT",
      arity = "0..*",
      description = "names of results (default: all of the directory)")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "the results' files (default: infra/results, else those of this program)")
  private Path directory;

  @Override
  public Integer call() throws Exception {
    Path results = DeploymentFiles.results(directory, spec);
    List<ResultDefinition> definitions = ResultsCommand.read(results);
    for (String name : names) {
      if (definitions.stream().noneMatch(d -> d.name().equals(name))) {
        throw new CommandException(
            "there is no result "
                + name
                + " in "
                + results
                + "; there are "
                + definitions.stream().map(ResultDefinition::name).distinct().toList());
      }
    }
    boolean good = true;
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      target.setAutoCommit(false);
      for (ResultDefinition definition : definitions) {
        if (names.isEmpty() || names.contains(definition.name())) {
          good &= plan(target, definition);
        }
      }
    }
    return good ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }

  private boolean plan(Connection target, ResultDefinition definition) throws SQLException {
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        definition.name() + " (" + definition.file() + "), kept by " + definition.kind().word());
    boolean good = true;
    try (Statement statement = target.createStatement()) {
      // never stand in the sink's way
      statement.execute("SET LOCAL lock_timeout = '5s'");
      for (ResultPlan plan : ResultPlan.of(target, ResultOptions.defaults(), definition)) {
        out.println();
        out.println("  a change of " + plan.table() + " runs");
        plan.statement().lines().forEach(line -> out.println("    " + line));
        out.println("  by this plan");
        plan.explain().forEach(line -> out.println("    " + line));
        plan.warnings().forEach(warning -> out.println("  ! " + warning));
        good &= plan.warnings().isEmpty();
      }
    } catch (InvalidResultException e) {
      out.println("  ! " + e.getMessage());
      good = false;
    } finally {
      target.rollback();
    }
    out.println();
    out.flush();
    return good;
  }
}
