package dev.cdcpipeline.app.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.reconcile.RowDifference.Cell;
import dev.cdcpipeline.app.reconcile.SortedRows.Column;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowLayoutTest {

  private static final List<Column> COLUMNS =
      List.of(
          new Column("total", "numeric"),
          new Column("id", "int4"),
          new Column("status", "varchar"));

  private final RowLayout layout = RowLayout.of(COLUMNS, COLUMNS, List.of("id"));

  @Test
  void theKeyComesFirstAndOrdersTheRows() {
    assertThat(layout.orderedSql("SELECT 1"))
        .isEqualTo("SELECT \"id\", \"total\", \"status\" FROM (SELECT 1\n) q ORDER BY \"id\"");
  }

  @Test
  void textIsOrderedByItsBytesOnBothSides() {
    RowLayout byStatus = RowLayout.of(COLUMNS, COLUMNS, List.of("status"));

    assertThat(byStatus.orderedSql("SELECT 1")).endsWith("ORDER BY \"status\"::text COLLATE \"C\"");
    assertThat(byStatus.compareKeys(row("Zoe", "1", "1"), row("anna", "1", "1"))).isNegative();
    assertThat(byStatus.compareKeys(row("\uD83D\uDE00", "1", "1"), row("\uFFFD", "1", "1")))
        .isPositive();
  }

  @Test
  void integersAreOrderedByValue() {
    assertThat(layout.compareKeys(row("9", "1", "x"), row("10", "1", "x"))).isNegative();
  }

  @Test
  void nullComesLast() {
    assertThat(layout.compareKeys(row(null, "1", "x"), row("10", "1", "x"))).isPositive();
    assertThat(layout.compareKeys(row(null, "1", "x"), row(null, "2", "y"))).isZero();
  }

  @Test
  void numbersAreEqualWhateverTheirScale() {
    assertThat(layout.sameValues(row("1", "1.50", "x"), row("1", "1.5", "x"))).isTrue();
    assertThat(layout.sameValues(row("1", "1.50", "x"), row("1", "1.51", "x"))).isFalse();
    assertThat(layout.sameValues(row("1", "NaN", "x"), row("1", "NaN", "x"))).isTrue();
    assertThat(layout.sameValues(row("1", "NaN", "x"), row("1", "1", "x"))).isFalse();
  }

  @Test
  void textIsEqualOnlyIfEveryCharacterIs() {
    assertThat(layout.sameValues(row("1", "1", "1.50"), row("1", "1", "1.5"))).isFalse();
  }

  @Test
  void nullEqualsNullOnly() {
    assertThat(layout.sameValues(row("1", null, "x"), row("1", null, "x"))).isTrue();
    assertThat(layout.sameValues(row("1", null, "x"), row("1", "0", "x"))).isFalse();
  }

  @Test
  void aDifferenceShowsTheKeyAndWhatDiffers() {
    assertThat(layout.differingCells(row("1", "2", "x"), row("1", "3", "x")))
        .containsExactly(new Cell("id", true, "1", "1"), new Cell("total", false, "2", "3"));
  }

  private static String[] row(String... values) {
    return values;
  }
}
