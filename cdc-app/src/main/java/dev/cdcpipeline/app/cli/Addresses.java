package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.HttpAddress;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Prints where a stack answers, without passwords. */
final class Addresses {

  private Addresses() {}

  static void print(Endpoints endpoints, Path data, PrintWriter out) {
    TextTable table = new TextTable("what", "where");
    String source = SessionOptions.withoutSecrets(endpoints.sourceJdbcUrl());
    String target = SessionOptions.withoutSecrets(endpoints.targetJdbcUrl());
    table.row("source database", source + " (user shop)");
    table.row("target database", target + " (user analyst)");
    table.row("Kafka", endpoints.bootstrapServers() + " (user kafka)");
    table.row("Connect", HttpAddress.of(endpoints.connectUrl()) + " (user connect)");
    table.row("schema registry", HttpAddress.of(endpoints.registryUrl()).toString());
    table.row("passwords", data.resolve("secrets.properties").toString());
    table.row("logs", data.resolve("logs").toString());
    table.print(out);
    out.flush();
  }
}
