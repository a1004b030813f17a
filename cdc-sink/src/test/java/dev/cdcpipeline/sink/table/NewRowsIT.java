package dev.cdcpipeline.sink.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Large flushes whose keys are all new go into the table itself. */
class NewRowsIT {
  private static final PartitionId PARTITION = new PartitionId("prices", 0);
  private static final RowType TYPE =
      new RowType(
          List.of(
              Changes.column("name", ColumnType.STRING),
              Changes.column("n", ColumnType.INT64),
              Changes.column("size", ColumnType.DECIMAL)));

  private TargetDatabase target;
  private Connection connection;
  private ChangeWriter writer;
  private final List<Refusal<Coordinates>> refused = new ArrayList<>();
  private long offset;

  @BeforeEach
  void open() throws Exception {
    target = new TargetDatabase();
    // the key's columns stand apart, in another order than the key's
    target.run(
        "CREATE TABLE prices (name text, n bigint CHECK (n >= 0), size numeric(10,2), PRIMARY KEY"
            + " (size, name));CREATE TABLE statements (n serial, verb text);CREATE FUNCTION note()"
            + " RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN  INSERT INTO public.statements (verb)"
            + " VALUES (substring(current_query() from '[A-Z]+'));  RETURN NULL; END $$;CREATE"
            + " TRIGGER note BEFORE INSERT ON prices EXECUTE FUNCTION note()");
    connection = target.open();
    OffsetLedger ledger = new OffsetLedger(connection, "cdc", "prices-sink");
    ledger.createObjects();
    ledger.claimPartitions(Set.of(PARTITION));
    writer = new ChangeWriter(connection, ledger, refused::addAll, 1);
  }

  @AfterEach
  void close() throws Exception {
    writer.close();
    connection.close();
    target.close();
  }

  private void add(String size, String name, long n, List<String> key) {
    Row row = new Row(TYPE, new Object[] {name, n, new BigDecimal(size)});
    writer.add(
        new RowChange(
            new TableId("public", "prices"),
            Operation.UPDATE,
            key,
            row,
            null,
            0,
            new Coordinates(PARTITION.topic(), PARTITION.partition(), offset++)));
  }

  private void upsert(String size, String name, long n) {
    add(size, name, n, List.of("size", "name"));
  }

  private List<String> statements() throws Exception {
    List<String> verbs = target.rows("SELECT verb FROM statements ORDER BY n");
    target.run("TRUNCATE statements");
    return verbs;
  }

  private List<String> prices() throws Exception {
    return target.rows("SELECT size, name, n FROM prices ORDER BY size, name");
  }

  @Test
  void newKeysAreCopiedAndStoredOnesAreMerged() throws Exception {
    upsert("1.00", "nut", 1);
    upsert("2.50", "nut", 2);
    upsert("1.00", "bolt", 3);
    writer.commit();
    assertThat(statements()).containsExactly("COPY");

    upsert("3.00", "nut", 4);
    upsert("2.50", "nut", 5);
    writer.commit();
    assertThat(statements()).containsExactly("INSERT");

    upsert("4.00", "nut", 6);
    writer.commit();
    assertThat(statements())
        .as("nobody asked after a flush of stored keys")
        .containsExactly("INSERT");

    upsert("5.00", "nut", 7);
    writer.commit();
    assertThat(statements()).containsExactly("COPY");

    assertThat(prices())
        .containsExactly(
            "1.00|bolt|3", "1.00|nut|1", "2.50|nut|5", "3.00|nut|4", "4.00|nut|6", "5.00|nut|7");
  }

  @Test
  void aKeyThatSomebodyWritesInBetweenIsMerged() throws Exception {
    try (Connection other = target.open();
        Statement statement = other.createStatement()) {
      statement.execute("INSERT INTO public.prices VALUES ('nut', 100, 2.00)");
      upsert("1.00", "nut", 1);
      upsert("2.00", "nut", 2);
      CompletableFuture<Void> commit = CompletableFuture.runAsync(writer::commit);
      while (target
              .rows(
                  "SELECT FROM pg_stat_activity WHERE query LIKE 'COPY%' AND wait_event_type ="
                      + " 'Lock'")
              .isEmpty()
          && !commit.isDone()) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
      assertThat(commit).as("waits for who has written the key").isNotDone();
      other.commit();
      commit.get(30, TimeUnit.SECONDS);
    }
    assertThat(prices()).containsExactly("1.00|nut|1", "2.00|nut|2");
    assertThat(target.value("SELECT next_offset FROM cdc.offsets")).isEqualTo("2");
    assertThat(statements()).containsExactly("INSERT", "INSERT");
  }

  @Test
  void anotherUniqueColumnRefusesTheRecordAndNoOther() throws Exception {
    target.run("CREATE UNIQUE INDEX ON prices (n)");
    upsert("1.00", "nut", 1);
    writer.commit();

    upsert("2.00", "nut", 2);
    upsert("3.00", "nut", 1);
    upsert("4.00", "nut", 4);
    writer.commit();

    assertThat(prices()).containsExactly("1.00|nut|1", "2.00|nut|2", "4.00|nut|4");
    assertThat(refused).extracting(refusal -> refusal.origin().offset()).containsExactly(2L);
    assertThat(target.value("SELECT next_offset FROM cdc.offsets")).isEqualTo("4");
  }

  @Test
  void keysOfFixedLengthAreOneWithTheirBlanksAndWithout() throws Exception {
    target.run("CREATE TABLE codes (name char(5) PRIMARY KEY, n bigint, size numeric(10,2))");
    change(Operation.UPDATE, "ab", 1);
    change(Operation.UPDATE, "cd   ", 2);
    writer.commit();
    change(Operation.UPDATE, "ab   ", 3);
    writer.commit();
    assertThat(target.rows("SELECT name, n FROM codes ORDER BY name"))
        .containsExactly("ab   |3", "cd   |2");

    change(Operation.DELETE, "cd   ", 0);
    change(Operation.DELETE, "ab", 0);
    writer.commit();
    assertThat(target.rows("SELECT FROM codes")).isEmpty();
  }

  private void change(Operation operation, String name, long n) {
    writer.add(
        new RowChange(
            new TableId("public", "codes"),
            operation,
            List.of("name"),
            new Row(TYPE, new Object[] {name, n, BigDecimal.ONE}),
            null,
            0,
            new Coordinates(PARTITION.topic(), PARTITION.partition(), offset++)));
  }

  @Test
  void aRuleIsFollowed() throws Exception {
    target.run(
        "ALTER TABLE prices DROP CONSTRAINT prices_pkey;CREATE TABLE doubles (LIKE prices);CREATE"
            + " RULE twice AS ON INSERT TO prices DO ALSO INSERT INTO doubles VALUES (NEW.*)");
    add("1.00", "nut", 1, List.of());
    add("1.00", "nut", 2, List.of());
    writer.commit();

    assertThat(prices()).hasSize(2);
    assertThat(target.value("SELECT count(*) FROM doubles")).isEqualTo("2");
  }
}
