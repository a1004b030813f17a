package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.change.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The key that a table of the target needs, so that rows can be written by it. */
public final class UniqueKey {
  private UniqueKey() {}

  /**
   * Makes sure that a table has the key of its source's changes.
   *
   * @throws FatalWriteException it has no primary key or unique index on these columns
   */
  public static void check(TableId source, TargetTable table, List<String> keyColumns) {
    if (!isIn(table, keyColumns)) {
      throw new FatalWriteException(
          keyColumns.equals(RowIdentity.KEY)
              ? "cannot write changes of %s: the table has no primary key, and %s has no column %s to tell its rows apart; run at the target: %s"
                  .formatted(source, table.id(), RowIdentity.COLUMN, statement(table, keyColumns))
              : "cannot write changes of %s: their key is (%s), and %s has no primary key or unique index on it; run at the target: %s"
                  .formatted(
                      source,
                      String.join(", ", keyColumns),
                      table.id(),
                      statement(table, keyColumns)));
    }
  }

  /** Whether the table has a primary key or a unique index on these columns. */
  public static boolean isIn(TargetTable table, List<String> keyColumns) {
    return table.uniqueKeys().contains(Set.copyOf(keyColumns));
  }

  /** The statement that gives a table the key; the former one would refuse rows of the new. */
  public static String statement(TargetTable table, List<String> keyColumns) {
    String columns = SqlIdentifiers.list(keyColumns);
    boolean identity = table.indexOf(RowIdentity.COLUMN) >= 0;
    if (table.primaryKey() == null && !keyColumns.equals(RowIdentity.KEY)) {
      return "CREATE UNIQUE INDEX ON %s (%s)".formatted(table.sql(), columns);
    }
    List<String> steps = new ArrayList<>();
    if (table.primaryKey() != null) {
      steps.add("DROP CONSTRAINT " + SqlIdentifiers.quote(table.primaryKey()));
    }
    if (keyColumns.equals(RowIdentity.KEY) && !identity) {
      steps.add(
          "ADD COLUMN %s text DEFAULT gen_random_uuid()::text PRIMARY KEY"
              .formatted(RowIdentity.COLUMN));
    } else {
      if (identity && !keyColumns.equals(RowIdentity.KEY)) {
        steps.add("DROP COLUMN " + RowIdentity.COLUMN);
      }
      steps.add("ADD PRIMARY KEY (" + columns + ")");
    }
    return "ALTER TABLE " + table.sql() + " " + String.join(", ", steps);
  }
}
