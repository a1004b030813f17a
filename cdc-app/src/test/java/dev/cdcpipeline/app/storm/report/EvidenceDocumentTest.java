package dev.cdcpipeline.app.storm.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.app.storm.report.StormReport.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceDocumentTest {
  private static final Map<String, String> FAULTS = Map.of("kill-connect", "kill -9 of the worker");

  @TempDir private Path directory;

  @Test
  void addsUpStormsAndGivesMedianAndWorstRecoveryByKind() {
    String text =
        new EvidenceDocument(
                List.of(report(2, List.of(), 4_000), report(1, List.of(), 1_000, 2_000)), FAULTS)
            .text();

    assertThat(text)
        .contains("| storms | 2 |")
        .contains("| seeds | 2 |")
        .contains("| source transactions | 2,468 |")
        .contains("| faults | 3 |")
        .contains("| `kill-connect` | kill -9 of the worker | 3 | 2.0 s | 4.0 s |")
        .contains("## Anomalies\n\nNone.")
        .contains("- `fill-disk`: needs root")
        .contains("./cdc storm --seed 1\n./cdc storm --seed 2");
  }

  @Test
  void showsEveryAnomaly() {
    Finding lost = new Finding(3, Instant.EPOCH, "lost", "transaction 4711");

    String text = new EvidenceDocument(List.of(report(9, List.of(lost), 1)), FAULTS).text();

    assertThat(text)
        .contains("- seed 9, round 3, lost: transaction 4711")
        .contains("| anomalies | 1 |")
        .doesNotContain("None.");
  }

  @Test
  void refusesReportsWithFaultsThatAreNotKnown() {
    EvidenceDocument document =
        new EvidenceDocument(List.of(report(1, List.of(), 1)), Map.of("calm", "nothing"));

    assertThatThrownBy(document::text)
        .hasMessage("the reports have faults that this version does not know: [kill-connect]");
  }

  @Test
  void aReportIsReadAsItWasWritten() throws IOException {
    Path file = directory.resolve("reports/one.json");
    StormReport written =
        report(7, List.of(new Finding(1, Instant.EPOCH, "lost", "a row")), 12, 13);

    ReportFile.write(written, file);

    assertThat(ReportFile.read(file)).isEqualTo(written);
  }

  @Test
  void aFileThatIsNoReportIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("none.json"), "[]");

    assertThatThrownBy(() -> ReportFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot read the storm's report " + file + ": ");
  }

  private static StormReport report(long seed, List<Finding> findings, long... recoveries) {
    List<FaultRecord> strikes =
        java.util.Arrays.stream(recoveries)
            .mapToObj(
                millis -> new FaultRecord("kill-connect", 1, Instant.EPOCH, "killed", 5, millis))
            .toList();
    return new StormReport(
        Instant.EPOCH.plusSeconds(seed),
        3_720,
        seed,
        "./cdc storm --seed " + seed,
        Map.of("cores", "2"),
        Map.of("Kafka", "4.3.1"),
        "BOTH",
        List.of("kill-connect"),
        Map.of("fill-disk", "needs root"),
        4,
        strikes,
        1_234,
        5,
        678,
        90_000,
        findings.size(),
        findings);
  }
}
