package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The definitions printed in docs/results.md work as they stand there. */
class DocumentedResultsIT {
  private static final Pattern SQL = Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL);

  @Test
  void everyDefinitionInTheDocumentationFollowsARandomHistory() throws Exception {
    List<ResultDefinition> documented = new ArrayList<>();
    Matcher m = SQL.matcher(Files.readString(Path.of("../docs/results.md")));
    while (m.find()) {
      documented.add(ResultFile.parse("docs/results.md", m.group(1)));
    }
    assertThat(documented).hasSize(2);
    try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
        Connection connection = postgres.getPostgresDatabase().getConnection();
        Connection command = postgres.getPostgresDatabase().getConnection()) {
      FakeWriter writer =
          new FakeWriter(
              connection,
              new ResultMaintainer(ResultOptions.defaults(), Optional.empty(), Clock.systemUTC()));
      writer.createMirrors();
      writer.open();
      ResultCatalog catalog = new ResultCatalog(ResultOptions.defaults());
      catalog.apply(command, documented);
      ShopHistory history = new ShopHistory(3, 6);
      for (int i = 0; i < 60; i++) {
        writer.flush(List.of(history.next()), false);
        for (ResultDefinition d : documented) {
          ResultsFollowRandomHistoriesIT.assertSame(
              connection,
              d.name() + ", flush " + i,
              d.target(),
              "SELECT * FROM (" + d.select() + ") q WHERE " + d.key().get(0) + " IS NOT NULL");
        }
        connection.commit();
      }
      assertThat(catalog.list(command)).hasSize(2).allMatch(e -> e.state() == State.ACTIVE);
      for (ResultDefinition d : documented) {
        catalog.remove(command, d.name());
      }
      writer.idle();
      assertThat(catalog.list(command)).isEmpty();
    }
  }
}
