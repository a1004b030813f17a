package dev.cdcpipeline.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.bench.report.PerformanceDocument;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TrialsTest {
  @Test
  void everyBenchmarkHasItsPlaceInTheDocumentAndOnlyThey() {
    Set<String> places = new HashSet<>(PerformanceDocument.places().keySet());
    assertThat(places.remove("conditions")).isTrue();
    assertThat(places).containsExactlyInAnyOrderElementsOf(Trials.names());
    assertThat(PerformanceDocument.places().values()).containsOnly(1L);
  }

  @Test
  void theSuiteRunsEveryBenchmarkOnce() {
    assertThat(Suite.names()).containsExactlyInAnyOrderElementsOf(Trials.names());
  }

  @Test
  void theHelpNamesEveryBenchmark() {
    String help = new CommandLine(new BenchCommand()).getUsageMessage();
    assertThat(Trials.names()).allSatisfy(name -> assertThat(help).contains("  " + name + " "));
  }
}
