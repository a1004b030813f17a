package dev.cdcpipeline.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.postgres.SqlStates.Kind;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlStatesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "22001", // string too long
        "22003", // numeric out of range
        "22P02", // not the text of that type
        "22P04", // bad COPY format
        "23502", // not null
        "23503", // foreign key
        "23505", // unique
        "23514", // check
        "23P01", // exclusion
        "44000", // with check option of a view
        "P0001", // raise exception in a trigger
        "P0004", // assert in a trigger
        "54000" // a row or an index entry that is too large
      })
  void aRecordIsToBlameForItsValues(String state) {
    assertThat(SqlStates.kind(state)).isEqualTo(Kind.RECORD);
    assertThat(SqlStates.classify("write", new SQLException("no", state)))
        .isInstanceOf(RecordWriteException.class);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "08006",
        "08P01",
        "40001",
        "40P01",
        "53100",
        "53300",
        "55P03",
        "55006",
        "57014",
        "57P01",
        "57P02",
        "57P03",
        "25P03",
        "25006",
        "58030",
        "72000",
        "" // no SQLSTATE: the connection
      })
  void whatPassesIsTriedAgain(String state) {
    assertThat(SqlStates.kind(state)).isEqualTo(Kind.TRANSIENT);
    assertThat(SqlStates.classify("write", new SQLException("no", state)))
        .isInstanceOf(TransientWriteException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0A000", "21000", "25P02", "28P01", "3D000", "42501", "42703", "42P01", "XX000"})
  void whatNeitherTimeNorOtherRecordsMendStops(String state) {
    assertThat(SqlStates.kind(state)).isEqualTo(Kind.FATAL);
    assertThat(SqlStates.classify("write", new SQLException("no", state)))
        .isInstanceOf(FatalWriteException.class);
  }

  @ParameterizedTest
  @CsvSource({"57P01,true", "08006,true", "40P01,false", "55P03,false"})
  void saysWhetherTheConnectionIsLost(String state, boolean lost) {
    TransientWriteException e =
        (TransientWriteException) SqlStates.classify("write", new SQLException("no", state));
    assertThat(e.needsNewConnection()).isEqualTo(lost);
  }

  @Test
  void theMessageHasNoValuesOfRows() {
    SQLException refusal =
        new SQLException(
            "ERROR: duplicate key value violates unique constraint \"u\"\n"
                + "  Detail: Key (email)=(ada@example.org) already exists.",
            "23505");
    assertThat(SqlStates.classify("write 3 rows to public.users", refusal))
        .hasMessage(
            "cannot write 3 rows to public.users: SQLSTATE 23505, duplicate key value violates"
                + " unique constraint \"u\"");
  }

  @Test
  void namesWhatIsWrongWithTlsOfAConnectionAndOfNothingElse() {
    String text = "The hostname b could not be verified by hostnameverifier V.";
    String problem = "the server's certificate is for another host";

    assertThat(SqlStates.classify("connect", new SQLException(text, "08006")))
        .hasMessageContaining(problem);
    assertThat(SqlStates.classify("write", new SQLException("a row\n" + text, "22000")))
        .message()
        .doesNotContain(problem, text);
  }
}
