package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultCatalog.Request;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * Carries out a person's request to change a result, as far as the catalogue goes; what waits then
 * is built when it is loaded.
 */
final class ResultRequest {
  private final Connection connection;
  private final ResultOptions options;
  private final ResultCatalog catalog;

  ResultRequest(Connection connection, ResultOptions options, ResultCatalog catalog) {
    this.connection = connection;
    this.options = options;
    this.catalog = catalog;
  }

  /** The outcome, or null if it is known only when the result has been loaded. */
  String begin(Request request) throws SQLException {
    Optional<CatalogueEntry> entry =
        catalog.list(connection).stream().filter(e -> e.name().equals(request.name())).findFirst();
    switch (request.action()) {
      case "apply":
        apply(catalog.requested(connection, request), entry, "requested");
        return null;
      case "rebuild":
        if (entry.isEmpty()) {
          return "failed: there is no result " + request.name();
        }
        rebuild(entry.get().definition());
        return null;
      case "remove":
        if (entry.isEmpty()) {
          return "failed: there is no result " + request.name();
        }
        return remove(entry.get().definition());
      default:
        return "failed: unknown action " + request.action();
    }
  }

  /**
   * Puts a definition into the catalogue in place of the former one; it waits to be built, with all
   * results that are built on it.
   *
   * @param why for the catalogue
   */
  void apply(ResultDefinition definition, Optional<CatalogueEntry> former, String why)
      throws SQLException {
    catalog.put(connection, definition, why);
    if (former.isEmpty()) {
      return;
    }
    try (Statement statement = connection.createStatement()) {
      for (String view : former.get().definition().views().keySet()) {
        if (!definition.views().containsKey(view)) {
          statement.execute("DROP VIEW IF EXISTS " + Sql.quote(options.resultSchema(), view));
        }
      }
    }
    for (CatalogueEntry other : catalog.list(connection)) {
      if (ResultOrder.reads(other.definition(), definition)) {
        rebuild(other.definition());
      }
    }
  }

  /** A result and all that are built on it wait to be built. */
  private void rebuild(ResultDefinition definition) throws SQLException {
    catalog.waiting(connection, definition.name(), "rebuild");
    for (CatalogueEntry other : catalog.list(connection)) {
      if (ResultOrder.reads(other.definition(), definition)) {
        rebuild(other.definition());
      }
    }
  }

  /** Drops a result's table, unless another result reads it. */
  String remove(ResultDefinition definition) throws SQLException {
    List<ResultDefinition> others =
        catalog.list(connection).stream()
            .map(CatalogueEntry::definition)
            .filter(d -> !d.name().equals(definition.name()))
            .toList();
    Optional<ResultDefinition> reader =
        others.stream().filter(d -> ResultOrder.reads(d, definition)).findFirst();
    if (reader.isPresent()) {
      return "failed: " + reader.get().name() + " reads it; remove that first";
    }
    if (others.stream().anyMatch(d -> d.target().equals(definition.target()))) {
      forgetRule(definition);
    } else {
      if (definition.rule().isPresent()) {
        forgetRule(definition);
      }
      new ResultTable(connection, options).drop(definition);
    }
    catalog.forget(connection, definition.name());
    return "removed";
  }

  private void forgetRule(ResultDefinition definition) throws SQLException {
    String which =
        " WHERE rule = "
            + Sql.literal(definition.rule().orElseThrow())
            + " AND source_table = "
            + Sql.literal(definition.over().orElseThrow());
    try (Statement statement = connection.createStatement()) {
      if (new ShapeReader(connection, options).exists(definition.target())) {
        statement.execute(
            "DELETE FROM " + Sql.quote(options.resultSchema(), definition.target()) + which);
      }
      statement.execute("DELETE FROM " + ViolationSql.pendingTable(options) + which);
    }
  }
}
