package dev.cdcpipeline.it.architecture;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The files under {@code infra} that list the source's tables, each in its own words: they must
 * list the same ones.
 */
class DeploymentFilesTest {
  private static final Repository REPOSITORY = Repository.ofThisBuild();

  /** A table with its schema, without a column after it. */
  private static final Pattern TABLE = Pattern.compile("\\bpublic\\.([a-z_]+)\\b");

  private final SortedSet<String> captured =
      tables("infra/connectors/shop-source.json", "\"table\\.include\\.list\": \"([^\"]*)\"");

  @Test
  void thePublicationHasTheTablesThatTheConnectorCaptures() {
    assertThat(tables("infra/sql/source.sql", "CREATE PUBLICATION [^;]*"))
        .isEqualTo(captured)
        .isNotEmpty();
  }

  @Test
  void theConnectorMayReadTheTablesThatItCaptures() {
    assertThat(tables("infra/sql/source.sql", "GRANT SELECT ON [^;]* TO cdc_connector"))
        .isEqualTo(captured);
  }

  @Test
  void theSinkReadsTheTopicsOfTheTablesThatAreCaptured() {
    assertThat(tables("infra/connectors/analytics-sink.json", "\"topics\": \"([^\"]*)\""))
        .isEqualTo(captured);
  }

  @Test
  void everyCapturedTableHasATopicOfItsOwn() {
    assertThat(tables("infra/topics.json", "\"name\": \"([^\"]*)\"")).isEqualTo(captured);
  }

  private static SortedSet<String> tables(String file, String where) {
    String text = REPOSITORY.read(REPOSITORY.root().resolve(file));
    return Pattern.compile(where)
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .flatMap(part -> TABLE.matcher(part).results())
        .map(table -> table.group(1))
        .collect(toCollection(TreeSet::new));
  }
}
