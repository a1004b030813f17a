package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.sink.result.CatalogueEntry;
import dev.cdcpipeline.sink.result.InvalidResultException;
import dev.cdcpipeline.sink.result.LogGap;
import dev.cdcpipeline.sink.result.ResultCatalog;
import dev.cdcpipeline.sink.result.ResultCatalog.Request;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultKind;
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
import java.util.Map;
import java.util.TreeMap;
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
          + " stopping the mirrors. A result without a file is maintained as it is until it is"
          + " removed by name."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a result failed, a log has missed changes, or --yes is needed; the rest is as wanted",
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

  /** Whose results. */
  private static final class OfSink {
    @Option(
        names = "--sink",
        paramLabel = "SINK",
        description = "the sink whose results these are (default: the only one that can have any)")
    private String name;

    private ResultCatalog catalog(Connection target) throws SQLException {
      ResultCatalog any = new ResultCatalog(ResultOptions.defaults());
      if (!any.exists(target)) {
        throw new CommandException(
            "the target has no results: no sink of this version with results has run there; see"
                + " `cdc status`");
      }
      List<String> sinks = any.sinks(target);
      if (name == null && sinks.size() != 1) {
        throw new CommandException("name a sink with --sink; there are " + sinks);
      }
      if (name != null && !sinks.contains(name)) {
        throw new CommandException("there is no sink " + name + "; there are " + sinks);
      }
      return new ResultCatalog(
          ResultOptions.defaults().withSink(name == null ? sinks.get(0) : name));
    }
  }

  @Command(
      name = "apply",
      mixinStandardHelpOptions = true,
      description =
          "Gives the target the results of a directory: new and changed ones are computed in full,"
              + " each in one transaction. Nothing is removed; those without a file are named.")
  int apply(
      @Option(
              names = "--results",
              paramLabel = "DIR",
              description =
                  "the results' files (default: infra/results, else those of this program)")
          Path directory,
      @Mixin PipelineOptions pipeline,
      @Mixin OfSink sink,
      @Mixin Waiting waiting)
      throws SQLException, IOException {
    Path results = DeploymentFiles.results(directory, spec);
    List<ResultDefinition> definitions = read(results);
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      ResultCatalog catalog = sink.catalog(target);
      List<Request> requests = catalog.apply(target, definitions);
      int outcome = ExitCodes.OK;
      if (requests.isEmpty()) {
        out().println("nothing to do: the target has the results of " + results);
      } else {
        outcome = await(catalog, target, requests, waiting.limit, out());
      }
      List<String> files = definitions.stream().map(ResultDefinition::name).toList();
      List<String> without =
          catalog.list(target).stream()
              .map(CatalogueEntry::name)
              .filter(name -> !files.contains(name))
              .toList();
      if (!without.isEmpty()) {
        out()
            .println(
                "without a file in %s, and maintained as before: %s; cdc results remove NAME removes one"
                    .formatted(results, String.join(", ", without)));
      }
      return outcome;
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description =
          "Removes results with their tables. Prints what would be lost; with --yes it does it.")
  int remove(
      @Parameters(paramLabel = "RESULT", arity = "1..*", description = "names of results")
          List<String> names,
      @Option(names = "--yes", description = "remove them; what a log holds can't be had again")
          boolean yes,
      @Mixin PipelineOptions pipeline,
      @Mixin OfSink sink,
      @Mixin Waiting waiting)
      throws SQLException {
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      ResultCatalog catalog = sink.catalog(target);
      Map<String, CatalogueEntry> known = known(catalog, target, names);
      if (!yes) {
        for (String name : names) {
          CatalogueEntry entry = known.get(name);
          out()
              .println(
                  "%s: its table and views would be dropped%s"
                      .formatted(
                          name,
                          entry.definition().kind() == ResultKind.LOG
                              ? ", with a history that can't be computed again"
                              : ""));
        }
        out().println("nothing was removed; say --yes to do it");
        return ExitCodes.BAD_ANSWER;
      }
      List<Request> requests = new ArrayList<>();
      target.setAutoCommit(false);
      for (String name : names) {
        requests.add(catalog.remove(target, name));
      }
      target.commit();
      target.setAutoCommit(true);
      return await(catalog, target, requests, waiting.limit, out());
    }
  }

  @Command(
      name = "settle",
      mixinStandardHelpOptions = true,
      description =
          "Ends the report that a log has missed changes. They stay missing: add them by hand"
              + " before, or accept it.")
  int settle(
      @Parameters(paramLabel = "LOG", description = "name of the log") String log,
      @Option(names = "--note", paramLabel = "TEXT", description = "why, to be kept on record")
          String note,
      @Mixin PipelineOptions pipeline,
      @Mixin OfSink sink)
      throws SQLException {
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      if (!sink.catalog(target).settle(target, log, note)) {
        throw new CommandException("nothing is reported as missing from " + log);
      }
      out().println("settled: cdc.log_gaps keeps what " + log + " missed");
      return ExitCodes.OK;
    }
  }

  private static Map<String, CatalogueEntry> known(
      ResultCatalog catalog, Connection target, List<String> names) throws SQLException {
    Map<String, CatalogueEntry> known = new TreeMap<>();
    catalog.list(target).forEach(entry -> known.put(entry.name(), entry));
    for (String name : names) {
      if (!known.containsKey(name)) {
        throw new CommandException("there is no result " + name + "; there are " + known.keySet());
      }
    }
    return known;
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
      @Mixin OfSink sink,
      @Mixin Waiting waiting)
      throws SQLException {
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      ResultCatalog catalog = sink.catalog(target);
      known(catalog, target, names);
      return rebuild(catalog, target, names, waiting.limit, out());
    }
  }

  /**
   * Has every sink's results over a mirror computed in full; logs, which can't be, stay as they
   * are.
   *
   * @param mirror its name, without its schema
   */
  static void rebuildOver(String mirror, String sinkUrl, Duration limit, PrintWriter out)
      throws SQLException {
    try (Connection target = DriverManager.getConnection(sinkUrl)) {
      ResultCatalog any = new ResultCatalog(ResultOptions.defaults());
      for (String sink : any.exists(target) ? any.sinks(target) : List.<String>of()) {
        ResultCatalog catalog = new ResultCatalog(ResultOptions.defaults().withSink(sink));
        List<String> names =
            catalog.list(target).stream()
                .map(CatalogueEntry::definition)
                .filter(result -> result.kind() != ResultKind.LOG)
                .filter(r -> r.followed().isEmpty() || r.followed().contains(mirror))
                .map(ResultDefinition::name)
                .toList();
        if (!names.isEmpty()) {
          rebuild(catalog, target, names, limit, out);
        }
      }
    }
  }

  private static int rebuild(
      ResultCatalog catalog, Connection target, List<String> names, Duration limit, PrintWriter out)
      throws SQLException {
    target.setAutoCommit(false);
    List<Request> requests = new ArrayList<>();
    for (String name : names) {
      requests.add(catalog.rebuild(target, name));
    }
    target.commit();
    target.setAutoCommit(true);
    return await(catalog, target, requests, limit, out);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description =
          "Lists the target's results: how each is maintained, its state, why it failed, and what"
              + " logs have missed.")
  int list(@Mixin PipelineOptions pipeline, @Mixin OfSink sink) throws SQLException {
    try (Connection target = DriverManager.getConnection(pipeline.targetUrl())) {
      ResultCatalog catalog = sink.catalog(target);
      TextTable table =
          new TextTable("result", "maintained by", "state", "built at", "took", "error");
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
                + entry.position().map(position -> " (at " + position + ")").orElse("")
                + entry.fileAbsentSince().map(since -> "no file since " + since).orElse(""));
      }
      table.print(out());
      for (LogGap gap : catalog.gaps(target)) {
        failed = true;
        out()
            .println(
                "%s misses %d changes committed from %s to %s; cdc results settle %s ends this report"
                    .formatted(gap.name(), gap.changes(), gap.from(), gap.to(), gap.name()));
      }
      return failed ? ExitCodes.BAD_ANSWER : ExitCodes.OK;
    }
  }

  private static int await(
      ResultCatalog catalog,
      Connection target,
      List<Request> asked,
      Duration limit,
      PrintWriter out)
      throws SQLException {
    long start = System.nanoTime();
    List<Request> requests = catalog.outcomes(target, asked);
    while (requests.stream().anyMatch(request -> request.outcome().isEmpty())) {
      if (System.nanoTime() - start > limit.toNanos()) {
        throw new CommandException(
            "the sink has not taken every request within "
                + Durations.format(limit)
                + "; they stay asked for: see `cdc status` and `cdc results list`. A change of"
                + " types or keys waits for transactions that are open at the target; the log of"
                + " Connect names them");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
      requests = catalog.outcomes(target, asked);
    }
    TextTable table = new TextTable("result", "asked for", "outcome");
    requests.forEach(
        request -> table.row(request.name(), request.action(), request.outcome().orElse("")));
    table.print(out);
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

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
