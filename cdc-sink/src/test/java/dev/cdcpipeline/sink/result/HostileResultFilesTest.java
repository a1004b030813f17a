package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.Bounded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any text in a result file gives a definition, or an exception that names file and line. */
class HostileResultFilesTest {
  private static final int BYTES_PER_CHARACTER = 1_000;
  private static final List<String> FILES = files();

  @Property
  void anyText(@ForAll @StringLength(max = 300) String text) {
    attack(text);
  }

  @Property
  void linesOfPieces(@ForAll("lines") List<String> lines) {
    attack(String.join("\n", lines));
  }

  @Property
  void aFileWithSomePlacesChanged(
      @ForAll @IntRange(max = 1_000) int file,
      @ForAll @Size(min = 1, max = 3) List<@IntRange(max = 100_000) Integer> places,
      @ForAll("pieces") String piece,
      @ForAll @IntRange(max = 20) int dropped) {
    String text = FILES.get(file % FILES.size());
    for (int place : places) {
      int at = place % text.length();
      text = text.substring(0, at) + piece + text.substring(Math.min(text.length(), at + dropped));
    }
    attack(text);
  }

  /** Whose reading would call itself for each piece, or copy all for each line. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-- type: a int|| int|\nSELECT 1",
        "-- type: a int||[]|\nSELECT 1",
        "-- key: a||, a|\nSELECT 1",
        "-- derive: a = 1||\n--    + 1|\nSELECT 1",
        "-- affected: t (a||, a|)\nSELECT 1",
        "SELECT ||(|1",
        "SELECT ||/*|1",
        "SELECT ||'|1",
        "SELECT '||  |now'",
        "SELECT ||timestamp '|now",
        "||\n|SELECT 1",
        "||--\n|SELECT 1",
        "||-- type: a int\n|SELECT 1",
      })
  void aLongOne(String pattern) {
    String[] parts = pattern.split("\\|", -1);
    String text = "-- result: r\n-- key: a\n-- maintain: refresh\n-- affected: t (a)\n" + parts[0];
    for (int times : List.of(10, 1_000, 30_000)) {
      attack(
          text + parts[2].repeat(times) + String.join("", List.of(parts).subList(3, parts.length)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"99999999999999999999 s", "9223372036854775807 h"})
  void aGraceBeyondAllNumbers(String grace) {
    String text =
        "-- result: r\n-- key: a\n-- maintain: violations\n-- over: t\n-- rule: R\n"
            + "-- affected: t (a)\n-- grace: %s\nSELECT 1";

    assertThatThrownBy(() -> ResultFile.parse("r.sql", text.formatted(grace)))
        .isInstanceOf(InvalidResultException.class)
        .hasMessageStartingWith("r.sql:7: grace is '" + grace);
    assertThat(ResultFile.parse("r.sql", text.formatted("999999999 h")).grace()).isPositive();
  }

  @Provide
  Arbitrary<List<String>> lines() {
    Arbitrary<String> header =
        Arbitraries.of(
                "result",
                "key",
                "maintain",
                "over",
                "slice",
                "measures",
                "count",
                "recompute",
                "add",
                "max",
                "min",
                "identity",
                "rule",
                "grace",
                "affected",
                "derive",
                "lookup",
                "type",
                "index",
                "view",
                "odd",
                "")
            .flatMap(
                word ->
                    pieces()
                        .list()
                        .ofMaxSize(6)
                        .map(pieces -> "-- " + word + ": " + String.join(" ", pieces)));
    Arbitrary<String> good =
        Arbitraries.of(
            "-- result: r",
            "-- key: a",
            "-- maintain: refresh",
            "-- maintain: delta",
            "-- maintain: log",
            "-- maintain: violations",
            "-- over: t",
            "-- add: a",
            "-- count: a",
            "-- affected: t (a)",
            "-- rule: R",
            "--    more",
            "",
            "SELECT a FROM t",
            "WITH x AS (SELECT 1) SELECT a FROM x");
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(2, good), net.jqwik.api.Tuple.of(1, header))
        .list()
        .ofMaxSize(14);
  }

  @Provide
  Arbitrary<String> pieces() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            "a",
            "t",
            "(",
            ")",
            "()",
            ",",
            "=",
            "a = b",
            "t (a)",
            "t: SELECT a",
            "v AS SELECT 1",
            "a int",
            "a numeric(1, 2)",
            "'",
            "\"",
            ";",
            "--",
            "/*",
            "*/",
            "$$",
            "{",
            "E'\\'",
            "?",
            "99999999999999999999 s",
            "9223372036854775807 h",
            "30 s",
            "1 min",
            "0 ms",
            "date 'now'",
            "\t",
            "\r",
            "\0",
            "ı",
            "\ud800",
            "SELECT",
            "-- x: y"),
        Arbitraries.strings().ofMaxLength(8));
  }

  private static void attack(String text) {
    Bounded.attack(
        InvalidResultException.class,
        e -> assertThat(e).hasMessageStartingWith("r.sql:"),
        (long) text.length() * BYTES_PER_CHARACTER,
        text.length() > 5_000 ? text.substring(0, 5_000) + "…" : text,
        () -> ResultFile.parse("r.sql", text));
  }

  private static List<String> files() {
    try (Stream<Path> entries = Files.list(Path.of("../infra/results"))) {
      List<String> texts =
          entries
              .filter(p -> p.toString().endsWith(".sql"))
              .sorted()
              .map(HostileResultFilesTest::read)
              .toList();
      assertThat(texts).isNotEmpty();
      return texts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
