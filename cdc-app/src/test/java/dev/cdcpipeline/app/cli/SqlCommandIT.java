package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.ShopDatabases;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SqlCommandIT {

  private static ShopDatabases databases;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void create() throws SQLException {
    databases = ShopDatabases.create();
  }

  @Test
  void printsWhatTheStatementGives() {
    int code =
        sql(
            "SELECT product_id, name, NULL AS nothing FROM products WHERE product_id < 3"
                + " ORDER BY 1");

    assertThat(code).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            product_id  name            nothing
            ----------  --------------  -------
                     1  Pro Laptop 15"     NULL
                     2  SmartPhone X       NULL
            (2 rows)
            """);
  }

  @Test
  void saysHowManyRowsAChangeTouched() {
    assertThat(sql("UPDATE products SET stock_quantity = 1 WHERE product_id = 1; SELECT 7 AS x"))
        .isZero();
    assertThat(out.toString()).isEqualTo("1 row changed\nx\n-\n7\n(1 row)\n");
  }

  @Test
  void aFailureHasItsSqlStateAndGoesToStderr() {
    int code = sql("SELECT vip FROM customers");

    assertThat(code).isEqualTo(1);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString())
        .isEqualTo("SQLSTATE 42703: column \"vip\" does not exist\nat character 8\n");
  }

  @Test
  void aLongResultIsCutAndSaysSo() {
    sql("SELECT generate_series(1, 5) AS n", "--max-rows", "2");

    assertThat(out.toString()).endsWith("1\n2\n(5 rows, 2 of them shown; see --max-rows)\n");
  }

  private int sql(String statement, String... options) {
    List<String> args = new ArrayList<>(List.of("sql", "--source-url", databases.sourceUrl()));
    args.addAll(List.of(options));
    args.addAll(List.of("source", statement));
    return CdcCommand.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args.toArray(String[]::new));
  }
}
