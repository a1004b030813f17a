package dev.cdcpipeline.app.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * An {@code ALTER TABLE} statement taken apart as far as is needed to run its actions on another
 * table.
 *
 * @param table the table as the statement writes it, quotes and schema included
 * @param actions what follows the table's name, word for word
 */
public record AlterTable(String table, String actions) {
  private static final String HANDLED =
      "ADD COLUMN, DROP COLUMN, RENAME COLUMN, and ALTER COLUMN with TYPE, SET or DROP NOT NULL,"
          + " SET or DROP DEFAULT";
  private static final Set<String> TABLE_CONSTRAINTS =
      Set.of("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE");
  private static final Set<String> COLUMN_CHANGES =
      Set.of("TYPE", "SET DATA", "SET NOT", "DROP NOT", "SET DEFAULT", "DROP DEFAULT");

  /**
   * Takes a statement apart.
   *
   * @throws IllegalArgumentException it is no ALTER TABLE, or has an action that is not handled;
   *     the message says which, and what is
   */
  public static AlterTable parse(String sql) {
    Words words = new Words(sql);
    List<Words.Word> all = words.all();
    int end = all.size();
    while (end > 0 && all.get(end - 1).is(";")) {
      end--;
    }
    Cursor cursor = new Cursor(all.subList(0, end));
    if (!cursor.takes("ALTER") || !cursor.takes("TABLE")) {
      throw new IllegalArgumentException("the statement is no ALTER TABLE: " + sql.strip());
    }
    if (cursor.takes("IF")) {
      cursor.takes("EXISTS");
    }
    cursor.takes("ONLY");
    int nameFrom = cursor.place();
    cursor.name();
    while (cursor.takes(".")) {
      cursor.name();
    }
    int nameTo = cursor.lastEnd();
    cursor.takes("*");
    if (cursor.isAtEnd()) {
      throw new IllegalArgumentException("the statement has no action: " + sql.strip());
    }
    int from = cursor.place();
    for (List<Words.Word> action : actions(cursor.rest())) {
      check(action, sql);
    }
    return new AlterTable(
        sql.substring(nameFrom, nameTo), sql.substring(from, all.get(end - 1).to()));
  }

  /** The statement for another table, whose name is ready for SQL. */
  public String on(String other) {
    return "ALTER TABLE " + other + " " + actions;
  }

  private static List<List<Words.Word>> actions(List<Words.Word> words) {
    List<List<Words.Word>> actions = new ArrayList<>();
    List<Words.Word> action = new ArrayList<>();
    int depth = 0;
    for (Words.Word word : words) {
      if (word.is(";")) {
        throw new IllegalArgumentException("one statement at a time; there is more behind a ;");
      }
      depth += word.is("(") || word.is("[") ? 1 : 0;
      depth -= word.is(")") || word.is("]") ? 1 : 0;
      if (depth == 0 && word.is(",")) {
        actions.add(action);
        action = new ArrayList<>();
      } else {
        action.add(word);
      }
    }
    actions.add(action);
    return actions;
  }

  private static void check(List<Words.Word> action, String sql) {
    if (action.isEmpty()) {
      throw new IllegalArgumentException("an action is missing beside a comma: " + sql.strip());
    }
    Cursor cursor = new Cursor(action);
    boolean handled;
    if (cursor.takes("ADD")) {
      handled = cursor.takes("COLUMN") || !cursor.isOneOf(TABLE_CONSTRAINTS);
      if (handled) {
        checkAdded(action);
      }
    } else if (cursor.takes("DROP")) {
      handled = cursor.takes("COLUMN") || !cursor.isOneOf(Set.of("CONSTRAINT"));
    } else if (cursor.takes("RENAME")) {
      handled = cursor.takes("COLUMN") || !cursor.isOneOf(Set.of("TO", "CONSTRAINT"));
    } else if (cursor.takes("ALTER")) {
      handled = !cursor.isOneOf(Set.of("CONSTRAINT"));
      cursor.takes("COLUMN");
      if (handled) {
        cursor.name();
        String change = cursor.next();
        handled =
            COLUMN_CHANGES.contains(change)
                || COLUMN_CHANGES.contains(change + " " + cursor.next());
      }
    } else {
      handled = false;
    }
    if (!handled) {
      throw new IllegalArgumentException(
          "cannot tell what '%s' does: only %s are handled"
              .formatted(
                  sql.substring(action.get(0).from(), action.get(action.size() - 1).to()),
                  HANDLED));
    }
  }

  // a foreign key would lock the table that it names, and a key of another kind is no column
  private static void checkAdded(List<Words.Word> action) {
    int depth = 0;
    for (Words.Word word : action) {
      depth += word.is("(") ? 1 : 0;
      depth -= word.is(")") ? 1 : 0;
      if (depth == 0 && (word.is("REFERENCES") || word.is("PRIMARY"))) {
        throw new IllegalArgumentException(
            "cannot tell what a column with %s does; leave it out, change events have nothing of it, or add it by a statement of its own"
                .formatted(word.is("PRIMARY") ? "PRIMARY KEY" : "REFERENCES"));
      }
    }
  }

  /** Goes over words. */
  private static final class Cursor {
    private final List<Words.Word> words;
    private int at;

    Cursor(List<Words.Word> words) {
      this.words = words;
    }

    boolean isAtEnd() {
      return at == words.size();
    }

    boolean takes(String word) {
      if (!isAtEnd() && words.get(at).is(word)) {
        at++;
        return true;
      }
      return false;
    }

    boolean isOneOf(Set<String> known) {
      return !isAtEnd() && known.stream().anyMatch(words.get(at)::is);
    }

    /** The next word in capitals, empty at the end. */
    String next() {
      return isAtEnd() ? "" : words.get(at++).text().toUpperCase(Locale.ROOT);
    }

    void name() {
      if (isAtEnd() || !words.get(at).isName()) {
        throw new IllegalArgumentException(
            "a name is missing " + (isAtEnd() ? "at the end" : "before " + words.get(at).text()));
      }
      at++;
    }

    int place() {
      if (isAtEnd()) {
        throw new IllegalArgumentException("the statement ends too early");
      }
      return words.get(at).from();
    }

    int lastEnd() {
      return words.get(at - 1).to();
    }

    List<Words.Word> rest() {
      return words.subList(at, words.size());
    }
  }
}
