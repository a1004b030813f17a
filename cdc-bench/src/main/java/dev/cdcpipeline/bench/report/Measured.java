package dev.cdcpipeline.bench.report;

import java.util.List;
import java.util.Locale;

/**
 * One quantity, measured once in each counted run.
 *
 * @param unit what one unit is, for example {@code rows/s}; empty for a ratio
 * @param runs the values in the order they were measured, at least one
 */
public record Measured(String unit, List<Double> runs) {

  public Measured {
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("a measured quantity needs at least one run");
    }
    runs = List.copyOf(runs);
  }

  /** A quantity that was measured once. */
  public static Measured once(String unit, double value) {
    return new Measured(unit, List.of(value));
  }

  /** The middle value; of an even number of runs the mean of the middle two. */
  public double median() {
    List<Double> sorted = runs.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  public double least() {
    return runs.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  public double most() {
    return runs.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** How many times this quantity's median is another's. */
  public Measured over(Measured other) {
    return once("×", median() / other.median());
  }

  /** The median, and least and most of several runs: {@code 34,300 (33,100–35,000)}. */
  public String text() {
    String text = number(median());
    return runs.size() == 1 ? text : text + " (" + number(least()) + "–" + number(most()) + ")";
  }

  /** A number with as many decimals as its size deserves. */
  static String number(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
