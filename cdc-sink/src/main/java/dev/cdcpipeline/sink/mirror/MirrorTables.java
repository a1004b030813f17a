package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.ReplayTables;
import dev.cdcpipeline.sink.ledger.TableOwners;
import dev.cdcpipeline.sink.postgres.ColumnTypes;
import dev.cdcpipeline.sink.postgres.DdlLock;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.MirrorColumns;
import dev.cdcpipeline.sink.postgres.MirrorEvolution;
import dev.cdcpipeline.sink.postgres.Schemas;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.TableCatalog;
import dev.cdcpipeline.sink.postgres.TargetTable;
import dev.cdcpipeline.sink.postgres.UniqueKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the mirrors, creates those that are missing, and checks that rows can be written there. */
final class MirrorTables {
  private final Connection connection;
  private final WriterOptions options;
  private final TableCatalog catalog;
  private final ColumnTypes types;
  private final MirrorEvolution evolution;
  private final TableOwners owners;
  private final ReplayTables replay;

  MirrorTables(Connection connection, WriterOptions options, String ledgerSchema, String sink) {
    this.connection = connection;
    this.options = options;
    this.catalog = new TableCatalog(connection);
    this.types = new ColumnTypes(catalog);
    this.evolution =
        new MirrorEvolution(connection, options.schemaEvolution(), types, ledgerSchema, sink);
    this.owners = new TableOwners(connection, ledgerSchema, sink);
    this.replay = new ReplayTables(connection, ledgerSchema);
  }

  /**
   * The mirror of a source table, ready to take rows of this type, without columns that somebody
   * has added to it.
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
    MirrorColumns.checkNames(source, type, keyColumns.equals(RowIdentity.KEY));
    Optional<TargetTable> found = existing(source);
    if (found.isEmpty()) {
      create(source, mirror, type, keyColumns, at);
      found = catalog.find(mirror);
    }
    TargetTable table = found.orElseThrow();
    owners.filled(mirror);
    if (!UniqueKey.isIn(table, keyColumns)
        && !keyColumns.equals(RowIdentity.KEY)
        && !table.hasAll(keyColumns)
        && evolution.follow(source, table, type, keyColumns, at)) {
      // so that the key can be made of the columns it names
      connection.commit();
      UniqueKey.check(source, catalog.find(mirror).orElseThrow(), keyColumns);
    }
    UniqueKey.check(source, table, keyColumns);
    if (evolution.follow(source, table, type, keyColumns, at)) {
      table = catalog.find(mirror).orElseThrow();
    }
    return table.ofSource(replay.columnsSeen(table, type, at).keySet());
  }

  /**
   * The mirror of a source table as it is, empty if there was never one; without columns that
   * somebody has added to it.
   *
   * @throws FatalWriteException it is not this sink's mirror of that table, or is gone
   */
  Optional<TargetTable> find(TableId source) throws SQLException {
    Set<String> columns = replay.since(options.mirrorOf(source)).keySet();
    return existing(source).map(table -> columns.isEmpty() ? table : table.ofSource(columns));
  }

  private Optional<TargetTable> existing(TableId source) throws SQLException {
    TableId mirror = options.mirrorOf(source);
    owners.claimMirror(mirror, source, null);
    Optional<TargetTable> found = catalog.find(mirror);
    if (found.isEmpty()) {
      owners.checkNeverMade(mirror);
    }
    return found;
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
      definitions.add(
          SqlIdentifiers.quote(column.name()) + " " + types.typeOf(source.toString(), column));
    }
    definitions.add(MirrorColumns.APPLIED_AT + " timestamptz");
    definitions.add(MirrorColumns.POSITION + " pg_lsn");
    if (!keyColumns.isEmpty()) {
      definitions.add("PRIMARY KEY (" + SqlIdentifiers.list(keyColumns) + ")");
    }
    try (Statement statement = connection.createStatement()) {
      DdlLock.take(statement);
    }
    Schemas.create(connection, mirror.schema());
    String table = SqlIdentifiers.qualified(mirror.schema(), mirror.name());
    String columns = String.join(", ", definitions);
    evolution.run(mirror, "CREATE TABLE IF NOT EXISTS " + table + " (" + columns + ")", at);
  }
}
