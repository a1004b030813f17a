package dev.cdcpipeline.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An outcome as aligned text for a terminal. */
public final class TextReport {
  private TextReport() {}

  /** The title, the tables, the remarks. */
  public static String of(Outcome outcome) {
    StringBuilder text = new StringBuilder();
    text.append('\n').append(outcome.title()).append('\n');
    text.append(
        String.format(
            Locale.ROOT,
            "%s, %.0f s, load before %.2f%n",
            outcome.conditions().quick() ? "quick" : "full",
            outcome.conditions().took().toMillis() / 1000.0,
            outcome.conditions().loadBefore()));
    for (Table table : outcome.tables()) {
      text.append('\n').append(table.caption()).append('\n').append(aligned(table));
    }
    outcome.remarks().forEach(remark -> text.append("- ").append(remark).append('\n'));
    return text.toString();
  }

  /** The first column to the left, the others to the right. */
  static String aligned(Table table) {
    List<List<String>> lines =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(table.columns()),
                table.rows().stream().map(row -> row.stream().map(Table.Cell::text).toList()))
            .toList();
    int[] widths =
        IntStream.range(0, table.columns().size())
            .map(
                column ->
                    lines.stream().mapToInt(line -> line.get(column).length()).max().orElseThrow())
            .toArray();
    return lines.stream()
        .map(
            line ->
                IntStream.range(0, widths.length)
                    .mapToObj(
                        i -> {
                          String padding = " ".repeat(widths[i] - line.get(i).length());
                          return i == 0 ? line.get(i) + padding : padding + line.get(i);
                        })
                    .collect(Collectors.joining("  "))
                    .stripTrailing())
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
