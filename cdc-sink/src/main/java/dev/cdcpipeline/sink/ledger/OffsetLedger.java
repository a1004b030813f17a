package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.postgres.DateTimeText;
import dev.cdcpipeline.sink.postgres.FencedException;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.postgres.TargetTransaction;
import dev.cdcpipeline.sink.postgres.TextArray;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.postgres.WriteException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which offsets a sink has applied, kept in the target beside the rows and committed with them.
 *
 * <p>Valid: {@code createObjects, claim, (advance, commit)*}. A {@link #claim} raises the epoch of
 * what it claims, so that every later {@link #advance} of an earlier claimant fails: a zombie can't
 * commit. Invalid: {@code advance} of a partition that this ledger has not claimed. Not
 * thread-safe; one per writer, on the writer's connection.
 */
public final class OffsetLedger {
  private final Connection connection;
  private final String schema;
  private final String sink;
  private final String offsets;
  private final String position;
  private long epoch;
  private PreparedStatement advanceOffsets;
  private PreparedStatement advanceBoth;

  /**
   * A ledger that has claimed nothing yet.
   *
   * @param connection the writer's connection, autocommit off
   * @param schema where the ledger is, usually {@code cdc}
   * @param sink the sink's name; sinks of different names know nothing of each other
   */
  public OffsetLedger(Connection connection, String schema, String sink) {
    this.connection = connection;
    this.schema = schema;
    this.sink = sink;
    this.offsets = SqlIdentifiers.qualified(schema, "offsets");
    this.position = SqlIdentifiers.qualified(schema, "position");
  }

  /** The sink's name. */
  public String sink() {
    return sink;
  }

  /** The schema the ledger is in, unquoted. */
  public String schema() {
    return schema;
  }

  /** The epoch of this ledger's last claim, 0 before the first. */
  public long epoch() {
    return epoch;
  }

  /**
   * Creates the ledger's schema and tables if they are missing, in a transaction of its own.
   *
   * @throws WriteException nothing was created
   */
  public void createObjects() {
    LedgerSchema.create(connection, schema);
  }

  /**
   * Makes this ledger the only one that can advance these partitions and, with them, the position.
   *
   * <p>Claiming again (a partition was added) keeps what was claimed before: name all partitions.
   *
   * @param partitions all partitions to be written
   * @return what is recorded of them, in order of topic and partition
   * @throws TransientWriteException an earlier claimant is in the middle of a flush; try again
   * @throws FencedException a later claimant was faster; do not retry
   */
  public List<LedgerEntry> claim(Collection<PartitionId> partitions) {
    return claim(partitions, true);
  }

  /**
   * Like {@link #claim(Collection)}, for one of several tasks of a sink, none of which writes the
   * position.
   */
  public List<LedgerEntry> claimPartitions(Collection<PartitionId> partitions) {
    return claim(partitions, false);
  }

  /**
   * Goes on with an earlier claim of the same task, on a new connection: unlike a claim it fences
   * nobody.
   *
   * @param claimed the epoch of that claim
   * @return what is recorded of the partitions, in order of topic and partition
   * @throws FencedException another task has claimed them since; do not retry
   */
  public List<LedgerEntry> resume(long claimed, Collection<PartitionId> partitions) {
    try {
      epoch = claimed;
      List<LedgerEntry> entries = read(claimed);
      connection.commit();
      if (entries.size() != Set.copyOf(partitions).size()) {
        throw fenced(
            "%d of %d partitions".formatted(partitions.size() - entries.size(), partitions.size()));
      }
      return entries;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("read the ledger of sink " + sink, e);
    }
  }

  private List<LedgerEntry> claim(Collection<PartitionId> partitions, boolean withPosition) {
    try {
      long claimed = nextEpoch();
      if (withPosition) {
        claimPosition(claimed);
      }
      // in one fixed order, so that two claimants wait for each other and never deadlock
      for (PartitionId partition : new TreeSet<>(partitions)) {
        claimPartition(partition, claimed);
      }
      connection.commit();
      epoch = claimed;
      List<LedgerEntry> entries = read(claimed);
      connection.commit();
      if (entries.size() != Set.copyOf(partitions).size()) {
        throw fenced(
            "%d of %d partitions".formatted(partitions.size() - entries.size(), partitions.size()));
      }
      return entries;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("claim the ledger of sink " + sink, e);
    }
  }

  /**
   * What is recorded of all partitions of the sink, whoever claimed them.
   *
   * @throws TransientWriteException the target is away
   */
  public List<LedgerEntry> entries() {
    try {
      List<LedgerEntry> entries = read(null);
      connection.commit();
      return entries;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("read the ledger of sink " + sink, e);
    }
  }

  /** The source commit that the target equals, empty before the first. */
  public Optional<AppliedPosition> position() {
    String sql =
        "SELECT source_epoch, commit_lsn::text, (extract(epoch FROM commit_time) *"
            + " 1000000)::bigint, transaction_id FROM "
            + position
            + " WHERE sink = ? AND commit_lsn IS NOT NULL";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, sink);
      Optional<AppliedPosition> found = Optional.empty();
      try (ResultSet row = select.executeQuery()) {
        if (row.next()) {
          found =
              Optional.of(
                  new AppliedPosition(
                      row.getInt(1), Lsn.parse(row.getString(2)), row.getLong(3), row.getLong(4)));
        }
      }
      connection.commit();
      return found;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("read the position of sink " + sink, e);
    }
  }

  /**
   * Records in the connection's transaction what the source connector promises after a restart, for
   * those who watch the pipeline.
   *
   * @throws FencedException another ledger claimed the position; roll back, do not retry
   * @throws SQLException roll back
   */
  public void noteDelivery(String delivery) throws SQLException {
    String sql = "UPDATE " + position + " SET delivery = ? WHERE sink = ? AND epoch = ?";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, delivery);
      update.setString(2, sink);
      update.setLong(3, epoch);
      if (update.executeUpdate() != 1) {
        throw fenced("the position");
      }
    }
  }

  /**
   * Records offsets and position in the connection's transaction, in one round trip.
   *
   * @throws FencedException another ledger claimed one of them; roll back, do not retry
   * @throws SQLException roll back
   */
  public void advance(List<OffsetUpdate> updates, Optional<AppliedPosition> reached)
      throws SQLException {
    if (updates.isEmpty() && reached.isEmpty()) {
      return;
    }
    PreparedStatement update = reached.isPresent() ? bothStatement() : offsetsStatement();
    bindOffsets(update, updates);
    if (reached.isPresent()) {
      bindPosition(update, reached.get());
    }
    update.execute();
    int partitions = update.getUpdateCount();
    if (partitions != updates.size()) {
      throw fenced("%d of %d partitions".formatted(updates.size() - partitions, updates.size()));
    }
    if (reached.isPresent()) {
      update.getMoreResults();
      if (update.getUpdateCount() != 1) {
        throw fenced("the position");
      }
    }
  }

  private FencedException fenced(String what) {
    return new FencedException(
        "cannot commit the offsets of sink %s: %s no longer belong to epoch %d; another task has"
                .formatted(sink, what, epoch)
            + " taken over and this one must stop; if no other task runs, two connectors share the"
            + " sink's name");
  }

  private PreparedStatement offsetsStatement() throws SQLException {
    if (advanceOffsets == null) {
      advanceOffsets = connection.prepareStatement(offsetsSql());
    }
    return advanceOffsets;
  }

  private PreparedStatement bothStatement() throws SQLException {
    if (advanceBoth == null) {
      advanceBoth = connection.prepareStatement(offsetsSql() + "; " + positionSql());
    }
    return advanceBoth;
  }

  private String offsetsSql() {
    return "UPDATE "
        + offsets
        + " o SET next_offset = u.next_offset, topic_id = coalesce(u.topic_id, o.topic_id),"
        + " commit_time = coalesce(u.commit_time, o.commit_time), updated_at = now()"
        + " FROM unnest(?::text[], ?::integer[], ?::text[], ?::bigint[], ?::timestamptz[])"
        + " AS u(topic, partition, topic_id, next_offset, commit_time)"
        + " WHERE o.sink = ? AND o.epoch = ? AND o.topic = u.topic AND o.partition = u.partition";
  }

  private String positionSql() {
    return "UPDATE "
        + position
        + " SET source_epoch = ?, commit_lsn = ?::pg_lsn, commit_time = ?::timestamptz,"
        + " transaction_id = ?, applied_at = clock_timestamp() WHERE sink = ? AND epoch = ?";
  }

  private void bindOffsets(PreparedStatement update, List<OffsetUpdate> updates)
      throws SQLException {
    TextArray topics = new TextArray();
    TextArray partitions = new TextArray();
    TextArray topicIds = new TextArray();
    TextArray nextOffsets = new TextArray();
    TextArray commitTimes = new TextArray();
    for (OffsetUpdate entry : updates) {
      topics.add(entry.partition().topic());
      partitions.add(Integer.toString(entry.partition().partition()));
      topicIds.add(entry.topicId());
      nextOffsets.add(Long.toString(entry.nextOffset()));
      commitTimes.add(entry.commitTimeMicros() == 0 ? null : instant(entry.commitTimeMicros()));
    }
    update.setObject(1, topics.literal(), Types.OTHER);
    update.setObject(2, partitions.literal(), Types.OTHER);
    update.setObject(3, topicIds.literal(), Types.OTHER);
    update.setObject(4, nextOffsets.literal(), Types.OTHER);
    update.setObject(5, commitTimes.literal(), Types.OTHER);
    update.setString(6, sink);
    update.setLong(7, epoch);
  }

  private void bindPosition(PreparedStatement update, AppliedPosition reached) throws SQLException {
    update.setInt(8, reached.sourceEpoch());
    update.setString(9, reached.commitLsn().toString());
    update.setString(10, instant(reached.commitTimeMicros()));
    update.setLong(11, reached.transactionId());
    update.setString(12, sink);
    update.setLong(13, epoch);
  }

  private static String instant(long micros) {
    StringBuilder text = new StringBuilder(32);
    DateTimeText.timestampWithZone(micros, text);
    return text.toString();
  }

  private long nextEpoch() throws SQLException {
    String sql = "SELECT nextval(" + SqlIdentifiers.literal(epochs()) + "::regclass)";
    try (PreparedStatement next = connection.prepareStatement(sql);
        ResultSet row = next.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private String epochs() {
    return SqlIdentifiers.qualified(schema, "epochs");
  }

  private void claimPosition(long claimed) throws SQLException {
    String sql =
        "INSERT INTO "
            + position
            + " AS p (sink, epoch) VALUES (?, ?)"
            + " ON CONFLICT (sink) DO UPDATE SET epoch = excluded.epoch"
            + " WHERE p.epoch < excluded.epoch";
    try (PreparedStatement upsert = connection.prepareStatement(sql)) {
      upsert.setString(1, sink);
      upsert.setLong(2, claimed);
      upsert.executeUpdate();
    }
  }

  private void claimPartition(PartitionId partition, long claimed) throws SQLException {
    String sql =
        "INSERT INTO "
            + offsets
            + " AS o (sink, topic, partition, epoch) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (sink, topic, partition) DO UPDATE SET epoch = excluded.epoch"
            + " WHERE o.epoch < excluded.epoch";
    try (PreparedStatement upsert = connection.prepareStatement(sql)) {
      upsert.setString(1, sink);
      upsert.setString(2, partition.topic());
      upsert.setInt(3, partition.partition());
      upsert.setLong(4, claimed);
      upsert.executeUpdate();
    }
  }

  private List<LedgerEntry> read(Long ofEpoch) throws SQLException {
    String sql =
        "SELECT topic, partition, topic_id, next_offset, epoch, commit_time FROM "
            + offsets
            + " WHERE sink = ? AND (?::bigint IS NULL OR epoch = ?) ORDER BY topic, partition";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, sink);
      select.setObject(2, ofEpoch, Types.BIGINT);
      select.setObject(3, ofEpoch, Types.BIGINT);
      List<LedgerEntry> entries = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          entries.add(entry(row));
        }
      }
      return entries;
    }
  }

  private static LedgerEntry entry(ResultSet row) throws SQLException {
    long nextOffset = row.getLong(4);
    OptionalLong next = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(nextOffset);
    Timestamp commitTime = row.getTimestamp(6);
    Instant reached = commitTime == null ? null : commitTime.toInstant();
    return new LedgerEntry(
        new PartitionId(row.getString(1), row.getInt(2)),
        row.getString(3),
        next,
        row.getLong(5),
        reached);
  }
}
