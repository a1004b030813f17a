package dev.cdcpipeline.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws a {@link Chart} as SVG, on its own background, so that it reads on light and dark pages.
 */
public final class SvgChart {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 340;
  private static final int LEFT = 78;
  private static final int RIGHT = 20;
  private static final int TOP = 74;
  private static final int BOTTOM = 40;
  private static final int CHARACTER = 7;
  private static final List<String> COLOURS =
      List.of("#1f6f8b", "#e07a3f", "#6a994e", "#8d5a97", "#c9a227", "#5c6b73");

  private final Chart chart;
  private final StringBuilder out = new StringBuilder();
  private final double top;

  private SvgChart(Chart chart) {
    this.chart = chart;
    double most =
        chart.series().values().stream()
            .flatMap(List::stream)
            .filter(Double::isFinite)
            .mapToDouble(Double::doubleValue)
            .max()
            .orElse(1);
    this.top = most <= 0 ? 1 : roundUp(most * 1.05);
  }

  /** The SVG document; the same for the same chart. */
  public static String of(Chart chart) {
    return new SvgChart(chart).draw();
  }

  /** The next of 1, 2, 2.5, 5 times a power of ten that has at most five steps below it. */
  private static double step(double most) {
    double power = Math.pow(10, Math.floor(Math.log10(most / 5)));
    for (double factor : new double[] {1, 2, 2.5, 5, 10}) {
      if (factor * power * 5 >= most) {
        return factor * power;
      }
    }
    throw new IllegalStateException("no step for " + most);
  }

  private static double roundUp(double most) {
    double step = step(most);
    return Math.ceil(most / step - 1e-9) * step;
  }

  private String draw() {
    add(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d'"
            + " role='img' font-family='system-ui, sans-serif' font-size='12'>",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    add("<title>%s</title>", escaped(chart.title()));
    add("<rect width='%d' height='%d' rx='6' fill='#ffffff'/>", WIDTH, HEIGHT);
    text(16, 24, "start", "#222222", " font-size='15' font-weight='600'", chart.title());
    legend();
    axes();
    switch (chart.kind()) {
      case BARS -> bars();
      case LINES -> lines();
    }
    add("</svg>");
    return out.toString();
  }

  private void legend() {
    double x = 16;
    int i = 0;
    for (String name : chart.series().keySet()) {
      add("<rect x='%.0f' y='37' width='11' height='11' rx='2' fill='%s'/>", x, colour(i));
      text(x + 16, 47, "start", "#444444", "", name);
      x += 16 + name.length() * CHARACTER + 18;
      i++;
    }
    text(LEFT, TOP - 12, "end", "#666666", " font-size='11'", chart.unit());
  }

  private void axes() {
    double step = step(top);
    for (int i = 0; i * step <= top * 1.0001; i++) {
      double y = y(i * step);
      add(
          "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='%s'/>",
          LEFT, WIDTH - RIGHT, y, y, i == 0 ? "#888888" : "#e4e4e4");
      text(LEFT - 8, y + 4, "end", "#666666", " font-size='11'", tick(i * step, step));
    }
    for (int i = 0; i < chart.points().size(); i++) {
      text(x(i), HEIGHT - BOTTOM + 20, "middle", "#444444", "", chart.points().get(i));
    }
  }

  private void bars() {
    int series = chart.series().size();
    double slot = (WIDTH - LEFT - RIGHT) / (double) chart.points().size();
    double width = Math.min(64, slot * 0.8 / series);
    int s = 0;
    for (List<Double> values : chart.series().values()) {
      for (int i = 0; i < values.size(); i++) {
        double value = values.get(i);
        if (Double.isFinite(value)) {
          double x = x(i) + (s - series / 2.0) * width;
          add(
              "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='%s'/>",
              x + 1, y(value), width - 2, y(0) - y(value), colour(s));
          if (width >= 26) {
            text(
                x + width / 2,
                y(value) - 4,
                "middle",
                "#444444",
                " font-size='10'",
                shortened(value));
          }
        }
      }
      s++;
    }
  }

  private void lines() {
    int s = 0;
    for (Map.Entry<String, List<Double>> one : chart.series().entrySet()) {
      List<String> points = new ArrayList<>();
      for (int i = 0; i < one.getValue().size(); i++) {
        double value = one.getValue().get(i);
        if (Double.isFinite(value)) {
          points.add(String.format(Locale.ROOT, "%.1f,%.1f", x(i), y(value)));
          add("<circle cx='%.1f' cy='%.1f' r='3.5' fill='%s'/>", x(i), y(value), colour(s));
          text(x(i), y(value) - 8, "middle", "#444444", " font-size='10'", shortened(value));
        }
      }
      add(
          "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>",
          String.join(" ", points), colour(s));
      s++;
    }
  }

  private double x(int point) {
    return LEFT + (point + 0.5) * (WIDTH - LEFT - RIGHT) / chart.points().size();
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
  }

  private static String colour(int series) {
    return COLOURS.get(series % COLOURS.size());
  }

  private static String tick(double value, double step) {
    return String.format(Locale.ROOT, step < 0.1 ? "%,.2f" : step < 1 ? "%,.1f" : "%,.0f", value);
  }

  private static String shortened(double value) {
    if (value >= 1e6) {
      return String.format(Locale.ROOT, "%.2fM", value / 1e6);
    }
    return value >= 10_000
        ? String.format(Locale.ROOT, "%.0fk", value / 1e3)
        : Measured.number(value);
  }

  private void text(
      double x, double y, String anchor, String colour, String attributes, String content) {
    add(
        "<text x='%.1f' y='%.1f' text-anchor='%s' fill='%s'%s>%s</text>",
        x, y, anchor, colour, attributes, escaped(content));
  }

  private void add(String format, Object... arguments) {
    out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
