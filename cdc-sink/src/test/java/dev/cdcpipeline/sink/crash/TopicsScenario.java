package dev.cdcpipeline.sink.crash;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.table.ChangeWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * Any records into a table that is upserted, one that is appended, and one of the user's, which
 * refuses some. Every flush has all of these; every third refuses a row.
 */
final class TopicsScenario implements Scenario {
  // a flush has fewer records, and gaps are normal
  private static final int FLUSH = 1_000;
  private static final int KEYS = 12;
  private static final RowType STOCK =
      type(Map.entry("id", ColumnType.INT32), Map.entry("note", ColumnType.STRING));
  private static final RowType READING =
      type(Map.entry("id", ColumnType.INT32), Map.entry("level", ColumnType.INT32));

  private record Step(String table, Operation operation, boolean keyed, Row row) {}

  private final int copyThreshold;
  private final Random random = new Random(13);
  private final List<List<Step>> log = new ArrayList<>();

  TopicsScenario(int copyThreshold) {
    this.copyThreshold = copyThreshold;
  }

  @SafeVarargs
  private static RowType type(Map.Entry<String, ColumnType>... columns) {
    List<Column> made = new ArrayList<>();
    for (Map.Entry<String, ColumnType> column : columns) {
      made.add(new Column(column.getKey(), column.getValue(), true, Map.of()));
    }
    return new RowType(made);
  }

  @Override
  public void grow() {
    List<Step> flush = new ArrayList<>();
    String note = "n" + log.size();
    for (int i = 0; i < KEYS; i++) {
      int id = random.nextInt(KEYS);
      flush.add(upsert("stock", new Row(STOCK, new Object[] {id, note + "." + i})));
      flush.add(
          new Step("log", Operation.CREATE, false, new Row(STOCK, new Object[] {id, note + i})));
      flush.add(upsert("readings", new Row(READING, new Object[] {id, i + log.size()})));
    }
    for (String table : List.of("stock", "readings")) {
      RowType type = table.equals("stock") ? STOCK : READING;
      Object[] key = {random.nextInt(KEYS), null};
      flush.add(new Step(table, Operation.DELETE, true, new Row(type, key)));
    }
    if (log.size() % 3 == 1) {
      flush.add(upsert("readings", new Row(READING, new Object[] {random.nextInt(KEYS), -1})));
    }
    log.add(flush);
  }

  private static Step upsert(String table, Row row) {
    return new Step(table, Operation.UPDATE, true, row);
  }

  @Override
  public List<Long> ends() {
    return LongStream.rangeClosed(1, log.size()).mapToObj(n -> n * FLUSH).toList();
  }

  @Override
  public void prepare(Connection admin, Target target) throws SQLException {
    try (Statement statement = admin.createStatement()) {
      statement.execute("CREATE SCHEMA " + target.tables());
      statement.execute(
          "CREATE TABLE %s.readings (id int PRIMARY KEY, level int CHECK (level >= 0))"
              .formatted(target.tables()));
    }
    admin.commit();
  }

  @Override
  public void write(Target target, SessionOptions session, long end) throws SQLException {
    try (Connection connection = TargetSession.open(session)) {
      OffsetLedger ledger = new OffsetLedger(connection, target.ledger(), "crash");
      ledger.createObjects();
      long next = ledger.claimPartitions(List.of(LOG)).get(0).nextOffset().orElse(0);
      List<Coordinates> refused = new ArrayList<>();
      try (ChangeWriter writer =
          new ChangeWriter(
              connection,
              ledger,
              refusals -> refusals.forEach(refusal -> refused.add(refusal.origin())),
              copyThreshold)) {
        for (long at = next; at < end; at += FLUSH) {
          add(writer, log.get((int) (at / FLUSH)), target, at);
          refused.clear();
          writer.commit();
          requireOneOfThree(refused, at);
        }
      }
    }
  }

  private static void add(ChangeWriter writer, List<Step> flush, Target target, long offset) {
    for (int i = 0; i < flush.size(); i++) {
      Step step = flush.get(i);
      // the last has the offset before the next flush's
      long at = i == flush.size() - 1 ? offset + FLUSH - 1 : offset + i;
      writer.add(
          new RowChange(
              new TableId(target.tables(), step.table()),
              step.operation(),
              step.keyed() ? List.of("id") : List.of(),
              step.row(),
              null,
              0,
              new Coordinates(LOG.topic(), LOG.partition(), at)));
    }
  }

  private static void requireOneOfThree(List<Coordinates> refused, long at) {
    int expected = at / FLUSH % 3 == 1 ? 1 : 0;
    if (refused.size() != expected) {
      throw new IllegalStateException("flush at %d refused %s".formatted(at, refused));
    }
  }
}
