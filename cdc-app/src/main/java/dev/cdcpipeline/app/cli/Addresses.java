package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.HttpAddress;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Prints where a stack answers, without passwords. */
final class Addresses {

  private Addresses() {}

  static void print(Endpoints endpoints, Path data, PrintWriter out) {
    TextTable table = new TextTable("what", "where");
    table.row("source database", withoutParameters(endpoints.sourceJdbcUrl()) + " (user shop)");
    table.row("target database", withoutParameters(endpoints.targetJdbcUrl()) + " (user analyst)");
    table.row("Kafka", endpoints.bootstrapServers() + " (user kafka)");
    table.row("Connect", HttpAddress.of(endpoints.connectUrl()) + " (user connect)");
    table.row("schema registry", HttpAddress.of(endpoints.registryUrl()).toString());
    table.row("passwords", data.resolve("secrets.properties").toString());
    table.row("logs", data.resolve("logs").toString());
    table.print(out);
    out.flush();
  }

  private static String withoutParameters(String jdbcUrl) {
    int parameters = jdbcUrl.indexOf('?');
    return parameters < 0 ? jdbcUrl : jdbcUrl.substring(0, parameters);
  }
}
