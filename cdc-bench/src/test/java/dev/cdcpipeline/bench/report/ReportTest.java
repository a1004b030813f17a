package dev.cdcpipeline.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.bench.report.Outcome.Conditions;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** From an outcome to its file and back, and on to the document. */
class ReportTest {
  @TempDir private Path directory;

  private static Chart chart(Chart.Kind kind) {
    Map<String, List<Double>> series = new LinkedHashMap<>();
    series.put("ours", List.of(80_000.0, 90_000.0));
    series.put("theirs <tuned>", List.of(20_000.0, Double.NaN));
    return new Chart("sink", "Rows & more", "rows/s", kind, List.of("new", "existing"), series);
  }

  private static Outcome outcome() {
    Table table = new Table("Rows a second", "sink", "rows/s");
    table.row("ours | default", new Measured("rows/s", List.of(80_000.0, 90_000.0, 85_000.0)));
    return new Outcome(
        "sink",
        "Sinks",
        List.of("A paragraph."),
        List.of(table),
        List.of(chart(Chart.Kind.BARS)),
        List.of("Goal: reached."),
        new Conditions(
            Map.of("cores", "2"),
            Map.of("Kafka", "4.3.1"),
            Instant.parse("2026-01-02T03:04:05Z"),
            Duration.ofSeconds(61),
            true,
            0.25));
  }

  @Test
  void readsBackWhatItWrote() {
    OutcomeFiles files = new OutcomeFiles(directory);
    files.write(outcome());

    Outcome read = files.read("sink").orElseThrow();
    assertThat(read.tables().get(0).rows()).isEqualTo(outcome().tables().get(0).rows());
    assertThat(read.charts()).isEqualTo(outcome().charts());
    assertThat(read.conditions()).isEqualTo(outcome().conditions());
    assertThat(read.remarks()).containsExactly("Goal: reached.");
    assertThat(files.read("latency")).isEmpty();
  }

  @Test
  void theDocumentHasWhatWasMeasuredAndSaysWhatWasNot() throws Exception {
    OutcomeFiles files = new OutcomeFiles(directory.resolve("results"));
    files.write(outcome());

    Path document = new PerformanceDocument(files, directory).write();

    String text = Files.readString(document);
    assertThat(text)
        .contains("| ours \\| default | 85,000 (80,000–90,000) |")
        .contains("![Rows & more](performance/sink.svg)")
        .contains("_Not measured: `./cdc bench latency`._")
        .contains("| cores | 2 |")
        .doesNotContain("{{");
    assertThat(directory.resolve("performance/sink.svg")).exists();
  }

  @Test
  void drawsEveryValueThatIsThere() throws Exception {
    for (Chart.Kind kind : Chart.Kind.values()) {
      Document svg =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(
                  new ByteArrayInputStream(
                      SvgChart.of(chart(kind)).getBytes(StandardCharsets.UTF_8)));

      assertThat(svg.getDocumentElement().getTextContent())
          .as("%s", kind)
          .contains("Rows & more", "theirs <tuned>", "80k", "90k", "20k", "100,000");
      // background, two in the legend, three values
      assertThat(
              svg.getElementsByTagName("rect").getLength()
                  + svg.getElementsByTagName("circle").getLength())
          .isEqualTo(6);
    }
  }

  @Test
  void alignsATableAsText() {
    assertThat(TextReport.aligned(outcome().tables().get(0)))
        .isEqualTo(
            """
            sink                            rows/s
            ours | default  85,000 (80,000–90,000)
            """);
  }
}
