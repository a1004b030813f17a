package dev.cdcpipeline.sink.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class EncodedRowsTest {
  private static final RowType NO_KEY = new RowType(List.of());
  private static final RowType TYPE =
      new RowType(
          List.of(
              column("id", ColumnType.INT64),
              column("part", ColumnType.STRING),
              column("note", ColumnType.STRING)));
  private static final RowLayout LAYOUT =
      new RowLayout(
          List.of(
              new RowLayout.LayoutColumn("id", "int8", BinaryType.INT8),
              new RowLayout.LayoutColumn("part", "text", BinaryType.TEXT),
              new RowLayout.LayoutColumn("note", "text", BinaryType.TEXT)),
          List.of(0, 1));

  private final RowEncoding encoding = encoding(LAYOUT, TYPE);

  private static Column column(String name, ColumnType type) {
    return new Column(name, type, true, Map.of());
  }

  private static RowEncoding encoding(RowLayout layout, RowType type) {
    return new RowEncoding(
        layout, NO_KEY, type, (source, place) -> (value, out) -> out.append(value));
  }

  private void put(Object... values) {
    encoding.begin();
    RowEncoding.put(new Row(TYPE, values), encoding.valueTargets());
  }

  /** Key and note of one step; a note of 0 deletes. */
  record Step(int id, int part, int note) {}

  @Property(tries = 300)
  void theLastChangeOfEveryKeyIsWhatAMapHoldsInTheEnd(
      @ForAll @Size(max = 700) List<@IntRange(min = 0, max = 999) Integer> steps) {
    EncodedRows<Step> rows = new EncodedRows<>(LAYOUT);
    for (int round = 0; round < 2; round++) {
      rows.clear();
      Map<List<Object>, Step> expected = new LinkedHashMap<>();
      List<Step> all = new ArrayList<>();
      for (int n : steps) {
        Step step = new Step(n % 20 - 10, n / 20 % 5, n / 100);
        put((long) step.id(), "p" + step.part(), "n" + step.note());
        if (step.note() == 0) {
          rows.delete(encoding, step);
        } else {
          rows.upsert(encoding, step);
        }
        all.add(step);
        List<Object> key = List.of(step.id(), step.part());
        expected.remove(key);
        expected.put(key, step);
      }

      int[] last = rows.last();
      assertThat(Arrays.stream(last).mapToObj(rows::origin))
          .containsExactlyElementsOf(expected.values());
      assertThat(rows.keys()).isEqualTo(expected.size());
      assertThat(rows.size()).isEqualTo(steps.size());
      assertThat(Arrays.stream(last).filter(rows::isDelete).mapToObj(rows::origin))
          .allMatch(step -> step.note() == 0);
      assertEveryChangeIsReached(rows, last, all);
      assertOneOrder(rows, last);
    }
  }

  // what is not last is the previous of another of its key
  private static void assertEveryChangeIsReached(
      EncodedRows<Step> rows, int[] last, List<Step> all) {
    Set<Integer> reached = new HashSet<>();
    for (int change : last) {
      for (int i = change; i != EncodedRows.NONE; i = rows.previous(i)) {
        assertThat(rows.origin(i).id()).isEqualTo(rows.origin(change).id());
        assertThat(rows.origin(i).part()).isEqualTo(rows.origin(change).part());
        assertThat(reached.add(i)).isTrue();
      }
    }
    assertThat(reached).hasSize(all.size());
  }

  private static void assertOneOrder(EncodedRows<Step> rows, int[] last) {
    int[] sorted = last.clone();
    rows.sortByKey(sorted);
    int[] backwards = last.clone();
    for (int i = 0; i < backwards.length / 2; i++) {
      int other = backwards[i];
      backwards[i] = backwards[backwards.length - 1 - i];
      backwards[backwards.length - 1 - i] = other;
    }
    rows.sortByKey(backwards);
    assertThat(backwards).containsExactly(sorted);
    List<Step> steps = Arrays.stream(sorted).mapToObj(rows::origin).toList();
    for (int i = 1; i < steps.size(); i++) {
      int byId = Long.compareUnsigned(steps.get(i - 1).id(), steps.get(i).id());
      assertThat(byId < 0 || (byId == 0 && steps.get(i - 1).part() < steps.get(i).part())).isTrue();
    }
  }

  @Test
  void refusesARowWithoutItsKeyAndGoesOn() {
    EncodedRows<String> rows = new EncodedRows<>(LAYOUT);
    put(1L, "a", "x");
    rows.upsert(encoding, "one");
    put(2L, null, "y");
    assertThatThrownBy(() -> rows.upsert(encoding, "two"))
        .isInstanceOf(UnfitValueException.class)
        .hasMessageContaining("part")
        .hasMessageContaining("can't be NULL");
    put(1L, "a", "z");
    rows.upsert(encoding, "three");
    assertThat(Arrays.stream(rows.last()).mapToObj(rows::origin)).containsExactly("three");
  }

  @Test
  void callsNumbersEqualWhateverScaleTheyShow() {
    RowType type = new RowType(List.of(column("id", ColumnType.VARIABLE_SCALE_DECIMAL)));
    RowLayout layout =
        new RowLayout(
            List.of(new RowLayout.LayoutColumn("id", "numeric", BinaryType.NUMERIC)), List.of(0));
    RowEncoding numbers = encoding(layout, type);
    EncodedRows<String> rows = new EncodedRows<>(layout);
    for (String number : List.of("1.50", "1.5", "15", "1.500", "0.15")) {
      numbers.begin();
      RowEncoding.put(new Row(type, new Object[] {new BigDecimal(number)}), numbers.valueTargets());
      rows.upsert(numbers, number);
    }
    assertThat(Arrays.stream(rows.last()).mapToObj(rows::origin))
        .containsExactly("15", "1.500", "0.15");
  }

  @Test
  void infinityOfATimestampIsTheEndOfItsRangeInBothUnits() {
    for (ColumnType unit : List.of(ColumnType.TIMESTAMP_MICROS, ColumnType.TIMESTAMP_MILLIS)) {
      long factor = unit == ColumnType.TIMESTAMP_MILLIS ? 1000 : 1;
      RowType type = new RowType(List.of(column("at", unit)));
      RowLayout layout =
          new RowLayout(
              List.of(new RowLayout.LayoutColumn("at", "timestamp", BinaryType.TIMESTAMP)),
              List.of(0));
      RowEncoding times = encoding(layout, type);
      EncodedRows<String> rows = new EncodedRows<>(layout);
      for (long at : new long[] {9223372036825200000L, 9223372036825200000L / factor, 1}) {
        times.begin();
        RowEncoding.put(new Row(type, new Object[] {at}), times.valueTargets());
        rows.upsert(times, unit + " " + at);
      }
      int[] last = rows.last();
      assertThat(last).as("both forms of infinity are one").hasSize(2);

      times.begin();
      assertThatThrownBy(
              () ->
                  RowEncoding.put(
                      new Row(type, new Object[] {Long.MAX_VALUE}), times.valueTargets()))
          .isInstanceOf(UnfitValueException.class)
          .hasMessageContaining("out of range");
    }
  }
}
