package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the tables that records go to, creates and evolves them as far as options allow. */
final class TargetTables {
  private final Connection connection;
  private final TableCatalog catalog;
  private final ColumnTypes types;
  private final String ledgerSchema;
  private final String sink;

  TargetTables(Connection connection, String ledgerSchema, String sink) {
    this.connection = connection;
    this.catalog = new TableCatalog(connection);
    this.types = new ColumnTypes(catalog);
    this.ledgerSchema = ledgerSchema;
    this.sink = sink;
  }

  /**
   * The table, ready to take rows of this type, in the connection's transaction.
   *
   * @throws FatalWriteException there is none and it may not be created, or it doesn't fit
   */
  TargetTable ready(TableId id, TableOptions options, RowType type, List<String> keyColumns)
      throws SQLException {
    MirrorEvolution evolution =
        new MirrorEvolution(connection, options.schemaEvolution(), types, ledgerSchema, sink);
    Optional<TargetTable> found = catalog.find(id);
    if (found.isEmpty()) {
      create(id, options, type, keyColumns, evolution);
      found = catalog.find(id);
    }
    TargetTable table = found.orElseThrow();
    checkKey(table, keyColumns);
    if (evolution.follow(id, table, type, keyColumns, null)) {
      return catalog.find(id).orElseThrow();
    }
    return table;
  }

  boolean exists(TableId id) throws SQLException {
    return catalog.find(id).isPresent();
  }

  private void create(
      TableId id,
      TableOptions options,
      RowType type,
      List<String> keyColumns,
      MirrorEvolution evolution)
      throws SQLException {
    if (!options.autoCreate()) {
      throw new FatalWriteException(
          "there is no table %s; create it or set auto.create=true".formatted(id));
    }
    List<String> definitions = new ArrayList<>();
    for (Column column : type.columns()) {
      definitions.add(
          SqlIdentifiers.quote(column.name()) + " " + types.typeOf(id.toString(), column));
    }
    if (options.appliedAtColumn() != null && type.indexOf(options.appliedAtColumn()) < 0) {
      definitions.add(
          SqlIdentifiers.quote(options.appliedAtColumn()) + " timestamptz DEFAULT now()");
    }
    if (!keyColumns.isEmpty()) {
      definitions.add("PRIMARY KEY (" + SqlIdentifiers.list(keyColumns) + ")");
    }
    try (Statement statement = connection.createStatement()) {
      LedgerSchema.lockDdl(statement);
    }
    Schemas.create(connection, id.schema());
    String table = SqlIdentifiers.qualified(id.schema(), id.name());
    evolution.run(
        id,
        "CREATE TABLE IF NOT EXISTS " + table + " (" + String.join(", ", definitions) + ")",
        null);
  }

  private static void checkKey(TargetTable table, List<String> keyColumns) {
    if (!keyColumns.isEmpty() && !table.uniqueKeys().contains(Set.copyOf(keyColumns))) {
      throw new FatalWriteException(
          "cannot upsert into %s: it has no primary key or unique index on (%s); create one: CREATE UNIQUE INDEX ON %s (%s)"
              .formatted(
                  table.id(),
                  String.join(", ", keyColumns),
                  table.sql(),
                  SqlIdentifiers.list(keyColumns)));
    }
  }
}
