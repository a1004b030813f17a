package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.simulate.OrderAudit;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/** The oldest PostgreSQL that is supported, on both sides. */
class OldestPostgresIT {
  private static final long SEED = 14;

  /** Where the build puts its archive. */
  private static final Path ARCHIVE = Path.of("target", "postgresql-14");

  static boolean embeddedStackIsNotAskedFor() {
    return !StackKind.selected().contains(StackKind.EMBEDDED);
  }

  @Test
  @DisabledIf("embeddedStackIsNotAskedFor")
  void aLifeOfTheShopArrivesOnPostgres14() throws IOException {
    // a server of its age must come to its directory by the whole name, as another user
    Path work =
        Files.createTempDirectory(
                Path.of("target"),
                "oldest-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")))
            .toAbsolutePath();
    Distribution old = withPostgres(ARCHIVE.toAbsolutePath(), work.resolve("distribution"));

    try (EmbeddedStack stack =
        EmbeddedStack.start(StackOptions.in(work.resolve("stack")).withDistribution(old))) {
      TableWay way = new TableWay(stack);
      assertThat(way.sourceValue("SHOW server_version")).startsWith("14.");
      assertThat(way.targetValue("SHOW server_version")).startsWith("14.");
      OrderAudit.install(stack.endpoints().sourceJdbcUrl());

      new Simulator(
              stack.endpoints().sourceJdbcUrl(),
              SimulationOptions.of(20, Duration.ofSeconds(15), SEED))
          .run();
      way.commit("TRUNCATE order_items");
      way.commit("INSERT INTO orders (customer_id, total_amount) VALUES (1, 14)");
      way.commit(
          "INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT"
              + " max(order_id), 1, 1, 1 FROM orders");

      way.assertEqualToTheSource("seed " + SEED);
    }
  }

  /** The distribution at hand with another PostgreSQL. */
  private static Distribution withPostgres(Path archives, Path home) throws IOException {
    Path original = Distribution.locate().home();
    Files.createDirectories(home);
    for (String part : List.of("lib", "kafka", "plugins", "registry", "infra", "conf")) {
      Files.createSymbolicLink(home.resolve(part), original.resolve(part));
    }
    Files.createSymbolicLink(home.resolve("postgresql"), archives);
    return new Distribution(home);
  }
}
