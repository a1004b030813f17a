package dev.cdcpipeline.transforms.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.ColumnKind;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the application comes by its results: by a key, or because there are no others. */
class ResultsLoaderTest {
  private static final String HERE = ResultsLoaderTest.class.getName() + "$";

  /** Results as a user's jar has them, with a key of their own. */
  public static final class PageVisits implements StreamsResults {
    private static final TableDefinition<Long> VISITS =
        TableDefinition.of("web", "visits")
            .key("visit_id", ColumnKind.INTEGER)
            .column("page_id", ColumnKind.INTEGER)
            .rows(row -> row.integer("page_id"));

    private String name;

    @Override
    public void configure(Map<String, ?> properties) {
      name = (String) properties.get("visits.topic");
    }

    @Override
    public List<String> tableTopics() {
      return List.of("visits_by_page");
    }

    @Override
    public void addTo(Pipeline pipeline, ResultTopics topics, ReadProgress progress) {
      pipeline
          .table(VISITS)
          .groupBy("visits-by-page", ValueType.LONG, pageId -> pageId)
          .aggregate()
          .to(
              topics.<Long, Long>topic(name),
              pageId -> pageId,
              (pageId, none, results) -> results.rows());
    }
  }

  /** Further results, which need nothing. */
  public static class OtherResults implements StreamsResults {
    @Override
    public void addTo(Pipeline pipeline, ResultTopics topics, ReadProgress progress) {}
  }

  /** Results that cannot be made without an argument. */
  public static final class ResultsOf extends OtherResults {
    final String what;

    public ResultsOf(String what) {
      this.what = what;
    }
  }

  /** Results that cannot be made. */
  public static final class FailingResults extends OtherResults {
    public FailingResults() {
      throw new IllegalStateException("no network");
    }
  }

  @TempDir Path directory;
  private final ClassLoader loaderBefore = Thread.currentThread().getContextClassLoader();

  @BeforeEach
  void emptyClassPath() throws IOException {
    offer();
  }

  @AfterEach
  void classPathAsBefore() {
    Thread.currentThread().setContextClassLoader(loaderBefore);
  }

  /** Lets just these classes be offered on the class path. */
  private void offer(String... classes) throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.write(services.resolve(StreamsResults.class.getName()), List.of(classes));
    Thread.currentThread().setContextClassLoader(new Offers(directory, loaderBefore));
  }

  /** Finds what is offered in one directory alone. */
  private static final class Offers extends URLClassLoader {
    Offers(Path directory, ClassLoader parent) throws MalformedURLException {
      super(new URL[] {directory.toUri().toURL()}, parent);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return findResources(name);
    }
  }

  private static StreamsResults named(Class<?> type) {
    return new ApplicationConfig(Map.of("results.class", type.getName())).results();
  }

  @Test
  void resultsOfOnesOwnAreAddedUnderTheApplicationsPrefixAndWithTheirOwnKeys() {
    ApplicationConfig config =
        new ApplicationConfig(
            Map.of(
                "results.class", PageVisits.class.getName(),
                "source.topic.prefix", "site",
                "result.topic.prefix", "test.",
                "schema.registry.url", "mock://own-results",
                "visits.topic", "visits_by_page"));
    Pipeline pipeline = pipeline(config);

    StreamsResults results = config.results();
    results.addTo(pipeline, config.resultTopics(), () -> ReadProgress.UNKNOWN);

    assertThat(pipeline.sourceTopics()).containsExactly("site.web.visits");
    assertThat(pipeline.resultTopics()).containsExactly("test.visits_by_page");
    assertThat(config.resultTopics().named(results.tableTopics()))
        .isEqualTo(pipeline.resultTopics());
  }

  @Test
  void aTopicThatNobodyCreatesIsRefused() {
    ApplicationConfig config =
        new ApplicationConfig(
            Map.of(
                "results.class", PageVisits.class.getName(),
                "schema.registry.url", "mock://own-results",
                "visits.topic", "visits"));
    Pipeline pipeline = pipeline(config);
    StreamsResults results = config.results();
    results.addTo(pipeline, config.resultTopics(), () -> ReadProgress.UNKNOWN);

    assertThatThrownBy(
            () ->
                StreamsApplication.requireNamed(
                    results, pipeline.resultTopics(), List.of(), results.tableTopics()))
        .isInstanceOf(FatalException.class)
        .hasMessage(
            HERE
                + "PageVisits writes to topic visits, which is in neither its eventTopics() nor its"
                + " tableTopics(), so that nobody creates it; add its name to one of them");
  }

  private static Pipeline pipeline(ApplicationConfig config) {
    return new Pipeline(
        config.pipeline(),
        () -> EnvelopeDecoder.ofRows(new InMemorySchemaRegistry(), DecoderOptions.defaults()));
  }

  @Test
  void theOnlyOnesOnTheClassPathNeedNoKey() throws IOException {
    offer(HERE + "OtherResults");

    assertThat(new ApplicationConfig(Map.of()).results()).isInstanceOf(OtherResults.class);
  }

  @Test
  void theKeyDecidesWhateverIsOnTheClassPath() throws IOException {
    offer(HERE + "OtherResults");

    assertThat(named(PageVisits.class)).isInstanceOf(PageVisits.class);
  }

  @Test
  void aChoiceIsNotMadeByItself() throws IOException {
    offer(HERE + "PageVisits", HERE + "OtherResults");

    assertThatThrownBy(() -> new ApplicationConfig(Map.of()).results())
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "cannot load the results: results.class is not set, and several are on the class path: "
                + HERE
                + "OtherResults, "
                + HERE
                + "PageVisits; set it to the name of a class that implements "
                + StreamsResults.class.getName());
  }

  @Test
  void noResultsAreRefused() {
    assertThatThrownBy(() -> new ApplicationConfig(Map.of()).results())
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "cannot load the results: results.class is not set, and no jar on the class path offers"
                + " any; set it to the name of a class that implements "
                + StreamsResults.class.getName());
  }

  @Test
  void anOfferThatDoesNotExistIsRefused() throws IOException {
    offer("com.example.Gone");

    assertThatThrownBy(() -> new ApplicationConfig(Map.of()).results())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("results.class is not set, and a jar on the class path offers some")
        .hasMessageContaining("com.example.Gone");
  }

  @Test
  void aClassThatIsNotOnTheClassPathIsRefused() {
    assertThatThrownBy(
            () -> new ApplicationConfig(Map.of("results.class", "com.example.Gone")).results())
        .isInstanceOf(ConfigException.class)
        .hasNoCause()
        .hasMessage(
            "Invalid value com.example.Gone for configuration results.class: cannot load the"
                + " results: there is no such class on the class path; put its jar beside those of"
                + " the application, or correct the name");
  }

  @Test
  void aClassOfAnotherKindIsRefused() {
    assertThatThrownBy(() -> named(String.class))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "Invalid value java.lang.String for configuration results.class: cannot load the"
                + " results: the class is no "
                + StreamsResults.class.getName()
                + "; let it implement that");
  }

  @Test
  void aClassThatNeedsAnArgumentIsRefused() {
    assertThatThrownBy(() -> named(ResultsOf.class))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no object can be made of it; it must be a public class")
        .hasMessageContaining("with a public constructor without parameters");
  }

  @Test
  void aConstructorThatFailsIsNamedWithItsReason() {
    assertThatThrownBy(() -> named(FailingResults.class))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("its constructor fails: java.lang.IllegalStateException: no network");
  }
}
