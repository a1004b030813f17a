package dev.cdcpipeline.it;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What a pipeline under test is made of. */
public enum StackKind {
  /** Child processes on loopback. */
  EMBEDDED,
  /** Containers, as compose.yaml makes them. */
  CONTAINERS;

  /** Names the kinds to run on: embedded, containers, all; several by comma. */
  static final String PROPERTY = "cdc.stack";

  /** The same, set by a build that runs each kind in a JVM of its own; both must name a kind. */
  static final String PART_PROPERTY = "cdc.stack.part";

  /**
   * Those kinds that the system properties ask for; all if they say nothing.
   *
   * @throws IllegalArgumentException if a property names no kind
   */
  static Set<StackKind> selected() {
    Set<StackKind> kinds = named(PROPERTY);
    kinds.retainAll(named(PART_PROPERTY));
    return kinds;
  }

  private static Set<StackKind> named(String property) {
    String value = System.getProperty(property, "all");
    EnumSet<StackKind> kinds = EnumSet.noneOf(StackKind.class);
    for (String word : List.of(value.split(",", -1))) {
      if (word.equals("all")) {
        kinds.addAll(EnumSet.allOf(StackKind.class));
      } else {
        kinds.add(
            Arrays.stream(values())
                .filter(kind -> kind.title().equals(word))
                .findFirst()
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "%s=%s: '%s' is no stack; name some of %s, or all"
                                .formatted(property, value, word, titles()))));
      }
    }
    return kinds;
  }

  private static String titles() {
    return Arrays.stream(values()).map(StackKind::title).collect(Collectors.joining(", "));
  }

  /** What properties and reports call it. */
  public String title() {
    return switch (this) {
      case EMBEDDED -> "embedded";
      case CONTAINERS -> "containers";
    };
  }
}
