package dev.cdcpipeline.shop.topology;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Amounts as the results carry them: two decimals, as a {@code NUMERIC(38,2)} column would take
 * them.
 */
final class Money {
  static final BigDecimal ZERO = BigDecimal.ZERO.setScale(2);

  /** The amount with two decimals, half away from zero; null stays null. */
  static BigDecimal of(BigDecimal amount) {
    return amount == null ? null : amount.setScale(2, RoundingMode.HALF_UP);
  }

  /** The amount, or zero for null. */
  static BigDecimal orZero(BigDecimal amount) {
    return amount == null ? ZERO : of(amount);
  }

  private Money() {}
}
