package dev.cdcpipeline.model.event;

import java.util.Objects;

/**
 * A text column whose value a change may leave out because it is TOASTed and did not change: a
 * value, SQL NULL, or unavailable, which is neither. Immutable; equal if in the same state with
 * equal text.
 */
public final class ToastableText {
  /** The change did not carry the value; it is what it was. */
  public static final ToastableText UNAVAILABLE = new ToastableText(null, false);

  private static final ToastableText NULL = new ToastableText(null, true);

  private final String text;
  private final boolean available;

  private ToastableText(String text, boolean available) {
    this.text = text;
    this.available = available;
  }

  /**
   * A value out of a {@link Row}.
   *
   * @param value text, null for SQL NULL, or {@link Row#UNAVAILABLE}
   */
  public static ToastableText of(Object value) {
    if (value == Row.UNAVAILABLE) {
      return UNAVAILABLE;
    }
    return value == null ? NULL : new ToastableText((String) value, true);
  }

  public boolean isAvailable() {
    return available;
  }

  /**
   * The text, null for SQL NULL.
   *
   * @throws IllegalStateException if it is unavailable
   */
  public String text() {
    if (!available) {
      throw new IllegalStateException("the value is unavailable; fill it from state first");
    }
    return text;
  }

  /** This value, or the one known from before where the change did not carry it. */
  public ToastableText orElse(ToastableText known) {
    return available ? this : known;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ToastableText other
        && available == other.available
        && Objects.equals(text, other.text);
  }

  @Override
  public int hashCode() {
    return available ? Objects.hashCode(text) : 1;
  }

  @Override
  public String toString() {
    return available ? String.valueOf(text) : Row.UNAVAILABLE.toString();
  }
}
