package dev.cdcpipeline.transforms.aggregate;

/** Refuses to merge states of different kinds. */
final class Mismatch {

  static <A extends Accumulator<?, ?>> A check(Class<A> expected, Accumulator<?, ?> other) {
    if (expected.isInstance(other)) {
      return expected.cast(other);
    }
    throw new IllegalArgumentException(
        "cannot merge " + other.getClass().getSimpleName() + " into " + expected.getSimpleName());
  }

  private Mismatch() {}
}
