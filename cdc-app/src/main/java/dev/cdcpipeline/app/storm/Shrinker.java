package dev.cdcpipeline.app.storm;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds a short part of a list that still fails, by leaving out halves, then smaller pieces, as in
 * delta debugging; with a bound on how often it tries.
 *
 * @param <T> what the list is of
 */
final class Shrinker<T> {
  private final Trial<T> trial;
  private int left;

  /** Tries a part of the list. */
  interface Trial<T> {
    /** Whether it still fails. */
    boolean fails(List<T> part) throws Exception;
  }

  /**
   * @param tries how often it may try
   */
  Shrinker(Trial<T> trial, int tries) {
    this.trial = trial;
    this.left = tries;
  }

  /**
   * The shortest part that was found to fail.
   *
   * @param failing all of it, which has failed
   */
  List<T> shrink(List<T> failing) throws Exception {
    List<T> current = List.copyOf(failing);
    int pieces = 2;
    while (current.size() > 1 && left > 0) {
      List<T> shorter = withoutOnePiece(current, pieces);
      if (shorter.size() < current.size()) {
        current = shorter;
        pieces = Math.max(2, pieces - 1);
      } else if (pieces >= current.size()) {
        break;
      } else {
        pieces = Math.min(current.size(), 2 * pieces);
      }
    }
    return current;
  }

  private List<T> withoutOnePiece(List<T> current, int pieces) throws Exception {
    for (int piece = 0; piece < pieces && left > 0; piece++) {
      int from = piece * current.size() / pieces;
      int to = (piece + 1) * current.size() / pieces;
      List<T> rest = new ArrayList<>(current.subList(0, from));
      rest.addAll(current.subList(to, current.size()));
      left--;
      if (trial.fails(rest)) {
        return List.copyOf(rest);
      }
    }
    return current;
  }
}
