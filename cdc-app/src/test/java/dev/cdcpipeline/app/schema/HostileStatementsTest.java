package dev.cdcpipeline.app.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.Bounded;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Takes any statement apart, or refuses it in words. */
class HostileStatementsTest {
  private static final int BYTES_PER_CHARACTER = 1_000;

  @Property
  void anyWords(@ForAll("words") List<String> words) {
    attack(String.join(" ", words));
    attack("ALTER TABLE t " + String.join("", words));
  }

  /** Whose reading would call itself for each character. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'|x",
        "'|''",
        "E'|\\'",
        "E'|x",
        "\"|x",
        "\"|\"\"",
        "U&\"|x",
        "$a$|x",
        "--|x",
        "/*|/*",
        "|x",
        "|1",
        "|(",
        "|, ADD c int"
      })
  void aLongOne(String pattern) {
    String begin = pattern.substring(0, pattern.indexOf('|'));
    String piece = pattern.substring(pattern.indexOf('|') + 1);
    for (int times : List.of(10, 1_000, 30_000)) {
      String text = "ALTER TABLE t ADD c text DEFAULT " + begin + piece.repeat(times);
      attack(text);
      attack(text + begin.replaceFirst("[EU]&?", ""));
    }
  }

  @Provide
  Arbitrary<List<String>> words() {
    return Arbitraries.oneOf(
            Arbitraries.of(
                "ALTER",
                "TABLE",
                "IF",
                "EXISTS",
                "ONLY",
                "*",
                ".",
                ",",
                ";",
                "(",
                ")",
                "[",
                "]",
                "ADD",
                "DROP",
                "RENAME",
                "COLUMN",
                "TO",
                "TYPE",
                "SET",
                "NOT",
                "NULL",
                "DEFAULT",
                "CONSTRAINT",
                "PRIMARY",
                "REFERENCES",
                "USING",
                "t",
                "c",
                "int",
                "\"q\"",
                "'l'",
                "E'\\'",
                "U&\"x\"",
                "$$",
                "$a$",
                "$1",
                "--",
                "/*",
                "*/",
                "\n",
                "\"",
                "'",
                "1",
                "1.5e",
                "é",
                "\ud800",
                "\0"),
            Arbitraries.strings().ofMaxLength(5))
        .list()
        .ofMaxSize(12);
  }

  private static void attack(String sql) {
    Bounded.attack(
        IllegalArgumentException.class,
        // of our own, and not of a number or a collection
        e -> assertThat(e.getClass()).isEqualTo(IllegalArgumentException.class),
        (long) sql.length() * BYTES_PER_CHARACTER,
        sql.length() > 5_000 ? sql.substring(0, 5_000) + "…" : sql,
        () -> AlterTable.parse(sql).on("other"));
  }
}
