package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.app.storm.StormOptions;
import dev.cdcpipeline.app.storm.StormRun;
import dev.cdcpipeline.app.storm.fault.Fault;
import dev.cdcpipeline.app.storm.fault.Faults;
import dev.cdcpipeline.app.storm.report.EvidenceDocument;
import dev.cdcpipeline.app.storm.report.ReportFile;
import dev.cdcpipeline.app.storm.report.StormReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc storm}: a pipeline of its own under load and faults. */
@Command(
    name = "storm",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a pipeline of its own on this machine, writes to its source by many sessions at once,"
          + " and lets random faults happen to all of its parts. Readers look at the target all the"
          + " time and compare what they see with the source as of the commit that the target"
          + " names; after each round of faults every mirror and result is compared with the"
          + " source, and every source transaction must be there once, in commit order.",
      "",
      "All choices come from one seed, which is printed. Several storms may run side by side."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing was lost, nothing was there twice, nothing else was seen",
      "1:an anomaly was found; the report names it",
      "2:the storm itself could not be run, or wrong usage"
    })
final class StormCommand implements Callable<Integer> {
  private static final int SEEDS = 1_000_000;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

  @Spec private CommandSpec spec;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "10",
      description = "how long, without the start (default: ${DEFAULT-VALUE})")
  private int minutes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of all choices (default: another each time)")
  private Long seed;

  @Option(
      names = "--only",
      paramLabel = "FAULT",
      split = ",",
      description = "choose from these faults alone (default: from all)")
  private List<String> only = List.of();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "where the report goes, as JSON (default: report.json in the directory)")
  private Path report;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "where the pipeline keeps its data, and what is left of a failure (default: a directory"
              + " for each storm below .cdc-storm)")
  private Path directory;

  @Option(
      names = "--round",
      paramLabel = "TIME",
      defaultValue = "60s",
      description =
          "how long faults happen until everything is compared (default: ${DEFAULT-VALUE})")
  private Duration round;

  @Option(
      names = "--between",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "from one fault to the next, on average (default: ${DEFAULT-VALUE})")
  private Duration between;

  @Option(
      names = "--way",
      paramLabel = "WAY",
      defaultValue = "both",
      description =
          "table or both: whether the Kafka Streams results run, too (default: ${DEFAULT-VALUE})")
  private Way way;

  @Option(
      names = "--shrink",
      paramLabel = "N",
      defaultValue = "6",
      description =
          "after a failure, how many times its round is tried with fewer faults (default:"
              + " ${DEFAULT-VALUE})")
  private int shrink;

  @Option(
      names = "--document",
      paramLabel = "FILE",
      description = "run no storm, but write a document of the reports that are named")
  private Path document;

  @Parameters(
      paramLabel = "REPORT",
      arity = "0..*",
      description = "reports of storms, for --document")
  private List<Path> reports = List.of();

  @Override
  public Integer call() throws Exception {
    if ((document == null) != reports.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--document and the reports that it is made of go together");
    }
    return document == null ? runStorm() : writeDocument();
  }

  private Integer writeDocument() throws IOException {
    List<StormReport> read = new ArrayList<>();
    for (Path file : reports) {
      read.add(ReportFile.read(file));
    }
    Map<String, String> descriptions = new LinkedHashMap<>();
    Faults.known().forEach(fault -> descriptions.put(fault.name(), fault.description()));
    Files.writeString(document, new EvidenceDocument(read, descriptions).text());
    say("written: " + document);
    return ExitCodes.OK;
  }

  private Integer runStorm() throws Exception {
    long chosen = seed == null ? new Random().nextInt(SEEDS) : seed;
    Path place = directory == null ? Path.of(".cdc-storm", Long.toString(chosen)) : directory;
    StormOptions options =
        new StormOptions(Duration.ofMinutes(minutes), round, between, chosen, faults(), place, way);
    StormReport found = new StormRun(options, shrink, this::say).run();
    Path file = report == null ? place.resolve("report.json") : report;
    ReportFile.write(found, file);
    say(
        "%,d source transactions, %d faults in %d rounds, %,d reads, %,d rows compared: %s; report: %s"
            .formatted(
                found.sourceTransactions(),
                found.strikes().size(),
                found.rounds(),
                found.reads(),
                found.rowsCompared(),
                found.anomalyCount() == 0 ? "no anomaly" : found.anomalyCount() + " ANOMALIES",
                file));
    return found.anomalyCount() == 0 ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }

  private List<Fault> faults() {
    if (only.isEmpty()) {
      return Faults.every();
    }
    List<Fault> faults = new ArrayList<>();
    for (String name : only) {
      faults.add(
          Faults.named(name)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "'%s' is no fault; there are %s"
                              .formatted(
                                  name, Faults.known().stream().map(Fault::name).toList()))));
    }
    return faults;
  }

  private void say(String message) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(LocalTime.now(ZoneOffset.UTC).format(TIME) + " " + message);
    out.flush();
  }
}
