package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.result.SqlText.Problem;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

class SqlTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT ';', \";\" -- ;\n FROM t",
        "SELECT 'it''s', \"a\"\"b\" /* ; /* nested ; */ ' */ FROM (SELECT 1) t",
        "SELECT E'a\\n;' FROM t",
        "a ? 'b' AND b ?| ARRAY['c']",
      })
  void acceptsAPieceOfOneStatement(String text) {
    assertThat(SqlText.problem(text, true)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT 1; DROP TABLE t | 8 | ';' inside it",
        "a) FROM t, (SELECT 1 | 1 | ')' without '(' before it",
        "coalesce(a, (b) | 8 | '(' without ')' after it",
        "a = 'x | 4 | ' without ' after it",
        "a = \"x | 4 | \" without \" after it",
        "a /* b | 2 | '/*' without '*/' after it",
        "a /* /* */ b | 2 | '/*' without '*/' after it",
        "a /*/ ? */ b | 2 | '/*/', which the driver takes for a whole comment",
        "E'a\\'; DROP TABLE t --' | 3 | a backslash before a quote",
        "$$a$$ | 0 | '$' outside quotes",
        "{fn now()} | 0 | '{' outside quotes",
      })
  void refusesWhatEndsElsewhere(String text, int offset, String what) {
    assertThat(SqlText.problem(text, true)).hasValue(new Problem(offset, what));
  }

  @Test
  void refusesACommentWhereTheRestOfTheLineIsOurs() {
    assertThat(SqlText.problem("a -- b", false)).hasValue(new Problem(2, "a comment"));
    assertThat(SqlText.problem("a /* b */", false)).hasValue(new Problem(2, "a comment"));
  }

  @Test
  void doublesQuestionMarksOutsideQuotesAndComments() {
    assertThat(SqlText.escaped("a ? 'b?' -- ?\n AND \"c?\" ?| d /* it's ? */ ? 'x\\' ? 'y'"))
        .isEqualTo("a ?? 'b?' -- ?\n AND \"c?\" ??| d /* it's ? */ ?? 'x\\' ?? 'y'");
  }

  /** The driver splits a text into statements, and the server takes one at a time. */
  @Property(tries = 50_000)
  void whatIsAcceptedIsOneStatementForTheDriver(@ForAll("pieces") List<String> pieces)
      throws SQLException {
    String text = String.join("", pieces);
    Optional<Problem> problem = SqlText.problem(text, true);

    if (problem.isEmpty()) {
      String statement = "SELECT (" + text + "\n) AS x";
      List<NativeQuery> queries =
          Parser.parseJdbcSql(SqlText.escaped(statement), true, true, true, false, true);

      assertThat(queries).as(text).hasSize(1);
      assertThat(queries.get(0).nativeSql).isEqualTo(statement);
      assertThat(queries.get(0).bindPositions).as("parameters of %s", text).isEmpty();
    }
  }

  @Provide
  Arbitrary<List<String>> pieces() {
    return Arbitraries.of(
            "'", "''", "\"", "\\", "--", "-", "/*", "*/", "*", "/", "\n", "\r", ";", "(", ")", "$",
            "$$", "$a$", "{", "}", "{fn ", "E'", "e'", "U&'", "N'", "x", " ", "1", "?", "é", "_")
        .list()
        .ofMaxSize(20);
  }
}
