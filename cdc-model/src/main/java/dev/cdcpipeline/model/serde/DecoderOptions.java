package dev.cdcpipeline.model.serde;

/**
 * How change events are read.
 *
 * @param before which events' {@code before} is made into a row
 * @param unavailableValuePlaceholder what the source connector writes for an unchanged TOASTed
 *     value, its setting of the same name, where the rows' schema says nothing else
 */
public record DecoderOptions(Before before, String unavailableValuePlaceholder) {

  /** Debezium's default for {@code unavailable.value.placeholder}. */
  public static final String DEFAULT_PLACEHOLDER = "__debezium_unavailable_value";

  /** Which events' {@code before} is read; skipping it is faster. */
  public enum Before {
    /** Every event that has one. */
    ALWAYS,
    /** Deletes only, where it carries the key; null in all others. */
    DELETES
  }

  /** Rejects an empty placeholder, which would make every empty string unavailable. */
  public DecoderOptions {
    if (unavailableValuePlaceholder.isEmpty()) {
      throw new IllegalArgumentException("unavailable.value.placeholder must not be empty");
    }
  }

  /** {@code before} of deletes only, and Debezium's default placeholder. */
  public static DecoderOptions defaults() {
    return new DecoderOptions(Before.DELETES, DEFAULT_PLACEHOLDER);
  }

  /** These options with another placeholder. */
  DecoderOptions withPlaceholder(String placeholder) {
    return new DecoderOptions(before, placeholder);
  }

  /** These options with another choice of {@code before}. */
  public DecoderOptions withBefore(Before choice) {
    return new DecoderOptions(choice, unavailableValuePlaceholder);
  }
}
