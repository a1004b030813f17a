package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.schema.AlterTable;
import dev.cdcpipeline.app.schema.Deployed;
import dev.cdcpipeline.app.schema.RegistryForecast;
import dev.cdcpipeline.app.schema.ResultForecast;
import dev.cdcpipeline.app.schema.TableChange;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.MirrorForecast;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc schema plan}: what an ALTER TABLE will do to registry, mirrors and results. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Tells what an ALTER TABLE at the source will do to the registry, to mirrors and to results,"
          + " before one runs it. It is tried on an empty table of the same columns, in a"
          + " transaction that is rolled back; the real table is not locked, and nothing is"
          + " changed."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything follows by itself",
      "1:something will stop, or wants a step; it is marked with !",
      "2:not told: the statement is not handled or wrong, a server does not answer, wrong usage"
    },
    footer = {
      "",
      "Example:",
      "  cdc schema plan \"ALTER TABLE orders ADD COLUMN coupon text NOT NULL\""
    })
final class SchemaPlanCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Parameters(paramLabel = "STATEMENT", description = "an ALTER TABLE, with any number of actions")
  private String statement;

  @Option(
      names = "--connectors",
      paramLabel = "DIR",
      description =
          "the connectors' files, read where Connect is not known or does not answer (default:"
              + " infra/connectors, else those of this program)")
  private Path connectors;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "the results' files (default: infra/results, else those of this program)")
  private Path directory;

  private boolean good = true;

  @Override
  public Integer call() throws Exception {
    AlterTable alter = AlterTable.parse(statement);
    TableChange change;
    try (Connection source = DriverManager.getConnection(pipeline.sourceUrl())) {
      change = TableChange.of(source, alter);
    }
    out().println(change.schema() + "." + change.table());
    List<String> what = change.describe();
    (what.isEmpty() ? List.of("no column changes") : what).forEach(this::line);
    change.conditions().forEach(this::line);
    Endpoints endpoints = pipeline.endpoints();
    Deployed deployed =
        Deployed.read(
            endpoints.connectUrl() == null ? Optional.empty() : Optional.of(endpoints.connect()),
            DeploymentFiles.connectors(connectors, spec));
    TableId source = new TableId(change.schema(), change.table());
    Optional<String> topic = deployed.topic(source);
    if (topic.isEmpty()) {
      mark("no source connector captures the table, so that nothing follows its changes");
      out().flush();
      return ExitCodes.BAD_ANSWER;
    }
    registry(change, topic.get());
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      target.setAutoCommit(false);
      mirrors(change, deployed.sinks(source, topic.get()), target);
      results(change, deployed, target);
      target.rollback();
    }
    out().flush();
    return good ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }

  private void registry(TableChange change, String topic) throws IOException {
    String subject = topic + "-value";
    Endpoints endpoints = pipeline.endpoints();
    Optional<String> level =
        endpoints.registryUrl() == null
            ? Optional.empty()
            : Deployed.compatibility(endpoints.registry(), subject);
    String known = level.orElse("BACKWARD");
    out().println();
    out()
        .println(
            "Registry: %s%s for %s"
                .formatted(known, level.isPresent() ? "" : " (assumed)", subject));
    List<String> refusals = new RegistryForecast(change).refusals(known);
    if (refusals.isEmpty()) {
      line("takes the new schema");
      return;
    }
    mark("refuses the new schema, and the source connector stops at the next change of the table");
    refusals.forEach(reason -> line("  " + reason));
    line("  way out: docs/schema-evolution.md, The registry refuses");
  }

  private void mirrors(TableChange change, List<Deployed.Sink> sinks, Connection target)
      throws SQLException {
    TableId source = new TableId(change.schema(), change.table());
    if (sinks.isEmpty()) {
      out().println();
      mark("no sink mirrors the table");
    }
    for (Deployed.Sink sink : sinks) {
      out().println();
      out()
          .println(
              "Mirror %s: sink %s, schema.evolution=%s"
                  .formatted(
                      sink.mirror(),
                      sink.name(),
                      sink.evolution().name().toLowerCase(Locale.ROOT)));
      if (change.key().isEmpty()) {
        mark("the table has no primary key any more, and the sink stops");
        continue;
      }
      if (change.changesKey()) {
        mark("the key changes: read the table again into a new mirror");
      }
      try {
        Optional<MirrorForecast> forecast =
            MirrorForecast.of(
                target, sink.evolution(), source, sink.mirror(), change.type(), change.key());
        if (forecast.isEmpty()) {
          line("is not there yet");
          continue;
        }
        forecast.get().statements().forEach(step -> line("the sink runs " + step));
        forecast.get().limits().forEach(this::mark);
        if (forecast.get().statements().isEmpty() && forecast.get().limits().isEmpty()) {
          line("stays as it is");
        }
        for (String gone : change.goneNames()) {
          line("column " + gone + " stays, and is NULL in every row written from then on");
        }
        change.unsaid().forEach(this::mark);
      } catch (FatalWriteException e) {
        mark("the sink stops: " + e.getMessage());
      }
    }
  }

  private void results(TableChange change, Deployed deployed, Connection target)
      throws SQLException, IOException {
    out().println();
    out().println("Results");
    ResultOptions defaults = ResultOptions.defaults();
    ResultOptions options =
        new ResultOptions(
            deployed.resultsMirrorSchema().orElse(defaults.mirrorSchema()),
            deployed.resultSchema().orElse(defaults.resultSchema()),
            defaults.catalogueSchema(),
            defaults.sink(),
            defaults.smallFlushRows());
    ResultForecast forecast = new ResultForecast(target, options, change);
    boolean any = false;
    for (ResultDefinition definition :
        ResultsCommand.read(DeploymentFiles.results(directory, spec))) {
      List<String> consequences = forecast.consequences(definition);
      if (!consequences.isEmpty()) {
        any = true;
        consequences.forEach(line -> mark(definition.name() + " " + line));
      }
    }
    if (!any) {
      line("stay as they are");
    }
  }

  private void line(String text) {
    out().println("  " + text);
  }

  private void mark(String text) {
    good = false;
    out().println("  ! " + text);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
