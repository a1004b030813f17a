package dev.cdcpipeline.sink.result;

import java.util.Locale;

/** How a result is kept equal to its SELECT. */
public enum ResultKind {
  /** The groups a flush touches are computed anew with the SELECT, restricted by key. */
  REFRESH,
  /** The SELECT is run over the changed rows alone, before and after; the difference is added. */
  DELTA,
  /** One row is appended for each change of the driving table. */
  LOG,
  /** The SELECT gives what breaks a rule; a row that leaves it is marked resolved. */
  VIOLATIONS;

  /** The word in a definition's {@code maintain} line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
