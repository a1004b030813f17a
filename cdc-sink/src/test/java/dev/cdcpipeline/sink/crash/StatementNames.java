package dev.cdcpipeline.sink.crash;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says of which kind the statement is that a message of PostgreSQL's protocol belongs to: its verb,
 * and of one that writes the schema it writes to, without digits. {@code INSERT INTO
 * mirror_7.orders AS t …} is {@code INSERT mirror_}, and the commit behind it {@code COMMIT after
 * INSERT mirror_}. One for each session; not thread-safe.
 */
final class StatementNames {
  private static final Pattern VERB = Pattern.compile("(?:/\\*.*?\\*/)?\\s*([A-Z]+)\\b");
  private static final Pattern WRITES =
      Pattern.compile("(INSERT INTO|UPDATE|DELETE FROM|COPY|TRUNCATE|ANALYZE) \"?([a-z_]+)");
  private static final Pattern DEFINES = Pattern.compile("CREATE|ALTER|DROP");

  private final Map<String, String> prepared = new HashMap<>();
  private String bound = "";
  private String current = "";
  private String change = "nothing";

  /** The statement that a message of this type is a part of. */
  String of(int type, byte[] body) {
    switch (type) {
      case 'Q' -> execute(kind(text(body, 0)));
      case 'P' -> {
        String name = text(body, 0);
        prepared.put(name, kind(text(body, bytes(name) + 1)));
      }
      case 'B' -> {
        String portal = text(body, 0);
        bound = prepared.getOrDefault(text(body, bytes(portal) + 1), "");
      }
      case 'E' -> execute(bound);
      default -> {
        // the rest goes with the statement before
      }
    }
    return current;
  }

  private void execute(String kind) {
    current = kind.equals("COMMIT") ? "COMMIT after " + change : kind;
    if (kind.contains(" ") || DEFINES.matcher(kind).matches()) {
      change = kind;
    }
  }

  private static String kind(String sql) {
    Matcher verb = VERB.matcher(sql);
    if (!verb.lookingAt()) {
      return "";
    }
    Matcher written = WRITES.matcher(sql).region(verb.start(1), sql.length());
    return written.lookingAt() ? verb.group(1) + " " + written.group(2) : verb.group(1);
  }

  private static String text(byte[] body, int from) {
    int end = from;
    while (body[end] != 0) {
      end++;
    }
    return new String(body, from, end - from, StandardCharsets.UTF_8);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
