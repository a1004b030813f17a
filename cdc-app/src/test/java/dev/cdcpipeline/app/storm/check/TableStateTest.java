package dev.cdcpipeline.app.storm.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableStateTest {
  private final TableShape shape =
      new TableShape("things", List.of("id", "value", "note"), List.of(0));
  private final TableState state = new TableState(shape);

  @Test
  void aDigestDoesNotDependOnTheOrderOfRowsNorOnThePast() {
    TableState other = new TableState(shape);
    state.insert(row("1", "a", null));
    state.insert(row("2", "b", "x"));
    other.insert(row("2", "c", null));
    other.insert(row("3", "a", null));
    other.update(null, row("2", "b", "x"));
    other.update(row("3", null, null), row("1", "a", null));

    assertThat(other.sum()).isEqualTo(state.sum());
    assertThat(other.count()).isEqualTo(2);
  }

  @Test
  void nullIsNotTheEmptyTextAndColumnsDoNotFlowTogether() {
    assertThat(shape.digest(row("1", null, "")))
        .isNotEqualTo(shape.digest(row("1", "", null)))
        .isNotEqualTo(shape.digest(row("1", "", "")));
    assertThat(shape.digest(row("1", "ab", "c"))).isNotEqualTo(shape.digest(row("1", "a", "bc")));
  }

  @Test
  void aValueThatWasNotSentIsTheOneOfBefore() {
    TableState expected = new TableState(shape);
    expected.insert(row("7", "b", "long"));
    state.insert(row("1", "a", "long"));

    state.update(row("1", null, null), row("7", "b", TableState.UNCHANGED));

    assertThat(state.sum()).isEqualTo(expected.sum());
  }

  @Test
  void anEmptiedTableIsLikeANewOne() {
    state.insert(row("1", "a", null));
    state.truncate();

    assertThat(state.count()).isZero();
    assertThat(state.sum()).isZero();
  }

  @Test
  void aHistoryThatContradictsItselfIsRefused() {
    state.insert(row("1", "a", null));

    assertThatThrownBy(() -> state.insert(row("1", "b", null)))
        .hasMessage("the storm's own history has a second row with key 1 in things");
    assertThatThrownBy(() -> state.delete(row("9", null, null)))
        .hasMessage("the storm's own history has no row with key 9 in things");
  }

  private static String[] row(String... values) {
    return values;
  }
}
