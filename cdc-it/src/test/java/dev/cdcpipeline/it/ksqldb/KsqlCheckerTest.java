package dev.cdcpipeline.it.ksqldb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

/** What the reader of {@code infra/ksqldb} finds: what it does not find nobody would. */
class KsqlCheckerTest {
  private static final String SOURCE =
      "CREATE STREAM orders_cdc WITH (KAFKA_TOPIC = 'shop.public.orders', KEY_FORMAT = 'AVRO',"
          + " VALUE_FORMAT = 'AVRO');\n"
          + "CREATE TABLE orders_rows WITH (KAFKA_TOPIC = 'shop.public.orders', KEY_FORMAT ="
          + " 'AVRO', VALUE_FORMAT = 'AVRO');\n";

  private static final Schema KEY =
      new Schema.Parser()
          .parse(
              """
              {"type":"record","name":"Key","fields":[{"name":"order_id","type":"int"}]}\
              """);
  private static final Schema VALUE =
      new Schema.Parser()
          .parse(
              """
              {"type":"record","name":"Envelope","fields":[
                {"name":"after","type":["null",{"type":"record","name":"Value","fields":[
                  {"name":"order_status","type":["null","string"]},{"name":"total","type":"double"}]}]},
                {"name":"op","type":"string"}]}\
              """);

  private final KsqlChecker checker =
      new KsqlChecker(
          subject ->
              switch (subject) {
                case "shop.public.orders-key" -> Optional.of(KEY);
                case "shop.public.orders-value" -> Optional.of(VALUE);
                default -> Optional.empty();
              });

  private void assertProblem(String statements, String problem) {
    assertThat(checker.check(SOURCE + statements)).singleElement().asString().contains(problem);
  }

  private static String result(String kind, String format, String query) {
    return "CREATE %s r WITH (KAFKA_TOPIC = 'ksqldb.r', KEY_FORMAT = '%s', VALUE_FORMAT = 'AVRO') AS %s EMIT CHANGES;"
        .formatted(kind, format, query);
  }

  @Test
  void knowsTheColumnsOfWhatStatementsMake() {
    String statements =
        SOURCE
            + result(
                "TABLE",
                "KAFKA",
                "SELECT after->order_status AS order_status, COUNT(*) AS orders,"
                    + " SUM(CAST(after->total AS BIGINT)) AS total FROM orders_rows"
                    + " WHERE after IS NOT NULL GROUP BY after->order_status HAVING COUNT(*) > 0");

    assertThat(checker.check(statements)).isEmpty();
    assertThat(checker.made()).containsExactly("ORDERS_CDC", "ORDERS_ROWS", "R");
    assertThat(checker.columns("R")).containsExactly("ORDER_STATUS", "ORDERS", "TOTAL");
    assertThat(checker.valueColumns("ksqldb.r")).containsExactly("ORDERS", "TOTAL");
    assertThat(checker.columns("ORDERS_CDC")).containsExactly("ROWKEY", "AFTER", "OP");
  }

  @Test
  void refusesASimpleCase() {
    assertProblem(
        "SELECT CASE op WHEN 'r' THEN 'snapshot' ELSE 'other' END AS kind FROM orders_cdc;",
        "line 3: ksqlDB has no simple CASE");
    assertThat(
            checker.check("SELECT CASE WHEN op = 'r' THEN 'snapshot' END AS kind FROM orders_cdc;"))
        .isEmpty();
  }

  @Test
  void refusesReservedWordsAsNames() {
    assertProblem(
        "SELECT 'orders' AS topic FROM orders_cdc EMIT CHANGES;",
        "line 3: topic is a reserved word of ksqlDB");
    assertThat(checker.check("SELECT 'orders' AS `topic` FROM orders_cdc EMIT CHANGES;")).isEmpty();
  }

  @Test
  void refusesColumnsAndFieldsThatDoNotExist() {
    assertProblem("SELECT amount AS a FROM orders_cdc;", "column AMOUNT does not exist");
    assertThat(checker.check("SELECT after->status AS s FROM orders_cdc;"))
        .containsExactly("line 1: field STATUS does not exist; there are [ORDER_STATUS, TOTAL]");
    assertThat(checker.check("SELECT op->x AS s FROM orders_cdc;"))
        .containsExactly("line 1: op has no fields, so no X");
    assertThat(checker.check("SELECT op FROM orders_cdc WHERE rowkey->id > 0;"))
        .containsExactly("line 1: field ID does not exist; there are [ORDER_ID]");
    assertThat(checker.check("SELECT x.op AS op FROM orders_cdc o;"))
        .containsExactly("line 1: X is none of [O]");
  }

  @Test
  void refusesDeclaredColumns() {
    assertProblem(
        "CREATE STREAM s (id INT KEY) WITH (KAFKA_TOPIC = 'shop.public.orders', KEY_FORMAT ="
            + " 'AVRO', VALUE_FORMAT = 'AVRO');",
        "s declares columns; ksqlDB would register a schema of its own");
  }

  @Test
  void refusesATopicWithoutASchema() {
    assertProblem(
        "CREATE STREAM s WITH (KAFKA_TOPIC = 'shop.public.gone', KEY_FORMAT = 'AVRO',"
            + " VALUE_FORMAT = 'AVRO');",
        "subject shop.public.gone-key does not exist");
  }

  @Test
  void refusesWhatIsNeitherAggregateNorGroup() {
    assertProblem(
        result(
            "TABLE",
            "KAFKA",
            "SELECT after->order_status AS s, op AS op, COUNT(*) AS n FROM orders_cdc"
                + " GROUP BY after->order_status"),
        "OP is neither an aggregate nor an expression of GROUP BY");
  }

  @Test
  void refusesAResultWithoutItsKey() {
    assertProblem(
        result(
            "TABLE", "KAFKA", "SELECT COUNT(*) AS n FROM orders_cdc GROUP BY after->order_status"),
        "the result must have each expression of GROUP BY");
    assertThat(
            checker.check(
                result(
                    "TABLE",
                    "KAFKA",
                    "SELECT op AS op, after->order_status AS s, COUNT(*) AS n FROM orders_cdc"
                        + " GROUP BY op, after->order_status")))
        .containsExactly("line 1: keys in KAFKA format have one column, not [OP, S]");
  }

  @Test
  void refusesAnAggregateThatCannotTakeBackOverATable() {
    assertProblem(
        "SELECT op AS op, MAX(after->total) AS m FROM orders_rows GROUP BY op EMIT CHANGES;",
        "MAX can't take a row back");
  }

  @Test
  void refusesATableThatIsAStreamAndAMissingEmit() {
    assertProblem(result("TABLE", "AVRO", "SELECT rowkey, op FROM orders_cdc"), "makes a stream");
    assertThat(
            checker.check(
                "CREATE STREAM r WITH (KAFKA_TOPIC = 'ksqldb.r', KEY_FORMAT = 'AVRO', VALUE_FORMAT"
                    + " = 'AVRO') AS SELECT rowkey, op FROM orders_cdc;"))
        .containsExactly("line 1: EMIT CHANGES is missing");
  }

  @Test
  void refusesATopicThatIsNotItsOwn() {
    assertProblem(
        "CREATE STREAM r WITH (KAFKA_TOPIC = 'orders_enriched', KEY_FORMAT = 'AVRO', VALUE_FORMAT"
            + " = 'AVRO') AS SELECT rowkey, op FROM orders_cdc EMIT CHANGES;",
        "orders_enriched must begin with ksqldb.");
  }

  @Test
  void refusesAJoinThatIsNotByTheTablesKey() {
    assertProblem(
        "SELECT o.op AS op FROM orders_cdc o LEFT JOIN orders_rows r ON o.op = r.op EMIT CHANGES;",
        "a join needs the key of its table, [ROWKEY], not OP");
  }

  @Test
  void refusesUnknownFunctionsAndStatements() {
    assertProblem("SELECT NOW_AND_THEN(op) AS x FROM orders_cdc;", "function NOW_AND_THEN");
    assertThat(checker.check("DROP STREAM orders_cdc;"))
        .containsExactly("line 1: DROP is not a statement that these files use");
    assertThat(checker.check("SELECT op FROM nothing;"))
        .singleElement()
        .asString()
        .contains("nothing does not exist");
  }

  @Test
  void refusesClausesInAnotherOrder() {
    assertProblem(
        "SELECT op FROM orders_cdc EMIT CHANGES WHERE op = 'c';", "WHERE is not in its place");
  }

  @Test
  void refusesCommentsThatThePromptMisreads() {
    assertThat(checker.check("-- one; two\nSHOW STREAMS;"))
        .containsExactly("line 1: a comment has a semicolon: the prompt would end there");
    assertThat(checker.check("SHOW STREAMS;\n-- ksqlDB's\n"))
        .containsExactly("line 2: a comment has an unpaired '");
  }

  @Test
  void refusesAnOpenEnd() {
    assertThat(checker.check("SHOW STREAMS;\nSHOW TABLES"))
        .containsExactly("line 2: the last statement has no semicolon");
    assertThat(checker.check("SHOW 'STREAMS;"))
        .containsExactly("line 1: cannot read from ''STREAMS;' on");
  }
}
