package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.change.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the mirrors, creates those that are missing, and checks that rows can be written there. */
final class MirrorTables {
  static final String APPLIED_AT = "_cdc_applied_at";
  static final String POSITION = "_cdc_position";
  static final String RESERVED_PREFIX = "_cdc_";

  private final Connection connection;
  private final WriterOptions options;
  private final TableCatalog catalog;
  private final ColumnTypes types;
  private final MirrorEvolution evolution;

  MirrorTables(Connection connection, WriterOptions options, String ledgerSchema, String sink) {
    this.connection = connection;
    this.options = options;
    this.catalog = new TableCatalog(connection);
    this.types = new ColumnTypes(catalog);
    this.evolution =
        new MirrorEvolution(connection, options.schemaEvolution(), types, ledgerSchema, sink);
  }

  /**
   * The mirror of a source table, ready to take rows of this type.
   *
   * @throws FatalWriteException there is none and it may not be created, or it doesn't fit
   */
  TargetTable ready(TableId source, RowType type, List<String> keyColumns, Lsn at)
      throws SQLException {
    TableId mirror = options.mirrorOf(source);
    if (keyColumns.isEmpty()) {
      throw new FatalWriteException(
          "cannot mirror %s: the table has no primary key, and its changes have neither a key nor the row before; set REPLICA IDENTITY FULL on it, give it a primary key, or name columns that identify a row with message.key.columns on the source connector (%s:column,…), and read the table again"
              .formatted(source, source));
    }
    Optional<TargetTable> found = catalog.find(mirror);
    if (found.isEmpty()) {
      create(source, mirror, type, keyColumns, at);
      found = catalog.find(mirror);
    }
    TargetTable table = found.orElseThrow();
    checkKey(source, table, keyColumns);
    if (evolution.follow(source, table, type, keyColumns, at)) {
      return catalog.find(mirror).orElseThrow();
    }
    return table;
  }

  /** The mirror of a source table as it is, empty if there is none. */
  Optional<TargetTable> find(TableId source) throws SQLException {
    return catalog.find(options.mirrorOf(source));
  }

  private void create(TableId source, TableId mirror, RowType type, List<String> keyColumns, Lsn at)
      throws SQLException {
    if (!options.autoCreate()) {
      throw new FatalWriteException(
          "cannot write changes of %s: there is no table %s; create it or set auto.create=true"
              .formatted(source, mirror));
    }
    List<String> definitions = new ArrayList<>();
    for (Column column : type.columns()) {
      if (isReserved(column.name())) {
        throw new FatalWriteException(
            "cannot mirror %s: its column %s begins with %s, which is reserved; exclude or rename it at the source"
                .formatted(source, column.name(), RESERVED_PREFIX));
      }
      definitions.add(
          SqlIdentifiers.quote(column.name()) + " " + types.typeOf(source.toString(), column));
    }
    definitions.add(APPLIED_AT + " timestamptz");
    definitions.add(POSITION + " pg_lsn");
    if (!keyColumns.isEmpty()) {
      definitions.add("PRIMARY KEY (" + SqlIdentifiers.list(keyColumns) + ")");
    }
    try (Statement statement = connection.createStatement()) {
      LedgerSchema.lockDdl(statement);
    }
    Schemas.create(connection, mirror.schema());
    String table = SqlIdentifiers.qualified(mirror.schema(), mirror.name());
    String columns = String.join(", ", definitions);
    evolution.run(mirror, "CREATE TABLE IF NOT EXISTS " + table + " (" + columns + ")", at);
  }

  /** Whether a mirror's column is neither the source's nor the identity of a row without a key. */
  static boolean isReserved(String column) {
    return column.startsWith(RESERVED_PREFIX) && !column.equals(RowIdentity.COLUMN);
  }

  static void checkKey(TableId source, TargetTable table, List<String> keyColumns) {
    if (keyColumns.equals(RowIdentity.KEY) && table.indexOf(RowIdentity.COLUMN) < 0) {
      throw new FatalWriteException(
          "cannot write changes of %s: the table has no primary key, and %s has no column %s to tell its rows apart; let the sink create the mirror, or run: ALTER TABLE %s ADD COLUMN %s text PRIMARY KEY"
              .formatted(source, table.id(), RowIdentity.COLUMN, table.sql(), RowIdentity.COLUMN));
    }
    if (!keyColumns.isEmpty() && !table.uniqueKeys().contains(Set.copyOf(keyColumns))) {
      throw new FatalWriteException(
          "cannot write changes of %s: %s has no primary key or unique index on (%s); create one: CREATE UNIQUE INDEX ON %s (%s)"
              .formatted(
                  source,
                  table.id(),
                  String.join(", ", keyColumns),
                  table.sql(),
                  SqlIdentifiers.list(keyColumns)));
    }
  }
}
