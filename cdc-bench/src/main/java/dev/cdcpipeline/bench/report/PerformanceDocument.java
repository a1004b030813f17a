package dev.cdcpipeline.bench.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code docs/performance.md} with its charts, made of a text with places for outcomes and of the
 * outcomes themselves. What was not measured is said to be so.
 */
public final class PerformanceDocument {
  private static final String TEMPLATE = "performance-template.md";
  private static final Pattern PLACE = Pattern.compile("(?m)^\\{\\{(\\w[\\w-]*)}}$");
  private static final String CHARTS = "performance";

  private final OutcomeFiles outcomes;
  private final Path docs;

  /**
   * @param docs the directory that the document goes into, its charts into {@code performance} in
   *     it
   */
  public PerformanceDocument(OutcomeFiles outcomes, Path docs) {
    this.outcomes = outcomes;
    this.docs = docs;
  }

  /** Writes the document and its charts. */
  public Path write() {
    String template = template();
    StringBuilder text = new StringBuilder();
    Matcher place = PLACE.matcher(template);
    while (place.find()) {
      String name = place.group(1);
      String section =
          name.equals("conditions") ? conditions(template) : section(name, outcomes.read(name));
      place.appendReplacement(text, Matcher.quoteReplacement(section));
    }
    place.appendTail(text);
    Path file = docs.resolve("performance.md");
    write(file, text.toString());
    return file;
  }

  private static String template() {
    try (InputStream in = PerformanceDocument.class.getResourceAsStream(TEMPLATE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + TEMPLATE, e);
    }
  }

  /** The machine, from any outcome: all are measured on one. */
  private String conditions(String template) {
    Optional<Outcome> any =
        PLACE
            .matcher(template)
            .results()
            .map(place -> place.group(1))
            .filter(name -> !name.equals("conditions"))
            .flatMap(name -> outcomes.read(name).stream())
            .findFirst();
    if (any.isEmpty()) {
      return "Nothing has been measured.";
    }
    Table machine = new Table("", "machine", "");
    any.get().conditions().machine().forEach(machine::row);
    Table versions = new Table("", "piece", "version");
    any.get().conditions().versions().forEach(versions::row);
    return markdown(machine) + "\n" + markdown(versions);
  }

  private String section(String name, Optional<Outcome> found) {
    if (found.isEmpty()) {
      return "_Not measured: `./cdc bench " + name + "`._";
    }
    Outcome outcome = found.get();
    StringBuilder text = new StringBuilder("### ").append(outcome.title()).append("\n\n");
    outcome.method().forEach(paragraph -> text.append(paragraph).append("\n\n"));
    for (Chart chart : outcome.charts()) {
      String file = CHARTS + "/" + chart.file() + ".svg";
      write(docs.resolve(file), SvgChart.of(chart));
      text.append("![").append(chart.title()).append("](").append(file).append(")\n\n");
    }
    for (Table table : outcome.tables()) {
      text.append("**")
          .append(table.caption())
          .append("**\n\n")
          .append(markdown(table))
          .append('\n');
    }
    outcome.remarks().forEach(remark -> text.append("- ").append(remark).append('\n'));
    if (!outcome.remarks().isEmpty()) {
      text.append('\n');
    }
    Outcome.Conditions conditions = outcome.conditions();
    text.append(
        String.format(
            Locale.ROOT,
            "`./cdc bench %s%s`, %s UTC, %.0f s; load average before: %.2f.",
            name,
            conditions.quick() ? " --quick" : "",
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT)
                .format(conditions.started().atOffset(ZoneOffset.UTC)),
            conditions.took().toMillis() / 1000.0,
            conditions.loadBefore()));
    return text.toString();
  }

  /** The first column to the left, the others to the right. */
  static String markdown(Table table) {
    String header = row(table.columns());
    String line =
        table.columns().stream()
            .skip(1)
            .map(column -> "---:")
            .collect(Collectors.joining(" | ", "| --- | ", " |\n"));
    return header
        + line
        + table.rows().stream()
            .map(row -> row(row.stream().map(Table.Cell::text).toList()))
            .collect(Collectors.joining());
  }

  private static String row(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** The places of the template, for those who want to know what it needs. */
  public static Map<String, Long> places() {
    return PLACE
        .matcher(template())
        .results()
        .collect(Collectors.groupingBy(place -> place.group(1), Collectors.counting()));
  }
}
