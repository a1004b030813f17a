package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.ReplayTables;
import dev.cdcpipeline.sink.ledger.TableOwners;
import dev.cdcpipeline.sink.postgres.ColumnDefault;
import dev.cdcpipeline.sink.postgres.ColumnTypes;
import dev.cdcpipeline.sink.postgres.DdlLock;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.MirrorColumns;
import dev.cdcpipeline.sink.postgres.MirrorEvolution;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import dev.cdcpipeline.sink.postgres.Schemas;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.TableCatalog;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TargetTable;
import dev.cdcpipeline.sink.postgres.UniqueKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the tables that records go to, creates and evolves them as far as options allow. */
final class TargetTables {
  private final Connection connection;
  private final TableCatalog catalog;
  private final ColumnTypes types;
  private final String ledgerSchema;
  private final String sink;
  private final ReplayTables replay;
  private final TableOwners owners;

  TargetTables(Connection connection, String ledgerSchema, String sink) {
    this.connection = connection;
    this.catalog = new TableCatalog(connection);
    this.types = new ColumnTypes(catalog);
    this.ledgerSchema = ledgerSchema;
    this.sink = sink;
    this.replay = new ReplayTables(connection, ledgerSchema);
    this.owners = new TableOwners(connection, ledgerSchema, sink);
  }

  /**
   * The table, ready to take rows of this type, in the connection's transaction.
   *
   * @param at where in the source's log the records are, null if that is not known
   * @throws FatalWriteException there is none and it may not be created, or it doesn't fit
   */
  TargetTable ready(TableId id, TableOptions options, RowType type, List<String> keyColumns, Lsn at)
      throws SQLException {
    boolean mirror = options.mode() == WriteMode.MIRROR;
    MirrorEvolution evolution =
        new MirrorEvolution(
            connection, options.schemaEvolution(), types, ledgerSchema, sink, mirror);
    if (mirror) {
      MirrorColumns.checkNames(id, type, false);
    } else {
      owners.checkFree(id);
    }
    Optional<TargetTable> found = catalog.find(id);
    if (found.isEmpty()) {
      owners.checkNeverMade(id);
      create(id, options, type, keyColumns, evolution, at);
      found = catalog.find(id);
    }
    if (mirror) {
      owners.filled(id);
    }
    TargetTable table = found.orElseThrow();
    if (mirror && !table.hasAll(keyColumns)) {
      // so that the key can be made of the columns it names
      evolution.follow(id, table, type, keyColumns, at);
      connection.commit();
      table = catalog.find(id).orElseThrow();
    }
    checkKey(table, keyColumns);
    boolean changed = evolution.follow(id, table, type, keyColumns, at);
    if (mirror) {
      changed |= addOwnColumns(table, options, evolution, at);
    }
    return changed ? catalog.find(id).orElseThrow() : table;
  }

  /**
   * The columns of a mirror that changes lack because they are no longer there, and not because
   * they were not there yet.
   *
   * @param from first place of the source's log of which that is true; null for its beginning
   * @param until first place after it of which it is not; null for its end
   */
  record Dropped(List<TargetColumn> columns, Lsn from, Lsn until) {

    /** Whether it is true of changes at this place. */
    boolean appliesAt(Lsn at) {
      return (from == null || from.compareTo(at) <= 0)
          && (until == null || until.compareTo(at) > 0);
    }
  }

  /** What changes of this type lack of a mirror's columns at a place of the source's log. */
  Dropped dropped(TargetTable mirror, RowType type, Lsn at) throws SQLException {
    Map<String, Lsn> since = replay.columnsSeen(mirror, type, at);
    List<TargetColumn> dropped = new ArrayList<>();
    Lsn from = null;
    Lsn until = null;
    for (TargetColumn column : mirror.columns()) {
      if (type.indexOf(column.name()) >= 0
          || column.name().startsWith(MirrorColumns.RESERVED_PREFIX)) {
        continue;
      }
      Lsn first = since.get(column.name());
      if (first == null) {
        continue; // somebody's own
      }
      if (first.compareTo(at) <= 0) {
        dropped.add(column);
        from = from == null || from.compareTo(first) < 0 ? first : from;
      } else {
        until = until == null || until.compareTo(first) > 0 ? first : until;
      }
    }
    return new Dropped(List.copyOf(dropped), from, until);
  }

  // a table that somebody else has made
  private boolean addOwnColumns(
      TargetTable table, TableOptions options, MirrorEvolution evolution, Lsn at)
      throws SQLException {
    String add = "ALTER TABLE " + table.sql() + " ADD COLUMN IF NOT EXISTS ";
    List<String> steps = new ArrayList<>();
    if (table.indexOf(MirrorColumns.APPLIED_AT) < 0) {
      steps.add(add + MirrorColumns.APPLIED_AT + " timestamptz");
    }
    int position = table.indexOf(MirrorColumns.POSITION);
    if (position < 0) {
      steps.add(add + MirrorColumns.POSITION + " " + replay.positionType());
    } else if (!table.columns().get(position).base().equals("source_position")) {
      throw new FatalWriteException(
          "cannot mirror into %s: its column %s is %s, as mode transactional makes it; name another schema with mirror.schema, or drop the table and start this sink over"
              .formatted(table.id(), MirrorColumns.POSITION, table.columns().get(position).type()));
    }
    if (!steps.isEmpty() && options.schemaEvolution() == SchemaEvolution.NONE) {
      throw new FatalWriteException(
          "cannot mirror into %s: it lacks columns of the sink's own; set schema.evolution=add, or run: %s"
              .formatted(table.id(), String.join("; ", steps)));
    }
    for (String step : steps) {
      evolution.run(table.id(), step, at);
    }
    return !steps.isEmpty();
  }

  boolean exists(TableId id) throws SQLException {
    return catalog.find(id).isPresent();
  }

  private void create(
      TableId id,
      TableOptions options,
      RowType type,
      List<String> keyColumns,
      MirrorEvolution evolution,
      Lsn at)
      throws SQLException {
    boolean mirror = options.mode() == WriteMode.MIRROR;
    if (!options.autoCreate()) {
      throw new FatalWriteException(
          "there is no table %s; create it or set auto.create=true".formatted(id));
    }
    List<String> definitions = new ArrayList<>();
    for (Column column : type.columns()) {
      // rows of before the column may come later than the first one with it
      String columnType = types.typeOf(id.toString(), column);
      String preset = mirror ? ColumnDefault.clause(column, columnType) : "";
      definitions.add(SqlIdentifiers.quote(column.name()) + " " + columnType + preset);
    }
    if (mirror) {
      definitions.add(MirrorColumns.APPLIED_AT + " timestamptz");
      definitions.add(MirrorColumns.POSITION + " " + replay.positionType());
    }
    if (options.appliedAtColumn() != null && type.indexOf(options.appliedAtColumn()) < 0) {
      definitions.add(
          SqlIdentifiers.quote(options.appliedAtColumn()) + " timestamptz DEFAULT now()");
    }
    if (!keyColumns.isEmpty()) {
      definitions.add("PRIMARY KEY (" + SqlIdentifiers.list(keyColumns) + ")");
    }
    try (Statement statement = connection.createStatement()) {
      DdlLock.take(statement);
    }
    Schemas.create(connection, id.schema());
    String table = SqlIdentifiers.qualified(id.schema(), id.name());
    evolution.run(
        id,
        "CREATE TABLE IF NOT EXISTS " + table + " (" + String.join(", ", definitions) + ")",
        at);
  }

  private static void checkKey(TargetTable table, List<String> keyColumns) {
    if (!keyColumns.isEmpty() && !table.uniqueKeys().contains(Set.copyOf(keyColumns))) {
      throw new FatalWriteException(
          "cannot write rows by their key (%s) into %s: it has no primary key or unique index on that; run at the target: %s"
              .formatted(
                  String.join(", ", keyColumns),
                  table.id(),
                  UniqueKey.statement(table, keyColumns)));
    }
  }
}
