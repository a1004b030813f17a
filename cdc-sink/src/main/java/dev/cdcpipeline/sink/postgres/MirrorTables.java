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
  private final TableOwners owners;
  private final MirrorBooks books;

  MirrorTables(Connection connection, WriterOptions options, String ledgerSchema, String sink) {
    this.connection = connection;
    this.options = options;
    this.catalog = new TableCatalog(connection);
    this.types = new ColumnTypes(catalog);
    this.evolution =
        new MirrorEvolution(connection, options.schemaEvolution(), types, ledgerSchema, sink);
    this.owners = new TableOwners(connection, ledgerSchema, sink);
    this.books = new MirrorBooks(connection, ledgerSchema);
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
    checkNames(source, type, keyColumns.equals(RowIdentity.KEY));
    Optional<TargetTable> found = existing(source);
    if (found.isEmpty()) {
      create(source, mirror, type, keyColumns, at);
      found = catalog.find(mirror);
    }
    TargetTable table = found.orElseThrow();
    owners.filled(mirror);
    if (!hasKey(table, keyColumns)
        && !keyColumns.equals(RowIdentity.KEY)
        && !table.hasAll(keyColumns)
        && evolution.follow(source, table, type, keyColumns, at)) {
      // so that the key can be made of the columns it names
      connection.commit();
      checkKey(source, catalog.find(mirror).orElseThrow(), keyColumns);
    }
    checkKey(source, table, keyColumns);
    if (evolution.follow(source, table, type, keyColumns, at)) {
      table = catalog.find(mirror).orElseThrow();
    }
    return table.ofSource(books.columnsSeen(table, type, at).keySet());
  }

  /**
   * The mirror of a source table as it is, empty if there was never one; without columns that
   * somebody has added to it.
   *
   * @throws FatalWriteException it is not this sink's mirror of that table, or is gone
   */
  Optional<TargetTable> find(TableId source) throws SQLException {
    Set<String> columns = books.since(options.mirrorOf(source)).keySet();
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

  /**
   * Refuses columns of the source that are called like the sink's own.
   *
   * @param keyless whether the type has the identity that the sink gives rows without a key
   */
  static void checkNames(TableId source, RowType type, boolean keyless) {
    boolean identity = keyless;
    for (Column column : type.columns()) {
      if (identity && column.name().equals(RowIdentity.COLUMN)) {
        identity = false;
      } else if (column.name().startsWith(RESERVED_PREFIX)) {
        throw new FatalWriteException(
            "cannot mirror %s: its column %s begins with %s, which is reserved; exclude it from the source connector (column.exclude.list) or rename it at the source. What the topics have of it already is not read past: start over (docs/start-over.md)"
                .formatted(source, column.name(), RESERVED_PREFIX));
      }
    }
  }

  /** Whether a mirror's column is neither the source's nor the identity of a row without a key. */
  static boolean isReserved(String column) {
    return column.startsWith(RESERVED_PREFIX) && !column.equals(RowIdentity.COLUMN);
  }

  static void checkKey(TableId source, TargetTable table, List<String> keyColumns) {
    if (!hasKey(table, keyColumns)) {
      throw new FatalWriteException(
          keyColumns.equals(RowIdentity.KEY)
              ? "cannot write changes of %s: the table has no primary key, and %s has no column %s to tell its rows apart; run at the target: %s"
                  .formatted(source, table.id(), RowIdentity.COLUMN, newKey(table, keyColumns))
              : "cannot write changes of %s: their key is (%s), and %s has no primary key or unique index on it; run at the target: %s"
                  .formatted(
                      source,
                      String.join(", ", keyColumns),
                      table.id(),
                      newKey(table, keyColumns)));
    }
  }

  private static boolean hasKey(TargetTable table, List<String> keyColumns) {
    return table.uniqueKeys().contains(Set.copyOf(keyColumns));
  }

  /** The statement that gives a table the key; the former one would refuse rows of the new. */
  static String newKey(TargetTable table, List<String> keyColumns) {
    String columns = SqlIdentifiers.list(keyColumns);
    boolean identity = table.indexOf(RowIdentity.COLUMN) >= 0;
    if (table.primaryKey() == null && !keyColumns.equals(RowIdentity.KEY)) {
      return "CREATE UNIQUE INDEX ON %s (%s)".formatted(table.sql(), columns);
    }
    List<String> steps = new ArrayList<>();
    if (table.primaryKey() != null) {
      steps.add("DROP CONSTRAINT " + SqlIdentifiers.quote(table.primaryKey()));
    }
    if (keyColumns.equals(RowIdentity.KEY) && !identity) {
      steps.add(
          "ADD COLUMN %s text DEFAULT gen_random_uuid()::text PRIMARY KEY"
              .formatted(RowIdentity.COLUMN));
    } else {
      if (identity && !keyColumns.equals(RowIdentity.KEY)) {
        steps.add("DROP COLUMN " + RowIdentity.COLUMN);
      }
      steps.add("ADD PRIMARY KEY (" + columns + ")");
    }
    return "ALTER TABLE " + table.sql() + " " + String.join(", ", steps);
  }
}
