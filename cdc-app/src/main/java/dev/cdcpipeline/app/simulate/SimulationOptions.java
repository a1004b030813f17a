package dev.cdcpipeline.app.simulate;

import java.time.Duration;

/**
 * How much of a shop's life to play.
 *
 * @param perSecond transactions a second, above 0 and at most {@value #MAX_RATE}
 * @param duration how long to start new transactions
 * @param transactions how many at most
 * @param seed the same seed on the same database gives the same transactions
 * @param connections how many transactions run at once, 1 to {@value #MAX_CONNECTIONS}
 */
public record SimulationOptions(
    double perSecond, Duration duration, long transactions, long seed, int connections) {

  public static final int MAX_RATE = 20_000;
  public static final int MAX_CONNECTIONS = 64;

  private static final int RATE_PER_CONNECTION = 100;
  private static final int DEFAULT_MAX_CONNECTIONS = 12;

  public SimulationOptions {
    require(
        perSecond > 0 && perSecond <= MAX_RATE, "rate", "above 0, at most " + MAX_RATE, perSecond);
    require(!duration.isNegative() && !duration.isZero(), "duration", "above 0", duration);
    require(transactions > 0, "transactions", "above 0", transactions);
    require(
        connections > 0 && connections <= MAX_CONNECTIONS,
        "connections",
        "between 1 and " + MAX_CONNECTIONS,
        connections);
  }

  /** As many connections as the rate needs, and no limit but the duration. */
  public static SimulationOptions of(double perSecond, Duration duration, long seed) {
    return new SimulationOptions(
        perSecond, duration, Long.MAX_VALUE, seed, connectionsFor(perSecond));
  }

  /** How many connections a rate needs. */
  public static int connectionsFor(double perSecond) {
    return (int)
        Math.min(DEFAULT_MAX_CONNECTIONS, 2 + Math.max(0, perSecond) / RATE_PER_CONNECTION);
  }

  private static void require(boolean holds, String name, String wanted, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " must be " + wanted + ", was " + value);
    }
  }
}
