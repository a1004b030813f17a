package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a result's file says of the rows that must be there; how they are maintained is no concern
 * of the comparison.
 *
 * @param file the file's name
 * @param table the result's table in the target
 * @param kind the word after {@code maintain}
 * @param key the key's columns
 * @param rule the rule's name, of a file of violations
 * @param grace whether a violation is recorded only some time after it began
 * @param select the definition
 */
record ExpectedResult(
    String file,
    String table,
    String kind,
    List<String> key,
    Optional<String> rule,
    boolean grace,
    String select) {

  private static final Pattern HEADER = Pattern.compile("--\\s?([a-z]+):\\s*(.*)");

  /** Reads all {@code *.sql} files of a directory, in the order of their names. */
  static List<ExpectedResult> readDirectory(Path directory) throws IOException {
    List<ExpectedResult> results = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path path : entries.filter(file -> file.toString().endsWith(".sql")).sorted().toList()) {
        results.add(parse(path.getFileName().toString(), Files.readString(path)));
      }
    }
    return results;
  }

  /** Reads the definitions that the target's catalogue holds; none if it has no catalogue. */
  static List<ExpectedResult> readCatalogue(Connection target) throws SQLException {
    return Query.isThere(target, "cdc.results")
        ? Query.of("SELECT file, definition FROM cdc.results ORDER BY file")
            .list(target, row -> parse(row.getString(1), row.getString(2)))
        : List.of();
  }

  static ExpectedResult parse(String file, String text) {
    Map<String, String> header = new HashMap<>();
    List<String> lines = text.lines().toList();
    int line = 0;
    while (line < lines.size() && (lines.get(line).isBlank() || lines.get(line).startsWith("--"))) {
      Matcher matcher = HEADER.matcher(lines.get(line));
      if (matcher.matches()) {
        header.putIfAbsent(matcher.group(1), matcher.group(2).trim());
      }
      line++;
    }
    String select = String.join("\n", lines.subList(line, lines.size())).strip();
    if (select.endsWith(";")) {
      select = select.substring(0, select.length() - 1);
    }
    if (!header.containsKey("result") || !header.containsKey("key") || select.isEmpty()) {
      throw new ReconcileException(
          file + ": a result's file has the headers result and key, then a SELECT");
    }
    return new ExpectedResult(
        file,
        header.get("result"),
        header.getOrDefault("maintain", "refresh"),
        Arrays.stream(header.get("key").split(",")).map(String::trim).toList(),
        Optional.ofNullable(header.get("rule")),
        header.containsKey("grace"),
        select);
  }

  boolean isLog() {
    return kind.equals("log");
  }

  /** Whether the definition reads the table named. */
  boolean reads(String otherTable) {
    return !otherTable.equals(table)
        && Pattern.compile("\\b" + Pattern.quote(otherTable) + "\\b").matcher(select).find();
  }
}
