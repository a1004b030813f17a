package dev.cdcpipeline.transforms.topology;

/** UTC hours, which are ordinary group keys: nothing is ever too late for one. */
final class Hour {
  private static final long MICROS = 3_600_000_000L;

  /** {@code date_trunc('hour', …)} of microseconds since 1970; null stays null. */
  static Long of(Long micros) {
    return micros == null ? null : Math.floorDiv(micros, MICROS) * MICROS;
  }

  private Hour() {}
}
