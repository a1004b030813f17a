package dev.cdcpipeline.transforms.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.transforms.aggregate.AggregationFixture.Item;
import dev.cdcpipeline.transforms.aggregate.AggregationFixture.Summary;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** The meaning of each aggregate, NULL rules and rounding included, is PostgreSQL's. */
class AggregationSqlTest {
  private static EmbeddedPostgres postgres;
  private static Connection connection;

  private final AggregationFixture items = new AggregationFixture();

  @BeforeContainer
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start();
    connection = postgres.getPostgresDatabase().getConnection();
    connection
        .createStatement()
        .execute(
            "CREATE TEMP TABLE items (order_id BIGINT, quantity INT, price NUMERIC(10,2), status"
                + " TEXT)");
  }

  @AfterContainer
  static void stop() throws Exception {
    connection.close();
    postgres.close();
  }

  @Property(tries = 200)
  void equalsSqlOverTheRowsThatAreLeft(
      @ForAll("rows") List<Item> kept, @ForAll("rows") List<Item> removed) throws SQLException {
    Group<Item> group = items.groupOf(removed);
    kept.forEach(item -> group.accumulate(items.contributionOf(item)));
    removed.forEach(item -> group.retract(items.contributionOf(item)));

    assertThat(items.summaryOf(group)).isEqualTo(sql(kept));
  }

  private static Summary sql(List<Item> rows) throws SQLException {
    connection.createStatement().execute("TRUNCATE items");
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO items VALUES (?, ?, ?, ?)")) {
      for (Item row : rows) {
        insert.setObject(1, row.orderId(), Types.BIGINT);
        insert.setObject(2, row.quantity(), Types.INTEGER);
        insert.setBigDecimal(3, row.price());
        insert.setString(4, row.status());
        insert.addBatch();
      }
      insert.executeBatch();
    }
    try (ResultSet result =
        connection
            .createStatement()
            .executeQuery(
                """
                SELECT count(*), count(price), count(DISTINCT order_id), coalesce(sum(quantity), 0),
                       coalesce(sum(price), 0.00), round(avg(price), 2), min(status COLLATE "C"), max(price)
                FROM items\
                """)) {
      result.next();
      return new Summary(
          result.getLong(1),
          result.getLong(2),
          result.getLong(3),
          result.getLong(4),
          money(result.getBigDecimal(5)),
          money(result.getBigDecimal(6)),
          result.getString(7),
          money(result.getBigDecimal(8)));
    }
  }

  private static BigDecimal money(BigDecimal value) {
    return value == null ? null : value.setScale(2);
  }

  @Provide
  static Arbitrary<List<Item>> rows() {
    return AggregationFixture.rows();
  }
}
