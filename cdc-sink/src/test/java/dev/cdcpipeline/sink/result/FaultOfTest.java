package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultOfTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "42501", // a right was taken away
        "53100", // disk full
        "53200", // out of memory
        "53300", // too many connections
        "55000", // object not in prerequisite state
        "55006", // object in use
        "55P03", // lock not available
        "57014", // query canceled, by a timeout or by somebody
        "57P01", // terminated by an administrator
        "57P03", // cannot connect now
        "58030", // input/output error
        "08006", // connection failure
        "40001", // serialization failure
        "40P01", // deadlock
        "25006", // read only
        "25P03", // idle in transaction too long
        "26000", // a prepared statement is gone
        "28P01", // password
        "34000", // cursor
        "3D000", // database
        "72000", // snapshot too old
        "F0000", // configuration file
        "HV000", // foreign data wrapper
        "XX000", // internal error
        "XX001", // data corrupted
        "short"
      })
  void whatNoSelectCausesIsTheSystems(String state) {
    assertThat(FaultOf.of(new SQLException("?", state))).isEqualTo(FaultOf.SYSTEM);
  }

  @Test
  void withoutSqlStateItIsTheSystems() {
    assertThat(FaultOf.of(new SQLException("?"))).isEqualTo(FaultOf.SYSTEM);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0A000", // feature not supported
        "21000", // more than one row from a subquery
        "22012", // division by zero
        "22003", // out of range
        "23502", // NULL in the key
        "23505", // a key twice
        "2BP01", // objects depend on it
        "42601", // syntax
        "42703", // no such column
        "42P01", // no such table
        "42883", // no such function
        "54000", // program limit
        "P0001" // raised by a function
      })
  void whatASelectSaysOrReadsIsTheDefinitions(String state) {
    assertThat(FaultOf.of(new SQLException("?", state))).isEqualTo(FaultOf.DEFINITION);
  }
}
