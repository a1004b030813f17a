package dev.cdcpipeline.transforms.pipeline;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * What results make of a {@code timestamp} column, which rows have as microseconds since
 * 1970-01-01T00:00.
 */
public final class Timestamps {
  private static final long MICROS_OF_AN_HOUR = 3_600_000_000L;

  /** The time, without a zone, for a record of a result; null stays null. */
  public static LocalDateTime local(Long micros) {
    return micros == null
        ? null
        : LocalDateTime.ofInstant(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), ZoneOffset.UTC);
  }

  /**
   * {@code date_trunc('hour', …)}, also in microseconds, to group by; null stays null. Hours are
   * ordinary group keys: nothing is ever too late for one.
   */
  public static Long hour(Long micros) {
    return micros == null ? null : Math.floorDiv(micros, MICROS_OF_AN_HOUR) * MICROS_OF_AN_HOUR;
  }

  private Timestamps() {}
}
