package dev.cdcpipeline.app.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Durations as one types them: {@code 500ms}, {@code 60s}, {@code 1h30m}. */
final class Durations {

  private static final Pattern PARTS =
      Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m(?!s))?(?:(\\d{1,9})s)?(?:(\\d{1,12})ms)?");

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @throws TypeConversionException says what a duration looks like
   */
  static Duration parse(String text) {
    Matcher matcher = PARTS.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      throw new TypeConversionException(
          "'"
              + text
              + "' is not a duration; write numbers with units, for example 60s, 2m, 1h30m or"
              + " 500ms");
    }
    Duration duration =
        Duration.ofHours(part(matcher, 1))
            .plusMinutes(part(matcher, 2))
            .plusSeconds(part(matcher, 3))
            .plusMillis(part(matcher, 4));
    if (duration.isZero()) {
      throw new TypeConversionException("'" + text + "' is no time at all; a duration is above 0");
    }
    return duration;
  }

  private static long part(Matcher matcher, int group) {
    return matcher.group(group) == null ? 0 : Long.parseLong(matcher.group(group));
  }

  /** A duration for people: {@code 1 h 30 min}, {@code 12.3 s}, {@code 45 ms}. */
  static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(java.util.Locale.ROOT, "%.1f s", millis / 1_000.0);
    }
    long minutes = duration.toMinutes();
    return minutes < 60
        ? minutes + " min " + duration.toSecondsPart() + " s"
        : minutes / 60 + " h " + minutes % 60 + " min";
  }
}
