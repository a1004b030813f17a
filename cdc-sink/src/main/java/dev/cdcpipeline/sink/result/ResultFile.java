package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultDefinition.Affected;
import dev.cdcpipeline.sink.result.ResultDefinition.Index;
import dev.cdcpipeline.sink.result.ResultDefinition.Lookup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads a definition file: a header in SQL comments, {@code -- word: value}, then one SELECT.
 *
 * <p>A comment line that begins with three or more blanks continues the line before. A comment that
 * is not {@code word: value} is only a comment.
 */
public final class ResultFile {
  private static final Set<String> SINGLE =
      Set.of(
          "result",
          "key",
          "maintain",
          "over",
          "slice",
          "measures",
          "count",
          "recompute",
          "add",
          "max",
          "min",
          "identity",
          "rule",
          "grace");
  private static final Set<String> REPEATED =
      Set.of("affected", "derive", "lookup", "type", "index", "view");
  private static final Map<String, Set<ResultKind>> ONLY_FOR = onlyFor();
  private static final Pattern HEADER = Pattern.compile("--\\s?([a-z]+):\\s*(.*)");
  private static final Pattern CONTINUED = Pattern.compile("--\\s{3,}(\\S.*)");
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*");
  private static final Pattern TABLE_COLUMNS =
      Pattern.compile("([a-z_][a-z0-9_]*)\\s*\\(([^()]+)\\)");
  private static final Pattern TABLE_SELECT =
      Pattern.compile("([a-z_][a-z0-9_]*)\\s*:\\s*(SELECT\\b.*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|min|h)");
  private static final Pattern TIME_LITERAL =
      Pattern.compile(
          "(timestamptz|timestamp|date|time)\\s*'\\s*(now|today|tomorrow|yesterday)\\s*'"
              + "|'\\s*(now|today|tomorrow|yesterday)\\s*'\\s*::",
          Pattern.CASE_INSENSITIVE);

  /** Words, a schema before them, then length and scale, then the brackets of an array. */
  private static final Pattern COLUMN_TYPE =
      Pattern.compile(
          "([a-z_][a-z0-9_]*)\\s+([a-z_][a-z0-9_]*(?:\\.[a-z_][a-z0-9_]*)?(?: [a-z]+)*+"
              + "(?:\\(\\d+(?:, ?-?\\d+)?\\))?(?: [a-z]+)*+(?:\\[\\])*+)",
          Pattern.CASE_INSENSITIVE);

  private static final int LARGEST = 1_000_000;

  private static final String DEPENDS_ON_THE_DAY =
      "a date that depends on the day it is computed; a result must depend on the rows alone";

  /** A header's value, with the lines that continue it. */
  private record Line(int number, StringBuilder text) {
    String value() {
      return text.toString();
    }
  }

  private final String file;
  private final Map<String, Line> single = new HashMap<>();
  private final Map<String, List<Line>> repeated = new HashMap<>();
  private int firstLineOfSelect;

  private ResultFile(String file) {
    this.file = file;
  }

  /**
   * Reads all {@code *.sql} files of a directory, in the order of their names.
   *
   * @throws InvalidResultException names the first file and line that is wrong
   * @throws IOException the directory can't be read
   */
  public static List<ResultDefinition> readDirectory(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files = entries.filter(p -> p.toString().endsWith(".sql")).sorted().toList();
    }
    List<ResultDefinition> definitions = new ArrayList<>();
    Map<String, String> names = new HashMap<>();
    for (Path path : files) {
      if (Files.size(path) > LARGEST) {
        throw InvalidResultException.at(
            path.getFileName().toString(), 1, "the file has more than " + LARGEST + " bytes");
      }
      ResultDefinition definition = parse(path.getFileName().toString(), Files.readString(path));
      String other = names.put(definition.name(), definition.file());
      if (other != null) {
        throw InvalidResultException.at(
            definition.file(),
            1,
            "result " + definition.name() + " is already defined in " + other);
      }
      definitions.add(definition);
    }
    return definitions;
  }

  /**
   * Reads one definition.
   *
   * @param file its name, for messages
   * @throws InvalidResultException names file and line
   */
  public static ResultDefinition parse(String file, String text) {
    return new ResultFile(file).read(text);
  }

  private ResultDefinition read(String text) {
    String select = readLines(text);
    for (String word : List.of("measures", "recompute")) {
      if (single.containsKey(word)) {
        checkHeader(word, single.get(word));
      }
    }
    repeated.forEach((word, lines) -> lines.forEach(line -> checkHeader(word, line)));
    ResultKind kind = kind();
    for (Map.Entry<String, Set<ResultKind>> e : ONLY_FOR.entrySet()) {
      Line line = firstLine(e.getKey());
      if (line != null && !e.getValue().contains(kind)) {
        throw at(line, "'" + e.getKey() + "' has no meaning for maintain: " + kind.word());
      }
    }
    ResultDefinition definition =
        new ResultDefinition(
            file,
            text,
            name("result"),
            kind,
            kind == ResultKind.LOG && !single.containsKey("key") ? List.of() : names("key", true),
            select,
            affected(),
            single.containsKey("over") ? Optional.of(name("over")) : Optional.empty(),
            names("slice", false),
            value("measures"),
            single.containsKey("count") ? Optional.of(name("count")) : Optional.empty(),
            value("recompute"),
            names("add", false),
            names("max", false),
            names("min", false),
            pairs(
                "derive",
                Pattern.compile("([a-z_][a-z0-9_]*)\\s*=\\s*(.+)"),
                "column = expression"),
            lookups(),
            single.containsKey("identity") ? name("identity") : "event_id",
            value("rule"),
            grace(),
            pairs("type", COLUMN_TYPE, "column type"),
            tables("index").stream().map(t -> new Index(t.table(), t.columns())).toList(),
            pairs(
                "view",
                Pattern.compile("([a-z_][a-z0-9_]*)\\s+AS\\s+(.+)", Pattern.CASE_INSENSITIVE),
                "name AS SELECT …"));
    complete(definition);
    return definition;
  }

  private String readLines(String text) {
    String[] lines = text.split("\n", -1);
    Line last = null;
    int i = 0;
    for (; i < lines.length; i++) {
      String line = lines[i].strip();
      if (line.isEmpty()) {
        last = null;
        continue;
      }
      if (!line.startsWith("--")) {
        break;
      }
      Matcher header = HEADER.matcher(line);
      Matcher continued = CONTINUED.matcher(line);
      if (header.matches()) {
        last = new Line(i + 1, new StringBuilder(header.group(2).strip()));
        put(header.group(1), last);
      } else if (last != null && continued.matches()) {
        last.text().append(' ').append(continued.group(1).strip());
      } else {
        last = null;
      }
    }
    firstLineOfSelect = i + 1;
    String select = String.join("\n", Arrays.asList(lines).subList(i, lines.length)).strip();
    if (select.endsWith(";")) {
      select = select.substring(0, select.length() - 1).strip();
    }
    if (!select.regionMatches(true, 0, "SELECT", 0, 6)
        && !select.regionMatches(true, 0, "WITH", 0, 4)) {
      throw at(firstLineOfSelect, "after the header a SELECT is expected");
    }
    checkOneStatement(select);
    return select;
  }

  private void checkOneStatement(String select) {
    SqlText.problem(select, true)
        .ifPresent(
            found -> {
              throw at(
                  firstLineOfSelect + lines(select, found.offset()),
                  "one SELECT is expected, found " + found.what());
            });
    Matcher time = TIME_LITERAL.matcher(select);
    if (time.find()) {
      throw at(firstLineOfSelect + lines(select, time.start()), DEPENDS_ON_THE_DAY);
    }
  }

  private static int lines(String text, int offset) {
    return (int) text.substring(0, offset).chars().filter(c -> c == '\n').count();
  }

  /** Refuses a header that would be more than the piece of a statement it is made into. */
  private void checkHeader(String word, Line line) {
    SqlText.problem(line.value(), false)
        .ifPresent(
            found -> {
              throw at(
                  line, "'" + word + "' is to be a piece of one SELECT, found " + found.what());
            });
    if (!word.equals("view") && TIME_LITERAL.matcher(line.value()).find()) {
      throw at(line, DEPENDS_ON_THE_DAY);
    }
  }

  private void put(String word, Line line) {
    if (SINGLE.contains(word)) {
      if (single.put(word, line) != null) {
        throw at(line, "'" + word + "' is given twice");
      }
    } else if (REPEATED.contains(word)) {
      repeated.computeIfAbsent(word, w -> new ArrayList<>()).add(line);
    } else {
      List<String> known = Stream.concat(SINGLE.stream(), REPEATED.stream()).sorted().toList();
      throw at(line, "unknown header '" + word + "'; known are " + String.join(", ", known));
    }
  }

  private ResultKind kind() {
    Line line = single.get("maintain");
    if (line == null) {
      throw at(1, "header '-- maintain: refresh|delta|log|violations' is missing");
    }
    return Arrays.stream(ResultKind.values())
        .filter(k -> k.word().equals(line.value()))
        .findFirst()
        .orElseThrow(
            () ->
                at(
                    line,
                    "maintain is '"
                        + line.value()
                        + "', expected refresh, delta, log or violations"));
  }

  private String name(String word) {
    Line line = single.get(word);
    if (line == null) {
      throw at(1, "header '-- " + word + ": …' is missing");
    }
    return checkName(line, line.value());
  }

  private String checkName(Line line, String name) {
    if (!NAME.matcher(name).matches()) {
      throw at(line, "'" + name + "' is not a plain lower-case SQL name");
    }
    return name;
  }

  private List<String> names(String word, boolean required) {
    Line line = single.get(word);
    if (line == null) {
      if (required) {
        throw at(1, "header '-- " + word + ": …' is missing");
      }
      return List.of();
    }
    return split(line, line.value());
  }

  private List<String> split(Line line, String value) {
    return Arrays.stream(value.split(",")).map(String::strip).map(n -> checkName(line, n)).toList();
  }

  private Optional<String> value(String word) {
    return Optional.ofNullable(single.get(word)).map(Line::value);
  }

  private List<Affected> affected() {
    List<Affected> all = new ArrayList<>();
    for (Line line : repeated.getOrDefault("affected", List.of())) {
      Matcher select = TABLE_SELECT.matcher(line.value());
      if (select.matches()) {
        all.add(new Affected(select.group(1), List.of(), Optional.of(select.group(2))));
      } else {
        Affected columns = tableColumns(line, "affected");
        if (columns.columns().size() != names("key", true).size()) {
          throw at(
              line,
              "names "
                  + columns.columns().size()
                  + " columns for the "
                  + names("key", true).size()
                  + " of the key "
                  + names("key", true));
        }
        all.add(columns);
      }
    }
    return all;
  }

  private List<Affected> tables(String word) {
    return repeated.getOrDefault(word, List.of()).stream().map(l -> tableColumns(l, word)).toList();
  }

  private Affected tableColumns(Line line, String word) {
    Matcher m = TABLE_COLUMNS.matcher(line.value());
    if (!m.matches()) {
      throw at(
          line,
          "expected '-- "
              + word
              + ": table (column, …)'"
              + (word.equals("affected") ? " or '-- affected: table: SELECT …'" : "")
              + ", found '"
              + line.value()
              + "'");
    }
    return new Affected(m.group(1), split(line, m.group(2)), Optional.empty());
  }

  private List<Lookup> lookups() {
    return tables("lookup").stream().map(t -> new Lookup(t.table(), t.columns())).toList();
  }

  private Map<String, String> pairs(String word, Pattern pattern, String expected) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (Line line : repeated.getOrDefault(word, List.of())) {
      Matcher m = pattern.matcher(line.value());
      if (!m.matches()) {
        throw at(
            line, "expected '-- " + word + ": " + expected + "', found '" + line.value() + "'");
      }
      pairs.put(m.group(1), m.group(2));
    }
    return pairs;
  }

  private Duration grace() {
    Line line = single.get("grace");
    if (line == null) {
      return Duration.ZERO;
    }
    Matcher m = DURATION.matcher(line.value());
    if (!m.matches()) {
      throw at(line, "grace is '" + line.value() + "', expected for example '30 s'");
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      case "min" -> Duration.ofMinutes(n);
      default -> Duration.ofHours(n);
    };
  }

  private void complete(ResultDefinition d) {
    switch (d.kind()) {
      case REFRESH ->
          require(!d.affected().isEmpty(), "refresh needs '-- affected: table (column)'");
      case DELTA -> {
        require(
            d.over().isPresent(),
            "delta needs '-- over: table', the table whose rows are added up");
        require(
            !d.additive().isEmpty() || !d.greatest().isEmpty() || !d.least().isEmpty(),
            "delta needs '-- add: column, …'");
        require(
            d.count().isPresent() || d.recompute().isPresent() || !d.affected().isEmpty(),
            "delta needs '-- count: column' to know when a group is gone");
        d.count()
            .ifPresent(c -> require(d.additive().contains(c), "count " + c + " is not in 'add'"));
      }
      case LOG -> require(d.over().isPresent(), "log needs '-- over: table', one row per change");
      case VIOLATIONS -> {
        require(d.rule().isPresent(), "violations needs '-- rule: NAME'");
        require(d.over().isPresent(), "violations needs '-- over: table', whose rows are judged");
        require(
            d.affectedBy(d.over().orElseThrow()).stream().anyMatch(a -> a.select().isEmpty()),
            "violations needs '-- affected: " + d.over().get() + " (column, …)', its key");
      }
    }
  }

  private void require(boolean condition, String problem) {
    if (!condition) {
      throw at(1, problem);
    }
  }

  private Line firstLine(String word) {
    Line line = single.get(word);
    return line != null
        ? line
        : repeated.getOrDefault(word, List.of()).stream().findFirst().orElse(null);
  }

  private InvalidResultException at(Line line, String problem) {
    return at(line.number(), problem);
  }

  private InvalidResultException at(int line, String problem) {
    return InvalidResultException.at(file, line, problem);
  }

  private static Map<String, Set<ResultKind>> onlyFor() {
    Map<String, Set<ResultKind>> only = new HashMap<>();
    for (String word :
        List.of("slice", "measures", "count", "recompute", "add", "max", "min", "derive")) {
      only.put(word, Set.of(ResultKind.DELTA));
    }
    only.put("lookup", Set.of(ResultKind.LOG));
    only.put("identity", Set.of(ResultKind.LOG));
    only.put("rule", Set.of(ResultKind.VIOLATIONS));
    only.put("grace", Set.of(ResultKind.VIOLATIONS));
    only.put("over", Set.of(ResultKind.DELTA, ResultKind.LOG, ResultKind.VIOLATIONS));
    return only;
  }
}
