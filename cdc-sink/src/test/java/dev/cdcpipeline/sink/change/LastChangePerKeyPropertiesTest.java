package dev.cdcpipeline.sink.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.SourcePosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The last changes alone, written onto the rows of before, give what all changes give one by one,
 * however inserts, updates, deletes and key changes follow each other and whichever TOASTed values
 * they leave out.
 */
class LastChangePerKeyPropertiesTest {
  private static final int KEYS = 4;
  private static final RowType TYPE =
      new RowType(
          List.of(
              new Column("id", ColumnType.INT32, false, Map.of()),
              new Column("a", ColumnType.STRING, true, Map.of()),
              new Column("b", ColumnType.STRING, true, Map.of())));

  /**
   * What happens to a row; what can't happen to it as it is, does not.
   *
   * @param key which row
   * @param to where a key change moves it
   * @param setA whether a new value is given to its column a, which else is left out; b likewise
   */
  record Step(Kind kind, int key, int to, boolean setA, boolean setB) {
    enum Kind {
      INSERT,
      UPDATE,
      DELETE,
      MOVE
    }
  }

  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<Integer> keys = Arbitraries.integers().between(0, KEYS - 1);
    Arbitrary<Boolean> set = Arbitraries.of(true, false);
    return Combinators.combine(Arbitraries.of(Step.Kind.class), keys, keys, set, set)
        .as(Step::new)
        .list()
        .ofMaxSize(14);
  }

  @Property(tries = 5_000)
  void writtenOnceTheyMakeTheSameRows(@ForAll("histories") List<Step> steps, @ForAll int stored) {
    Source source = new Source();
    for (int key = 0; key < KEYS; key++) {
      if ((stored >> key & 1) == 1) {
        source.rows.put(key, new String[] {"stored a" + key, "stored b" + key});
      }
    }
    Map<Integer, String[]> target = copy(source.rows);
    LastChangePerKey reducer = new LastChangePerKey(List.of("id"));
    int added = 0;
    for (Step step : steps) {
      for (RowChange change : source.make(step)) {
        reducer.add(change);
        added++;
      }
    }

    write(reducer, target);

    assertThat(text(target)).isEqualTo(text(source.rows));
    assertThat(reducer.size()).isLessThanOrEqualTo(added);
    assertThat(reducer.changes()).extracting(ReducedChange::key).doesNotHaveDuplicates();
    assertThat(reducer.upserts().size() + reducer.deletes().size()).isEqualTo(reducer.size());
  }

  /** As a writer does it: what is left out comes from the rows as they were before all changes. */
  private static void write(LastChangePerKey reducer, Map<Integer, String[]> target) {
    Map<Integer, String[]> before = copy(target);
    for (ReducedChange change : reducer.deletes()) {
      target.remove(id(change.row()));
    }
    for (ReducedChange change : reducer.upserts()) {
      String[] values = new String[2];
      for (int i = 0; i < values.length; i++) {
        Object value = change.row().get(i + 1);
        if (value == Row.UNAVAILABLE) {
          assertThat(change.storedKey()).as("where the rest of %s is", change).isNotNull();
          value =
              before.entrySet().stream()
                  .filter(e -> change.storedKey().equals(keyOf(e.getKey())))
                  .findFirst()
                  .orElseThrow()
                  .getValue()[i];
        }
        values[i] = (String) value;
      }
      target.put(id(change.row()), values);
    }
  }

  private static RowKey keyOf(int id) {
    return RowKey.of(new Row(TYPE, new Object[] {id, null, null}), List.of("id"));
  }

  private static int id(Row row) {
    return (Integer) row.get(0);
  }

  private static Map<Integer, String[]> copy(Map<Integer, String[]> rows) {
    Map<Integer, String[]> copy = new TreeMap<>();
    rows.forEach((key, values) -> copy.put(key, values.clone()));
    return copy;
  }

  private static Map<Integer, String> text(Map<Integer, String[]> rows) {
    Map<Integer, String> text = new TreeMap<>();
    rows.forEach((key, values) -> text.put(key, Arrays.toString(values)));
    return text;
  }

  /** The table at the source, which says its changes as Debezium does. */
  private static final class Source {
    private final Map<Integer, String[]> rows = new TreeMap<>();
    private long lsn = 100;

    List<RowChange> make(Step step) {
      String[] row = rows.get(step.key());
      lsn++;
      List<RowChange> changes = new ArrayList<>();
      switch (step.kind()) {
        case INSERT -> {
          if (row == null) {
            rows.put(step.key(), new String[] {"a" + lsn, "b" + lsn});
            changes.add(change(Operation.CREATE, step.key(), "a" + lsn, "b" + lsn));
          }
        }
        case UPDATE -> {
          if (row != null) {
            changes.add(change(Operation.UPDATE, step.key(), a(step, row), b(step, row)));
          }
        }
        case DELETE -> {
          if (rows.remove(step.key()) != null) {
            changes.add(change(Operation.DELETE, step.key(), null, null));
          }
        }
        case MOVE -> {
          if (row != null && !rows.containsKey(step.to())) {
            rows.remove(step.key());
            rows.put(step.to(), row);
            changes.add(change(Operation.DELETE, step.key(), null, null));
            changes.add(change(Operation.CREATE, step.to(), a(step, row), b(step, row)));
          }
        }
      }
      return changes;
    }

    private Object a(Step step, String[] row) {
      return step.setA() ? (row[0] = "a" + lsn) : Row.UNAVAILABLE;
    }

    private Object b(Step step, String[] row) {
      return step.setB() ? (row[1] = "b" + lsn) : Row.UNAVAILABLE;
    }

    private RowChange change(Operation operation, int id, Object a, Object b) {
      return new RowChange(
          new TableId("public", "things"),
          operation,
          List.of("id"),
          new Row(TYPE, new Object[] {id, a, b}),
          new SourcePosition(1, new Lsn(50), new Lsn(lsn), lsn),
          0,
          new Coordinates("things", 0, lsn));
    }
  }
}
