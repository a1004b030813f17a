package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.sink.change.SourceRelation;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.postgres.TableCatalog;
import dev.cdcpipeline.sink.postgres.TargetTable;
import dev.cdcpipeline.sink.postgres.TargetTransaction;
import dev.cdcpipeline.sink.postgres.TextArray;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose each mirror and each result table of a target is, in the table {@code tables} beside the
 * ledger. One sink writes a table; a mirror is of one source table, and a source table of a sink is
 * in one mirror. All methods run in the connection's transaction. Not thread-safe.
 */
public final class TableOwners {
  /** What PostgreSQL keeps of a name. */
  private static final int MAX_NAME_BYTES = 63;

  private static final String MIRROR = "mirror";
  private static final String RESULT = "result";
  private static final String UNDEFINED_TABLE = "42P01";

  // both as of the statement's snapshot; to_regclass and ::regclass may know an older catalogue
  private static final String GONE =
      "kind = 'mirror' AND filled AND NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON"
          + " n.oid = c.relnamespace WHERE n.nspname = target_schema AND c.relname ="
          + " target_table)";

  private final Connection connection;
  private final String tables;
  private final String sink;

  /**
   * The owners as one sink sees them.
   *
   * @param schema the ledger's, which has the table by then
   */
  public TableOwners(Connection connection, String schema, String sink) {
    this.connection = connection;
    this.tables = SqlIdentifiers.qualified(schema, "tables");
    this.sink = sink;
  }

  /**
   * What is known of a table.
   *
   * @param source of a mirror, null for others
   * @param topic that names the mirror, null where its source table does
   * @param filled whether the mirror was made, so that it may not be missing
   */
  private record Owner(
      TableId table, String kind, String sink, TableId source, String topic, boolean filled) {

    boolean mirrors(TableId other, String otherTopic) {
      return topic == null && otherTopic == null
          ? source.equals(other)
          : otherTopic != null && otherTopic.equals(topic);
    }
  }

  /** Creates the table if it is missing, under the connection's DDL lock. */
  public static void create(Statement statement, String schema) throws SQLException {
    statement.execute(
        """
        CREATE TABLE IF NOT EXISTS %s (
          target_schema text NOT NULL,
          target_table text NOT NULL,
          kind text NOT NULL,
          sink text NOT NULL,
          source_schema text,
          source_table text,
          topic text,
          relation bigint,
          columns jsonb,
          filled boolean NOT NULL DEFAULT false,
          owned_since timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (target_schema, target_table)
        )\
        """
            .formatted(SqlIdentifiers.qualified(schema, "tables")));
  }

  /**
   * Makes a table this sink's mirror of a source table.
   *
   * @param topic that names the mirror, null where its source table does
   * @return whether the mirror was made before, so that it may not be missing
   * @throws FatalWriteException it is another sink's, of another source table, or this sink has
   *     another mirror of the source table
   */
  public boolean claimMirror(TableId mirror, TableId source, String topic) throws SQLException {
    Optional<Owner> known = find(mirror);
    if (known.isEmpty()) {
      checkNames(mirror, source);
      Optional<Owner> other =
          select("kind = 'mirror' AND sink = ?", sink).stream()
              .filter(owner -> owner.mirrors(source, topic))
              // another task of this sink may have claimed it since
              .filter(owner -> !owner.table().equals(mirror))
              .findFirst();
      if (other.isPresent()) {
        throw new FatalWriteException(
            "cannot mirror %s into %s: sink %s has its mirror in %s, whose rows the new one would lack; set mirror.schema back, or give the sink another name so that it reads everything again"
                .formatted(source, mirror, sink, other.get().table()));
      }
      insert(mirror, MIRROR, source, topic);
      known = find(mirror);
    }
    Owner owner = known.orElseThrow();
    check(owner, MIRROR);
    if (!owner.mirrors(source, topic)) {
      throw new FatalWriteException(
          "cannot mirror %s into %s: that is the mirror of %s; name a schema for each with mirror.schema, for example mirror_${schema}, in a sink of another name"
              .formatted(source, mirror, owner.topic() == null ? owner.source() : owner.topic()));
    }
    return owner.filled();
  }

  /**
   * Makes sure that a mirror, which is this sink's, is of the relation that the source has under
   * its table's name, and that its columns are of the source's columns of their names.
   *
   * @throws FatalWriteException the mirror's rows are of another relation, or values of a column
   */
  public void checkRelation(TableId mirror, TableId source, SourceRelation relation)
      throws SQLException {
    checkOid(mirror, source, relation.oid());
    Map<String, Integer> known = columns(mirror);
    List<String> others =
        relation.columns().entrySet().stream()
            .filter(c -> !known.getOrDefault(c.getKey(), c.getValue()).equals(c.getValue()))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    if (!others.isEmpty()) {
      checkMissing(mirror, source, others);
    }
    if (!known.entrySet().containsAll(relation.columns().entrySet())) {
      TextArray names = new TextArray();
      TextArray numbers = new TextArray();
      relation
          .columns()
          .forEach(
              (name, number) -> {
                names.add(name);
                numbers.plainElement().append(number);
              });
      update(
          "UPDATE %s SET columns = coalesce(columns, '{}') || jsonb_object(?::text[], ?::text[])"
              + " WHERE target_schema = ? AND target_table = ?",
          names.literal(), numbers.literal(), mirror.schema(), mirror.name());
    }
  }

  private Map<String, Integer> columns(TableId mirror) throws SQLException {
    String sql =
        "SELECT c.key, c.value::integer FROM %s CROSS JOIN LATERAL jsonb_each_text(columns) c WHERE target_schema = ? AND target_table = ?"
            .formatted(tables);
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      set(select, mirror.schema(), mirror.name());
      Map<String, Integer> columns = new HashMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          columns.put(row.getString(1), row.getInt(2));
        }
      }
      return columns;
    }
  }

  private void checkMissing(TableId mirror, TableId source, List<String> columns)
      throws SQLException {
    Optional<TargetTable> table = new TableCatalog(connection).find(mirror);
    for (String column : columns) {
      if (table.isPresent() && table.get().indexOf(column) >= 0) {
        throw new FatalWriteException(
            "cannot mirror %s into %s: the source's column %s is another one than before: it was dropped and added again, or has the name of one that was renamed, and the mirror has the former's values; %s"
                .formatted(source, mirror, column, anew(mirror, source)));
      }
    }
  }

  private static String anew(TableId mirror, TableId source) {
    return "run at the target: DROP TABLE %s, then: cdc table reread %s"
        .formatted(SqlIdentifiers.qualified(mirror.schema(), mirror.name()), source);
  }

  private void checkOid(TableId mirror, TableId source, long relation) throws SQLException {
    String sql =
        "SELECT relation FROM %s WHERE target_schema = ? AND target_table = ?".formatted(tables);
    long known;
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      set(select, mirror.schema(), mirror.name());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        known = row.getLong(1);
      }
    }
    if (known == 0) {
      update(
          "UPDATE %s SET relation = ?::bigint WHERE target_schema = ? AND target_table = ?",
          Long.toString(relation), mirror.schema(), mirror.name());
    } else if (known != relation) {
      throw new FatalWriteException(
          "cannot mirror %s into %s: the source has another table under this name (relation %d, was %d): it was renamed, or dropped and made again, and the mirror has the former's rows; %s"
              .formatted(source, mirror, relation, known, anew(mirror, source)));
    }
  }

  /**
   * Forgets of which relation and columns a mirror is, as it has been made equal to the source's
   * table.
   */
  public void forgetRelation(TableId mirror) throws SQLException {
    update(
        "UPDATE %s SET relation = NULL, columns = NULL WHERE target_schema = ? AND target_table = ?"
            + " AND sink = ?",
        mirror.schema(), mirror.name(), sink);
  }

  /** Notes that a mirror of this sink is there, so that from now on it may not be missing. */
  public void filled(TableId mirror) throws SQLException {
    update(
        "UPDATE %s SET filled = true WHERE target_schema = ? AND target_table = ? AND sink = ? AND"
            + " NOT filled",
        mirror.schema(), mirror.name(), sink);
  }

  /**
   * Makes a table or view this sink's result.
   *
   * @throws FatalWriteException it is another sink's, or a mirror
   */
  public void claimResult(TableId table) throws SQLException {
    Optional<Owner> known = find(table);
    if (known.isEmpty()) {
      insert(table, RESULT, null, null);
      known = find(table);
    }
    check(known.orElseThrow(), RESULT);
  }

  /** Forgets a result of this sink. */
  public void releaseResult(TableId table) throws SQLException {
    update(
        "DELETE FROM %s WHERE kind = 'result' AND target_schema = ? AND target_table = ? AND sink ="
            + " ?",
        table.schema(), table.name(), sink);
  }

  /**
   * Makes sure that no sink maintains the table as a mirror or result.
   *
   * @throws FatalWriteException one does
   */
  public void checkFree(TableId table) throws SQLException {
    Optional<Owner> owner = find(table);
    if (owner.isPresent()) {
      throw new FatalWriteException(
          "cannot write records into %s: it is a %s of sink %s; name another table with table.name.format or table.<topic>, or if that sink is gone, run: cdc sink drop %s"
              .formatted(table, owner.get().kind(), owner.get().sink(), owner.get().sink()));
    }
  }

  /**
   * Makes sure that a table, should it have an owner, is this sink's mirror.
   *
   * @throws FatalWriteException it is another sink's, or a result
   */
  public void checkMirror(TableId mirror) throws SQLException {
    Optional<Owner> owner = find(mirror);
    if (owner.isPresent()) {
      check(owner.get(), MIRROR);
    }
  }

  /**
   * Makes sure that every mirror that this sink has made is there.
   *
   * @throws FatalWriteException one is gone; the message names the command that reads it again
   */
  public void checkPresent() throws SQLException {
    List<Owner> gone = select(GONE + " AND sink = ?", sink);
    if (!gone.isEmpty()) {
      throw gone("sink " + sink + " cannot start", gone.get(0));
    }
  }

  /**
   * Makes sure that a mirror which was not found was never made, or has been made since: by another
   * task of this sink.
   *
   * @throws FatalWriteException it was made, and is gone
   */
  public void checkNeverMade(TableId mirror) throws SQLException {
    List<Owner> gone =
        select(
            GONE + " AND target_schema = ? AND target_table = ?", mirror.schema(), mirror.name());
    if (!gone.isEmpty()) {
      throw gone("cannot write " + mirror, gone.get(0));
    }
  }

  /** The failure to report for one of the database: a mirror that is gone explains it. */
  public RuntimeException explained(String doing, SQLException e) {
    if (UNDEFINED_TABLE.equals(e.getSQLState())) {
      try {
        List<Owner> gone = select(GONE + " AND sink = ?", sink);
        if (!gone.isEmpty()) {
          return gone("cannot " + doing, gone.get(0));
        }
      } catch (SQLException again) {
        e.addSuppressed(again);
      } finally {
        TargetTransaction.rollback(connection);
      }
    }
    return SqlStates.classify(doing, e);
  }

  private static FatalWriteException gone(String what, Owner owner) {
    return new FatalWriteException(
        "%s: %s, the mirror of %s, is gone, and an empty one would lack its rows; restore it, or have the table read again: cdc table reread %s"
            .formatted(what, owner.table(), owner.source(), owner.source()));
  }

  private void check(Owner owner, String kind) {
    if (owner.sink().equals(sink) && owner.kind().equals(kind)) {
      return;
    }
    String setting = kind.equals(MIRROR) ? "mirror.schema" : "result.schema";
    throw new FatalWriteException(
        owner.sink().equals(sink)
            ? "cannot write %s as a %s: it is a %s of this sink; name another schema with %s"
                .formatted(owner.table(), kind, owner.kind(), setting)
            : "cannot write %s: it is a %s of sink %s; name another schema with %s, or if that sink is gone, run: cdc sink drop %s"
                .formatted(owner.table(), owner.kind(), owner.sink(), setting, owner.sink()));
  }

  private static void checkNames(TableId mirror, TableId source) {
    for (String name : List.of(mirror.schema(), mirror.name())) {
      if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
        throw new FatalWriteException(
            "cannot mirror %s into %s: PostgreSQL cuts a name after %d bytes, so that two mirrors could become one; shorten mirror.schema"
                .formatted(source, mirror, MAX_NAME_BYTES));
      }
    }
  }

  private Optional<Owner> find(TableId table) throws SQLException {
    return select("target_schema = ? AND target_table = ?", table.schema(), table.name()).stream()
        .findFirst();
  }

  private List<Owner> select(String where, String... parameters) throws SQLException {
    String sql =
        "SELECT target_schema, target_table, kind, sink, source_schema, source_table, topic, filled"
            + " FROM "
            + tables
            + " WHERE "
            + where
            + " ORDER BY 1, 2";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      set(select, parameters);
      List<Owner> owners = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          owners.add(
              new Owner(
                  new TableId(row.getString(1), row.getString(2)),
                  row.getString(3),
                  row.getString(4),
                  row.getString(5) == null ? null : new TableId(row.getString(5), row.getString(6)),
                  row.getString(7),
                  row.getBoolean(8)));
        }
      }
      return owners;
    }
  }

  // whoever comes second waits for the first one's commit, and then finds its row
  private void insert(TableId table, String kind, TableId source, String topic)
      throws SQLException {
    update(
        "INSERT INTO %s (target_schema, target_table, kind, sink, source_schema, source_table,"
            + " topic) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        table.schema(),
        table.name(),
        kind,
        sink,
        source == null ? null : source.schema(),
        source == null ? null : source.name(),
        topic);
  }

  private void update(String sql, String... parameters) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(sql.formatted(tables))) {
      set(update, parameters);
      update.executeUpdate();
    }
  }

  private static void set(PreparedStatement statement, String... parameters) throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      statement.setString(i + 1, parameters[i]);
    }
  }
}
