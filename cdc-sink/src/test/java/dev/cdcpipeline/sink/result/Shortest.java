package dev.cdcpipeline.sink.result;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Makes what fails shorter, so that a person can read it. */
final class Shortest {

  private Shortest() {}

  /**
   * The items without every stretch that can be left out: what is returned still fails, and nothing
   * of it alone can be spared.
   *
   * @param fails true for the items as given; asked again and again
   */
  static <T> List<T> of(List<T> items, Predicate<List<T>> fails) {
    List<T> failing = items;
    int length = Math.max(1, items.size() / 2);
    while (true) {
      int before = failing.size();
      int at = 0;
      while (at < failing.size()) {
        List<T> without = new ArrayList<>(failing.subList(0, at));
        without.addAll(failing.subList(Math.min(at + length, failing.size()), failing.size()));
        if (!without.isEmpty() && fails.test(without)) {
          failing = without;
        } else {
          at += length;
        }
      }
      if (length > 1) {
        length /= 2;
      } else if (failing.size() == before) {
        return failing;
      }
    }
  }
}
