package dev.cdcpipeline.transforms.topology;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** Microseconds since 1970-01-01T00:00 as the result records carry times. */
final class Timestamps {

  /** A {@code TIMESTAMP}: no zone; null stays null. */
  static LocalDateTime local(Long micros) {
    return micros == null ? null : LocalDateTime.ofInstant(instant(micros), ZoneOffset.UTC);
  }

  /** A {@code TIMESTAMPTZ}. */
  static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private Timestamps() {}
}
