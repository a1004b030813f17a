package dev.cdcpipeline.app.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlterTableTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ALTER TABLE orders ADD COLUMN coupon text|orders|ADD COLUMN coupon text",
        "alter table if exists only public.orders add coupon text;|public.orders|add coupon text",
        "ALTER TABLE \"My \"\"Table\".\"a.b\" DROP \"x,y\" CASCADE ; ;|\"My"
            + " \"\"Table\".\"a.b\"|DROP \"x,y\" CASCADE",
        "ALTER TABLE o RENAME a TO b|o|RENAME a TO b",
        "ALTER TABLE o ALTER a SET DATA TYPE numeric(12, 2) USING (a, b)::numeric|o|ALTER a SET"
            + " DATA TYPE numeric(12, 2) USING (a, b)::numeric",
        "ALTER TABLE o ADD a text DEFAULT 'x, ADD CONSTRAINT; ''', ALTER b DROP NOT NULL|o|ADD a"
            + " text DEFAULT 'x, ADD CONSTRAINT; ''', ALTER b DROP NOT NULL",
        "ALTER TABLE o /* a, /* nested */ b */ ALTER a SET DEFAULT $x$,;$x$ -- done|o|ALTER a SET"
            + " DEFAULT $x$,;$x$",
        "ALTER TABLE o ALTER COLUMN a TYPE text, DROP COLUMN IF EXISTS b, ALTER c SET NOT"
            + " NULL|o|ALTER COLUMN a TYPE text, DROP COLUMN IF EXISTS b, ALTER c SET NOT NULL"
      })
  void takesTheTableAndTheActionsApart(String sql, String table, String actions) {
    AlterTable statement = AlterTable.parse(sql);

    assertThat(statement.table()).isEqualTo(table);
    assertThat(statement.actions()).isEqualTo(actions);
    assertThat(statement.on("x.y")).isEqualTo("ALTER TABLE x.y " + actions);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD CONSTRAINT c CHECK (a > 0)",
        "ADD PRIMARY KEY (a)",
        "DROP CONSTRAINT c",
        "RENAME TO other",
        "RENAME CONSTRAINT a TO b",
        "ALTER a SET STATISTICS 100",
        "ALTER a SET STORAGE external",
        "ALTER a ADD GENERATED ALWAYS AS IDENTITY",
        "ADD a int, OWNER TO x",
        "SET SCHEMA x",
        "ENABLE TRIGGER t"
      })
  void refusesWhatItDoesNotKnowAndNamesIt(String action) {
    String refused = action.startsWith("ADD a int, ") ? "OWNER TO x" : action;

    assertThatThrownBy(() -> AlterTable.parse("ALTER TABLE orders " + action))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "cannot tell what '%s' does: only ADD COLUMN, DROP COLUMN, RENAME COLUMN, and ALTER"
                .formatted(refused)
                .concat(
                    " COLUMN with TYPE, SET or DROP NOT NULL, SET or DROP DEFAULT are handled"));
  }

  @Test
  void refusesForeignKeysWhichWouldLockAnotherTable() {
    assertThatThrownBy(
            () -> AlterTable.parse("ALTER TABLE orders ADD a int REFERENCES customers (id)"))
        .hasMessageContaining("REFERENCES");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP TABLE orders",
        "ALTER TABLE orders ADD a int; DROP TABLE orders",
        "ALTER TABLE orders",
        "ALTER TABLE",
        "ALTER TABLE orders ADD a int,",
        "ALTER TABLE orders ADD a text DEFAULT 'x",
        "ALTER TABLE orders /* ADD a int"
      })
  void refusesWhatIsNoSingleAlterTable(String sql) {
    assertThatThrownBy(() -> AlterTable.parse(sql)).isInstanceOf(IllegalArgumentException.class);
  }
}
