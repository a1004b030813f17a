package dev.cdcpipeline.app.schema;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A source table's columns before and after an {@code ALTER TABLE} that nobody has run on it.
 *
 * <p>The statement is run on an empty table of the same columns, in a transaction that is rolled
 * back: the real one is only looked up in the catalogue, and never locked.
 *
 * @param schema schema of the table, unquoted
 * @param table name of the table, unquoted
 */
public record TableChange(
    String schema, String table, List<SourceColumn> before, List<SourceColumn> after) {
  private static final String SCRATCH = "cdc_schema_plan";
  private static final String NO_PERMISSION = "42501";

  public TableChange {
    before = List.copyOf(before);
    after = List.copyOf(after);
  }

  /**
   * Finds out what a statement does to a table's columns.
   *
   * @param source a connection to the source as a role that may create a table in the table's
   *     schema; autocommit on
   * @throws IllegalArgumentException the table is not there, or PostgreSQL refuses the statement;
   *     the message has what it says
   */
  public static TableChange of(Connection source, AlterTable statement) throws SQLException {
    source.setAutoCommit(false);
    try {
      Query.of("SET LOCAL lock_timeout = '2s'").run(source);
      String found = find(source, statement.table());
      List<String> name = names(source, found);
      List<SourceColumn> real = SourceColumn.read(source, found);
      String scratch = SqlIdentifiers.quote(name.get(0)) + "." + SCRATCH;
      make(source, scratch, real, name.get(0));
      List<SourceColumn> before = SourceColumn.read(source, scratch);
      try {
        Query.of(statement.on(scratch)).run(source);
      } catch (SQLException e) {
        throw new IllegalArgumentException(
            "PostgreSQL refuses the statement: "
                + e.getMessage().replace(SCRATCH, name.get(1)).replace("\n", " "),
            e);
      }
      return new TableChange(name.get(0), name.get(1), before, SourceColumn.read(source, scratch));
    } finally {
      source.rollback();
      source.setAutoCommit(true);
    }
  }

  private static void make(
      Connection source, String scratch, List<SourceColumn> columns, String schema)
      throws SQLException {
    try {
      Query.of(create(scratch, columns)).run(source);
    } catch (SQLException e) {
      if (NO_PERMISSION.equals(e.getSQLState())) {
        throw notAllowed(schema, e);
      }
      throw e;
    }
  }

  private static String find(Connection source, String written) throws SQLException {
    String sql =
        "SELECT c.oid::regclass::text, c.relkind::text FROM pg_class c WHERE c.oid ="
            + " to_regclass(?)";
    try {
      return Query.of(sql, written)
          .first(
              source,
              row -> {
                if (!List.of("r", "p").contains(row.getString(2))) {
                  throw new IllegalArgumentException(written + " is no table");
                }
                return row.getString(1);
              })
          .orElseThrow(() -> new IllegalArgumentException("the source has no table " + written));
    } catch (SQLException e) {
      if (NO_PERMISSION.equals(e.getSQLState())) {
        throw notAllowed(written, e);
      }
      throw e;
    }
  }

  private static IllegalArgumentException notAllowed(String where, SQLException e) {
    return new IllegalArgumentException(
        "the source's role may not try the statement beside %s, on a table that is rolled back; give the address with a role that may (--source-url): %s"
            .formatted(where, e.getMessage()),
        e);
  }

  private static List<String> names(Connection source, String found) throws SQLException {
    String sql =
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.oid = ?::regclass";
    return Query.of(sql, found).one(source, row -> List.of(row.getString(1), row.getString(2)));
  }

  private static String create(String scratch, List<SourceColumn> columns) {
    List<String> definitions =
        new ArrayList<>(columns.stream().map(SourceColumn::definition).toList());
    List<String> key = keyOf(columns);
    if (!key.isEmpty()) {
      definitions.add("PRIMARY KEY (" + SqlIdentifiers.list(key) + ")");
    }
    return "CREATE TABLE " + scratch + " (" + String.join(", ", definitions) + ")";
  }

  private static List<String> keyOf(List<SourceColumn> columns) {
    return columns.stream()
        .filter(column -> column.key() > 0)
        .sorted(Comparator.comparingInt(SourceColumn::key))
        .map(SourceColumn::name)
        .toList();
  }

  /** The primary key's columns afterwards. */
  public List<String> key() {
    return keyOf(after);
  }

  /** Whether the primary key has other columns afterwards. */
  public boolean changesKey() {
    return !keyOf(before).equals(key());
  }

  /** The columns as change events will describe them. */
  public RowType type() {
    return new RowType(after.stream().map(SourceColumn::described).toList());
  }

  private Optional<SourceColumn> beforeOf(SourceColumn column) {
    return before.stream().filter(b -> b.number() == column.number()).findFirst();
  }

  /** Names that columns had and none has afterwards: those dropped and renamed. */
  public List<String> goneNames() {
    return before.stream()
        .map(SourceColumn::name)
        .filter(name -> after.stream().noneMatch(a -> a.name().equals(name)))
        .toList();
  }

  /** Whether a name is gone because its column is called otherwise, and how. */
  public Optional<String> newNameOf(String gone) {
    return before.stream()
        .filter(b -> b.name().equals(gone))
        .flatMap(b -> after.stream().filter(a -> a.number() == b.number()))
        .map(SourceColumn::name)
        .findFirst();
  }

  /** Columns that keep their name and get another type. */
  List<SourceColumn> retyped() {
    return after.stream()
        .filter(
            a ->
                beforeOf(a)
                    .filter(b -> b.name().equals(a.name()) && !b.type().equals(a.type()))
                    .isPresent())
        .toList();
  }

  /** Columns that are there afterwards under a name that none had. */
  List<SourceColumn> newNames() {
    return after.stream()
        .filter(a -> before.stream().noneMatch(b -> b.name().equals(a.name())))
        .toList();
  }

  /** What happens to each column that is touched, a line each; none if nothing changes. */
  public List<String> describe() {
    List<String> lines = new ArrayList<>();
    for (SourceColumn was : before) {
      if (after.stream().noneMatch(a -> a.number() == was.number())) {
        lines.add(was.name() + ": dropped (was " + was.describe() + ")");
      }
    }
    for (SourceColumn now : after) {
      Optional<SourceColumn> was = beforeOf(now);
      if (was.isEmpty()) {
        lines.add(now.name() + ": added, " + now.describe());
      } else if (!was.get().name().equals(now.name())) {
        lines.add(was.get().name() + ": renamed to " + now.name());
      } else if (!was.get().describe().equals(now.describe())) {
        lines.add(now.name() + ": " + was.get().describe() + " becomes " + now.describe());
      }
    }
    return lines;
  }

  /** What the source itself may refuse for the rows that it has, a line each. */
  public List<String> conditions() {
    List<String> lines = new ArrayList<>();
    for (SourceColumn now : after) {
      Optional<SourceColumn> was = beforeOf(now);
      if (was.isEmpty() && now.notNull() && now.preset() == null && now.generation().isEmpty()) {
        lines.add(now.name() + " has no default: PostgreSQL refuses it if the table has any row");
      } else if (was.isPresent() && !was.get().notNull() && now.notNull()) {
        lines.add(now.name() + " must not be NULL in any row, or PostgreSQL refuses it");
      } else if (was.isPresent() && !Objects.equals(was.get().type(), now.type())) {
        lines.add(
            now.name()
                + ": PostgreSQL refuses a value that the new type can't hold, and may rewrite the"
                + " table under a lock; rows rewritten make no change events");
      }
    }
    return lines;
  }

  /** Columns whose rows of before get values that no change event says, by a line each. */
  public List<String> unsaid() {
    List<String> lines = new ArrayList<>();
    for (SourceColumn now : newNames()) {
      if (beforeOf(now).isPresent()) {
        lines.add(now.name() + " is NULL in the rows of before: read the table again");
      } else if (now.missing() == null && (now.preset() != null || !now.generation().isEmpty())) {
        lines.add(
            now.name()
                + " is NULL in the rows of before, as no event says what the source puts there:"
                + " read the table again");
      }
    }
    return lines;
  }
}
