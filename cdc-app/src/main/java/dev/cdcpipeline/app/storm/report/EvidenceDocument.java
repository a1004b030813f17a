package dev.cdcpipeline.app.storm.report;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The document that is made of storms' reports, as Markdown. */
public final class EvidenceDocument {
  private final List<StormReport> reports;
  private final Map<String, String> faults;

  /**
   * @param reports in any order, at least one
   * @param faults what each kind of fault does, by its name, in the order in which they are shown
   */
  public EvidenceDocument(List<StormReport> reports, Map<String, String> faults) {
    if (reports.isEmpty()) {
      throw new IllegalArgumentException("a document needs at least one report");
    }
    this.reports = reports.stream().sorted(Comparator.comparing(StormReport::began)).toList();
    this.faults = faults;
  }

  /** Its text. */
  public String text() {
    return String.join(
            "\n\n",
            introduction(),
            summary(),
            storms(),
            faultsByKind(),
            anomalies(),
            machines(),
            repetition())
        + "\n";
  }

  private static String introduction() {
    return """
    # Evidence

    A storm (`./cdc storm`) runs a pipeline of its own under load and random faults, and looks for anything that should not be seen:
    a row that is lost, twice or late, a view of the target that is no commit of the source, a result that is not its SELECT.
    [Testing](testing.md) says what it does and checks. This page is written by a command from the reports of storms that were run;
    nothing in it is written by hand. Storms that were broken off, and those whose finding has been mended since, are not among them: what they found is in
    the [changelog](../CHANGELOG.md).\
    """;
  }

  private String summary() {
    Table table = new Table("what", "how many");
    table.row("storms", number(reports.size()));
    table.row("seeds", number(reports.stream().map(StormReport::seed).distinct().count()));
    table.row("time", hours(sum(StormReport::seconds)));
    table.row("faults", number(sum(report -> (long) report.strikes().size())));
    table.row("source transactions", number(sum(StormReport::sourceTransactions)));
    table.row(
        "views of the target, each compared with the source", number(sum(StormReport::reads)));
    table.row("rows compared after rounds", number(sum(StormReport::rowsCompared)));
    table.row("anomalies", number(sum(StormReport::anomalyCount)));
    return "## In total\n\n" + table;
  }

  private String storms() {
    Table table =
        new Table(
            "began (UTC)",
            "seed",
            "way",
            "time",
            "faults",
            "transactions",
            "views",
            "rows compared",
            "anomalies");
    for (StormReport report : reports) {
      table.row(
          report.began().toString().substring(0, 16).replace('T', ' '),
          Long.toString(report.seed()),
          report.way().toLowerCase(Locale.ROOT),
          hours(report.seconds()),
          number(report.strikes().size()),
          number(report.sourceTransactions()),
          number(report.reads()),
          number(report.rowsCompared()),
          number(report.anomalyCount()));
    }
    return "## Storm by storm\n\n" + table;
  }

  private String faultsByKind() {
    Map<String, List<Long>> recoveries = new TreeMap<>();
    reports.stream()
        .flatMap(report -> report.strikes().stream())
        .forEach(
            strike ->
                recoveries
                    .computeIfAbsent(strike.fault(), fault -> new ArrayList<>())
                    .add(strike.recoveredMillis()));
    Table table = new Table("fault", "what it does", "times", "recovered: median", "worst");
    faults.forEach(
        (fault, description) -> {
          List<Long> times = recoveries.remove(fault);
          if (times != null) {
            Collections.sort(times);
            table.row(
                "`" + fault + "`",
                description,
                number(times.size()),
                seconds(median(times)),
                seconds(times.get(times.size() - 1)));
          }
        });
    if (!recoveries.isEmpty()) {
      throw new IllegalArgumentException(
          "the reports have faults that this version does not know: " + recoveries.keySet());
    }
    return """
    ## Faults by kind

    A pipeline has recovered when the target shows a commit that was made after the fault was over. Faults overlap, so
    that a time may be that of another fault, too.

    """
        + table
        + leftOut();
  }

  private String leftOut() {
    TreeSet<String> skipped = new TreeSet<>();
    reports.forEach(
        report ->
            report.skipped().forEach((fault, why) -> skipped.add("- `" + fault + "`: " + why)));
    return skipped.isEmpty()
        ? ""
        : "\nLeft out by at least one storm:\n\n" + String.join("\n", skipped);
  }

  private String anomalies() {
    List<String> lines = new ArrayList<>();
    for (StormReport report : reports) {
      for (StormReport.Finding finding : report.anomalies()) {
        lines.add(
            "- seed %d, round %d, %s: %s"
                .formatted(report.seed(), finding.round(), finding.kind(), finding.what()));
      }
    }
    return "## Anomalies\n\n" + (lines.isEmpty() ? "None." : String.join("\n", lines));
  }

  private String machines() {
    return "## Machine and versions\n\n"
        + table("machine", StormReport::machine)
        + "\n"
        + table("piece", StormReport::versions);
  }

  /** One line for each name, with all values that any report has. */
  private Table table(String what, Function<StormReport, Map<String, String>> values) {
    Map<String, TreeSet<String>> all = new TreeMap<>();
    for (StormReport report : reports) {
      values
          .apply(report)
          .forEach((name, value) -> all.computeIfAbsent(name, key -> new TreeSet<>()).add(value));
    }
    Table table = new Table(what, "");
    all.forEach((name, several) -> table.row(name, String.join("; ", several)));
    return table;
  }

  private String repetition() {
    return reports.stream()
        .map(StormReport::command)
        .distinct()
        .collect(
            Collectors.joining(
                "\n",
                """
                ## Again

                The seed gives the same faults at the same times and the same choices of each session. What sessions do to each other,
                and where exactly a fault meets the pipeline, is up to the machine.

                ```sh
                """,
                "\n```"));
  }

  private long sum(Function<StormReport, Long> value) {
    return reports.stream().mapToLong(value::apply).sum();
  }

  private static long median(List<Long> sorted) {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
  }

  private static String hours(long seconds) {
    Duration time = Duration.ofSeconds(seconds);
    return time.toHours() == 0
        ? time.toMinutes() + " min"
        : time.toHours() + " h " + time.toMinutesPart() + " min";
  }

  /** A table in Markdown. */
  private static final class Table {
    private final StringBuilder text = new StringBuilder();

    Table(String... columns) {
      row(columns);
      text.append("|---".repeat(columns.length)).append("|\n");
    }

    void row(String... cells) {
      for (String cell : cells) {
        text.append("| ").append(cell).append(' ');
      }
      text.append("|\n");
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
