package dev.cdcpipeline.sink.result;

import java.time.Instant;
import java.util.Optional;

/**
 * What the catalogue knows of a result.
 *
 * @param error why it failed or what it waits for
 * @param position commit LSN at which it failed
 * @param builtAt when it was last computed in full
 * @param buildMillis how long that took
 * @param fileAbsentSince when the sink first started without a file for it; empty if it has one
 */
public record CatalogueEntry(
    ResultDefinition definition,
    State state,
    Optional<String> error,
    Optional<String> position,
    Optional<Instant> builtAt,
    long buildMillis,
    Optional<Instant> fileAbsentSince) {

  /** How a result stands. */
  public enum State {
    /** Defined, but not yet computed: its tables don't exist yet, or its turn has not come. */
    WAITING,
    /** Equal to its SELECT in every committed flush. */
    ACTIVE,
    /** It stands as it was before the error; {@code rebuild} heals it. */
    FAILED
  }

  /** The result's name. */
  public String name() {
    return definition.name();
  }
}
