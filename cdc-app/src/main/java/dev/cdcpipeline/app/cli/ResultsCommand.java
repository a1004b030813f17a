package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.sink.result.CatalogueEntry;
import dev.cdcpipeline.sink.result.InvalidResultException;
import dev.cdcpipeline.sink.result.ResultCatalog;
import dev.cdcpipeline.sink.result.ResultCatalog.Request;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc results}: the results' definitions in the target. */
@Command(
    name = "results",
    mixinStandardHelpOptions = true,
    subcommands = ResultsPlanCommand.class,
    description = {
      "Shows and changes the results that the sink keeps in the target. A result is a file with a"
          + " header and a SELECT; the sink takes a change at its next commit boundary, without"
          + " stopping the mirrors."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a result failed; the others are as wanted",
      "2:not done: a file is wrong, the target or the sink does not answer, wrong usage"
    },
    footer = {
      "",
      "Example: write infra/results/revenue_by_category.sql, then",
      "  cdc results plan revenue_by_category",
      "  cdc results apply"
    })
final class ResultsCommand {

  private static final long PAUSE_NANOS = 100_000_000L;
  private static final String FAILED = "failed";

  private final ResultCatalog catalog = new ResultCatalog(ResultOptions.defaults());

  @Spec private CommandSpec spec;

  /** What {@code apply} and {@code rebuild} wait for. */
  private static final class Waiting {
    @Option(
        names = "--wait",
        paramLabel = "TIME",
        defaultValue = "5m",
        description = "how long the sink may take (default: ${DEFAULT-VALUE})")
    private Duration limit;
  }

  @Command(
      name = "apply",
      mixinStandardHelpOptions = true,
      description =
          "Makes the target's results those of a directory: new and changed ones are computed in"
              + " full beside the old and take their place in one transaction; those without a file"
              + " are removed.")
  int apply(
      @Option(
              names = "--results",
              paramLabel = "DIR",
              description =
                  "the results' files (default: infra/results, else those of this program)")
          Path directory,
      @Mixin PipelineOptions pipeline,
      @Mixin Waiting waiting)
      throws SQLException, IOException {
    Path results = DeploymentFiles.results(directory, spec);
    List<ResultDefinition> definitions = read(results);
    try (Connection target = openAsSink(pipeline)) {
      List<Request> requests = catalog.apply(target, definitions);
      if (requests.isEmpty()) {
        out().println("nothing to do: the target's results are those of " + results);
        return ExitCodes.OK;
      }
      return await(target, requests, waiting.limit);
    }
  }

  @Command(
      name = "rebuild",
      mixinStandardHelpOptions = true,
      description =
          "Computes results in full, whatever their state; this is how one that failed is healed.")
  int rebuild(
      @Parameters(paramLabel = "RESULT", arity = "1..*", description = "names of results")
          List<String> names,
      @Mixin PipelineOptions pipeline,
      @Mixin Waiting waiting)
      throws SQLException {
    try (Connection target = openAsSink(pipeline)) {
      List<String> known = catalog.list(target).stream().map(CatalogueEntry::name).toList();
      for (String name : names) {
        if (!known.contains(name)) {
          throw new CommandException("there is no result " + name + "; there are " + known);
        }
      }
      target.setAutoCommit(false);
      List<Request> requests = new ArrayList<>();
      for (String name : names) {
        requests.add(catalog.rebuild(target, name));
      }
      target.commit();
      target.setAutoCommit(true);
      return await(target, requests, waiting.limit);
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the target's results: how each is kept, its state, and why it failed.")
  int list(@Mixin PipelineOptions pipeline) throws SQLException {
    try (Connection target = DriverManager.getConnection(pipeline.targetUrl())) {
      requireCatalog(target);
      TextTable table = new TextTable("result", "kept by", "state", "built at", "took", "error");
      boolean failed = false;
      for (CatalogueEntry entry : catalog.list(target)) {
        failed |= entry.state() == CatalogueEntry.State.FAILED;
        table.row(
            entry.name(),
            entry.definition().kind().word(),
            entry.state().name().toLowerCase(Locale.ROOT),
            entry.builtAt().map(Instant::toString).orElse(""),
            entry.builtAt().isPresent()
                ? Durations.format(Duration.ofMillis(entry.buildMillis()))
                : "",
            entry.error().orElse("")
                + entry.position().map(position -> " (at " + position + ")").orElse(""));
      }
      table.print(out());
      return failed ? ExitCodes.BAD_ANSWER : ExitCodes.OK;
    }
  }

  private int await(Connection target, List<Request> asked, Duration limit) throws SQLException {
    long start = System.nanoTime();
    List<Request> requests = catalog.outcomes(target, asked);
    while (requests.stream().anyMatch(request -> request.outcome().isEmpty())) {
      if (System.nanoTime() - start > limit.toNanos()) {
        throw new CommandException(
            "the sink has not taken every request within "
                + Durations.format(limit)
                + "; they stay asked for: see `cdc status` and `cdc results list`");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
      requests = catalog.outcomes(target, asked);
    }
    TextTable table = new TextTable("result", "asked for", "outcome");
    requests.forEach(
        request -> table.row(request.name(), request.action(), request.outcome().orElse("")));
    table.print(out());
    boolean failed =
        requests.stream().anyMatch(request -> request.outcome().orElse("").startsWith(FAILED));
    return failed ? ExitCodes.BAD_ANSWER : ExitCodes.OK;
  }

  static List<ResultDefinition> read(Path directory) throws IOException {
    try {
      return ResultFile.readDirectory(directory);
    } catch (InvalidResultException e) {
      throw new CommandException(directory + ": " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no directory " + directory, e);
    }
  }

  /** Requests are written by the role that owns the catalogue. */
  private Connection openAsSink(PipelineOptions pipeline) throws SQLException {
    Connection target = DriverManager.getConnection(pipeline.sinkUrl());
    try {
      requireCatalog(target);
      return target;
    } catch (SQLException | RuntimeException e) {
      target.close();
      throw e;
    }
  }

  private void requireCatalog(Connection target) throws SQLException {
    if (!catalog.exists(target)) {
      throw new CommandException(
          "the target has no results: no sink with results has run there; see `cdc status`");
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
