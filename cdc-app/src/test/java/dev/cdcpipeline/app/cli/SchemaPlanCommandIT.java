package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.ShopDatabases;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaPlanCommandIT {
  private static final List<String> TABLES =
      List.of("customers", "products", "orders", "order_items");

  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private ShopDatabases databases;
  private Path results = Path.of("../infra/results");
  private Path connectors = Path.of("../infra/connectors");

  @BeforeEach
  void aShopWithMirrors() throws SQLException {
    databases = ShopDatabases.create();
    // the mirrors as the sink makes them: the source's columns and key, and its own
    for (String table : TABLES) {
      String columns =
          ShopDatabases.value(
              databases.sourceAdminUrl(),
              "SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', '"
                  + " ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'public."
                  + table
                  + "'::regclass AND attnum > 0");
      String key = columns.substring(0, columns.indexOf(' '));
      databases.onTarget(
          "CREATE TABLE mirror.%s (%s, _cdc_applied_at timestamptz, _cdc_position pg_lsn, PRIMARY KEY (%s))"
              .formatted(table, columns, key));
    }
  }

  private int plan(String statement) {
    return CdcCommand.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(
            "schema",
            "plan",
            statement,
            "--source-url",
            databases.sourceUrl(),
            "--target-url",
            databases.targetUrl("analyst"),
            "--sink-url",
            databases.targetUrl("cdc_sink"),
            "--results",
            results.toString(),
            "--connectors",
            connectors.toString());
  }

  private void evolution(String word) throws IOException {
    String sink = Files.readString(Path.of("../infra/connectors/analytics-sink.json"));
    connectors = Files.createDirectory(directory.resolve("connectors-" + word));
    Files.copy(
        Path.of("../infra/connectors/shop-source.json"), connectors.resolve("shop-source.json"));
    Files.writeString(
        connectors.resolve("analytics-sink.json"),
        sink.replace(
            "\"mode\": \"transactional\",",
            "\"mode\": \"transactional\", \"schema.evolution\": \"" + word + "\","));
  }

  @Test
  void aNullableColumnFollowsByItself() {
    assertThat(plan("ALTER TABLE orders ADD COLUMN coupon varchar(20)")).isZero();

    assertThat(out.toString())
        .isEqualTo(
            """
            public.orders
              coupon: added, character varying(20)

            Registry: BACKWARD (assumed) for shop.public.orders-value
              takes the new schema

            Mirror mirror.orders: sink analytics-sink, schema.evolution=evolve
              the sink runs ALTER TABLE "mirror"."orders" ADD COLUMN IF NOT EXISTS "coupon" character varying(20)

            Results
              stay as they are
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // a constant is in the rows of before, an expression is not
        "ADD grade numeric(4,1) NOT NULL DEFAULT 1.5|0|DEFAULT '1.5'|takes the new schema",
        "ADD since timestamp NOT NULL DEFAULT '2026-01-01 10:00:00.5'|0|DEFAULT '2026-01-01"
            + " 10:00:00.5'|takes the new schema",
        "ADD d date DEFAULT 'infinity'|0|DEFAULT 'infinity'|takes the new schema",
        "ADD b bit(1) NOT NULL DEFAULT B'0'|0|\"bit\"(1) DEFAULT '0'|takes the new schema",
        "ADD b varbit DEFAULT B'1'|0|DEFAULT '1'|takes the new schema",
        "ADD n numeric NOT NULL DEFAULT 0|0|numeric DEFAULT '0'|takes the new schema",
        "ADD n time DEFAULT '00:00'|0|DEFAULT '00:00:00'|takes the new schema",
        "ADD n text[] DEFAULT '{}'|0|DEFAULT '{}'|takes the new schema",
        "ADD t text NOT NULL DEFAULT 'it''s'|0|DEFAULT 'it''s'|takes the new schema",
        "ADD u uuid NOT NULL DEFAULT gen_random_uuid()|1|! u is NULL in the rows of before|takes"
            + " the new schema",
        "ADD w text NOT NULL DEFAULT current_user|0|DEFAULT 'shop'|takes the new schema",
        "ADD since timestamptz NOT NULL DEFAULT now()|0|DEFAULT '20|takes the new schema",
        "ADD grade int NOT NULL|0|takes the new schema|grade has no default:"
            + " PostgreSQL refuses it if the table has any row",
        "DROP shipping_address|0|column shipping_address stays, and is NULL|Results\\n"
            + "  stay as they are",
        "ALTER order_status SET NOT NULL|0|order_status must not be NULL in any row|takes the new"
            + " schema",
        "ALTER shipping_address SET DEFAULT 'x'|0|default 'x'::text|stays as it is",
        "RENAME order_status TO state|1|! order_status_summary names order_status, which will be"
            + " state|\"state\" character varying(50)",
        "DROP order_status|1|! order_status_summary names order_status, which will be NULL|takes"
            + " the new schema",
        "ALTER total_amount TYPE numeric(12,2)|1|ALTER COLUMN \"total_amount\" TYPE numeric(12,2)|!"
            + " order_events column total_amount will be numeric(12,2) instead of numeric(10,2)",
        "ALTER order_id TYPE bigint|1|ALTER COLUMN \"order_id\" TYPE bigint|! order_events column"
            + " order_id will be bigint instead of integer",
        "ALTER order_id TYPE bigint, ADD a int, DROP shipping_address|1|ADD COLUMN IF NOT EXISTS"
            + " \"a\" integer|column shipping_address stays",
        "ALTER created_at TYPE date|1|created_at: its values are written otherwise|the sink runs|",
        "ALTER customer_id TYPE uuid USING NULL|1|! the sink stops|is uuid at the source and"
            + " integer"
      })
  void saysWhatFollowsChangeByChange(String actions, int code, String one, String other) {
    int answer = plan("ALTER TABLE public.orders " + actions);

    assertThat(out.toString() + err).contains(one.replace("\\n", "\n"));
    if (other != null && !other.equals("the sink runs")) {
      assertThat(out.toString()).contains(other.replace("\\n", "\n"));
    }
    assertThat(answer).as(out.toString()).isEqualTo(code);
  }

  @Test
  void whatSchemaEvolutionForbidsIsARefusal() throws IOException {
    evolution("none");
    assertThat(plan("ALTER TABLE orders ADD coupon text")).isEqualTo(1);
    assertThat(out.toString())
        .contains("schema.evolution=none")
        .contains("! the sink stops: cannot write changes of public.orders")
        .contains("has no column coupon; set schema.evolution=add, or run: ALTER TABLE");
  }

  @Test
  void withoutEvolveAWiderTypeStopsTheSinkAtTheFirstLargeValue() throws IOException {
    evolution("add");
    assertThat(plan("ALTER TABLE orders ALTER customer_id TYPE bigint")).isEqualTo(1);
    assertThat(out.toString())
        .contains("! column customer_id stays integer: the sink stops at the first value");
  }

  @Test
  void droppingTheKeyStopsTheSink() {
    assertThat(plan("ALTER TABLE order_items DROP item_id")).isEqualTo(1);
    assertThat(out.toString()).contains("! the table has no primary key any more");
  }

  @Test
  void aResultOfOnesOwnIsReadByTheServerAndNotByItsWords() throws IOException {
    results = Files.createDirectory(directory.resolve("results"));
    Files.writeString(
        results.resolve("addresses.sql"),
        """
        -- result: addresses
        -- key: order_id
        -- maintain: refresh
        -- affected: orders (order_id)

        SELECT order_id, upper(t.a) AS address
        FROM (SELECT order_id, 'order_status' AS b, shipping_address AS a FROM orders) t
        """);
    assertThat(plan("ALTER TABLE orders DROP shipping_address")).as(err.toString()).isEqualTo(1);
    assertThat(out.toString()).contains("! addresses names shipping_address");

    out.getBuffer().setLength(0);
    assertThat(plan("ALTER TABLE orders DROP order_status")).isZero();
    assertThat(out.toString()).contains("Results\n  stay as they are");
  }

  @Test
  void refusesWhatItCannotTellAndWhatPostgresqlRefuses() {
    assertThat(plan("ALTER TABLE orders ADD CONSTRAINT positive CHECK (total_amount > 0)"))
        .isEqualTo(2);
    assertThat(err.toString()).startsWith("cdc: cannot tell what 'ADD CONSTRAINT positive CHECK");

    err.getBuffer().setLength(0);
    assertThat(plan("ALTER TABLE orders DROP colour")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "cdc: PostgreSQL refuses the statement: ERROR: column \"colour\" of relation \"orders\""
                + " does not exist\n");

    err.getBuffer().setLength(0);
    assertThat(plan("ALTER TABLE ordres DROP colour")).isEqualTo(2);
    assertThat(err.toString()).isEqualTo("cdc: the source has no table ordres\n");
  }

  /** Somebody holds the strongest lock on the table, and another waits: the plan waits for none. */
  @Test
  void neverWaitsForTheRealTableAndLeavesNothing() throws SQLException {
    String state =
        "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace ="
            + " 'public'::regnamespace";
    String before = ShopDatabases.value(databases.sourceAdminUrl(), state);
    try (Connection other = DriverManager.getConnection(databases.sourceUrl());
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");

      assertThat(plan("ALTER TABLE orders ADD COLUMN coupon text, DROP COLUMN shipping_address"))
          .as(err.toString())
          .isZero();
      other.rollback();
    }
    assertThat(ShopDatabases.value(databases.sourceAdminUrl(), state)).isEqualTo(before);
    assertThat(
            ShopDatabases.value(
                databases.sourceAdminUrl(),
                "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'cdc%'"))
        .isEqualTo("0");
    assertThat(
            ShopDatabases.value(
                databases.sourceAdminUrl(),
                "SELECT count(*) FROM information_schema.columns WHERE column_name = 'coupon'"))
        .isEqualTo("0");
  }
}
