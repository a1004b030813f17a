package dev.cdcpipeline.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a chart shows: groups of bars, or lines over the same points.
 *
 * @param file the name of its file without an ending
 * @param title what it shows
 * @param unit of the vertical axis
 * @param kind bars or lines
 * @param points the labels of the horizontal axis
 * @param series by name, a value for each point; NaN where there is none
 */
public record Chart(
    String file,
    String title,
    String unit,
    Kind kind,
    List<String> points,
    Map<String, List<Double>> series) {

  /** How values are drawn. */
  public enum Kind {
    BARS,
    LINES
  }

  public Chart {
    points = List.copyOf(points);
    Map<String, List<Double>> copy = new LinkedHashMap<>();
    for (Map.Entry<String, List<Double>> one : series.entrySet()) {
      if (one.getValue().size() != points.size()) {
        throw new IllegalArgumentException(
            "series '%s' of chart '%s' must have %d values, has %d"
                .formatted(one.getKey(), title, points.size(), one.getValue().size()));
      }
      copy.put(one.getKey(), List.copyOf(one.getValue()));
    }
    series = copy;
  }
}
