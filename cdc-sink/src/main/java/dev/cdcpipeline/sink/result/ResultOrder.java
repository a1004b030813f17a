package dev.cdcpipeline.sink.result;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The order in which results are kept: one that reads another comes after it. */
final class ResultOrder {
  private final Collection<ResultDefinition> definitions;
  private final List<ResultDefinition> sorted = new ArrayList<>();
  private final Set<String> path = new LinkedHashSet<>();

  private ResultOrder(Collection<ResultDefinition> definitions) {
    this.definitions = definitions;
  }

  /**
   * Sorts definitions by what they read; those that don't read each other keep their order.
   *
   * @throws InvalidResultException some results read each other in a circle
   */
  static List<ResultDefinition> sort(Collection<ResultDefinition> definitions) {
    ResultOrder order = new ResultOrder(definitions);
    definitions.forEach(order::visit);
    return order.sorted;
  }

  /** Whether one definition reads the result of the other. */
  static boolean reads(ResultDefinition reader, ResultDefinition read) {
    return reader.followed().contains(read.target());
  }

  private void visit(ResultDefinition definition) {
    if (sorted.contains(definition)) {
      return;
    }
    if (!path.add(definition.name())) {
      throw new InvalidResultException(
          definition.file() + ": results read each other in a circle: " + String.join(" → ", path));
    }
    for (ResultDefinition other : definitions) {
      if (reads(definition, other)) {
        visit(other);
      }
    }
    path.remove(definition.name());
    sorted.add(definition);
  }
}
