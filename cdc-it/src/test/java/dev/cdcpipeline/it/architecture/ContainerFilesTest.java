package dev.cdcpipeline.it.architecture;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What the containers are made of agrees with what the build tests, and is closed to the outside.
 */
class ContainerFilesTest {
  private static final Repository REPOSITORY = Repository.ofThisBuild();

  /** Others' images that write their configuration into themselves when they start. */
  private static final Set<String> WRITE_INTO_THEMSELVES =
      Set.of("kafka", "confluent-registry", "ksqldb", "ksqldb-cli");

  private final String compose = read("infra/compose.yaml");
  private final String settings = read("infra/.env.example");
  private final String pom = read("pom.xml");

  private static String read(String file) {
    return REPOSITORY.read(REPOSITORY.root().resolve(file));
  }

  private static SortedSet<String> all(String regex, String text) {
    return Pattern.compile(regex, Pattern.MULTILINE)
        .matcher(text)
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(toCollection(TreeSet::new));
  }

  private static String only(String regex, String text) {
    SortedSet<String> found = all(regex, text);
    assertThat(found).as(regex).hasSize(1);
    return found.first();
  }

  private String property(String name) {
    return only("<" + Pattern.quote(name) + ">([^<]+)</", pom);
  }

  private String tag(String image) {
    return only("^CDC_" + image + "_IMAGE=\\S+:(\\S+)$", settings);
  }

  @Test
  void theImagesHaveTheVersionsThatTheBuildTests() {
    assertThat(tag("KAFKA")).isEqualTo(property("kafka.version"));
    assertThat(property("postgres.binaries.version")).startsWith(tag("POSTGRES") + ".");
    String ours = only("<artifactId>cdc-pipeline</artifactId>\\s*<version>([^<]+)</", pom);
    assertThat(List.of(tag("CONNECT"), tag("REGISTRY"), tag("APPLICATION"))).containsOnly(ours);
  }

  @Test
  void everyImageIsASettingWithAPinnedTag() {
    assertThat(all("^ *image: (?:&\\S+ |\\*)?(\\S+)", compose))
        .isNotEmpty()
        .allSatisfy(image -> assertThat(image).matches("\\$\\{CDC_\\w+_IMAGE:\\?.*|application"));
    assertThat(all("^CDC_\\w+_IMAGE=(\\S+)$", settings))
        .hasSizeGreaterThan(5)
        .allSatisfy(image -> assertThat(image).matches("[^:]+:.*\\d.*"));
  }

  @Test
  void everySettingThatIsUsedIsInTheExample() {
    assertThat(all("^(CDC_\\w+)=", settings))
        .containsAll(all("\\$\\{(CDC_\\w+)[}:]", compose))
        .isNotEmpty();
  }

  @Test
  void everyPortIsOnLoopback() {
    assertThat(all("^ *ports: \\[\"([^\"]+)\"\\]", compose))
        .hasSizeGreaterThan(4)
        .allSatisfy(port -> assertThat(port).startsWith("127.0.0.1:${CDC_"));
  }

  @Test
  void everyServiceHasAMemoryLimit() {
    SortedSet<String> services =
        all(
            "^  ([a-z-]+):$",
            compose.substring(compose.indexOf("\nservices:"), compose.indexOf("\nvolumes:")));
    long limited =
        Pattern.compile("^ +mem_limit: ", Pattern.MULTILINE).matcher(compose).results().count();
    // both databases share one
    assertThat(limited).isEqualTo(services.size() - 1L).isPositive();
  }

  @Test
  void everyServiceIsClosedToTheOutside() {
    Map<String, String> blocks = blocks();
    assertThat(blocks).containsKeys("source", "kafka", "registry", "connect", "ksqldb-cli");
    blocks.forEach(
        (service, block) -> {
          assertThat(block).as(service).contains("cap_drop: [ALL]");
          assertThat(block).as(service).contains("security_opt: [\"no-new-privileges:true\"]");
          assertThat(block).as(service).containsPattern("(?m)^ +pids_limit: \\d+$");
          assertThat(block)
              .as(service)
              .doesNotContain("privileged:", "cap_add:", "network_mode:", "docker.sock");
          if (!WRITE_INTO_THEMSELVES.contains(service)) {
            assertThat(block).as(service).contains("read_only: true", "tmpfs: [\"/tmp");
          }
        });
  }

  /** The services by name, each with what it takes over from anchors, as text. */
  private Map<String, String> blocks() {
    Map<String, String> anchors = new HashMap<>();
    Matcher anchor = Pattern.compile("(?m)^x-[a-z]+: &([a-z]+)\n((?:[ #].*\n)+)").matcher(compose);
    while (anchor.find()) {
      anchors.put(anchor.group(1), filled(anchor.group(2), anchors));
    }
    Map<String, String> blocks = new TreeMap<>();
    String services =
        compose.substring(compose.indexOf("\nservices:") + 10, compose.indexOf("\nvolumes:"));
    for (String part : services.split("\n(?=  [a-z-]+:\n)")) {
      if (!part.isBlank()) {
        blocks.put(part.strip().replaceFirst("(?s):.*", ""), filled(part, anchors));
      }
    }
    return blocks;
  }

  private static String filled(String block, Map<String, String> anchors) {
    return Pattern.compile("(?m)^ +<<: \\*([a-z]+)$")
        .matcher(block)
        .replaceAll(use -> Matcher.quoteReplacement(anchors.getOrDefault(use.group(1), "")));
  }

  @Test
  void theRegistryIsClosedAsTheEmbeddedOneIs() {
    String closed =
        only("'-Dregistry.disable.apis=([^']+)'", read("infra/images/registry/registry"));
    String embedded =
        read("cdc-app/src/main/java/dev/cdcpipeline/app/stack/SchemaRegistry.java")
            .replaceAll("\"\\s*\\+ \"", "");
    assertThat(embedded).contains('"' + closed + '"');
  }

  @Test
  void noPasswordIsInAFile() {
    assertThat(settings).doesNotContainPattern("(?i)password\\w*=.");
    assertThat(all("(?i)^ +\\w*PASSWORD\\w*: *(\\S+)", compose))
        .isNotEmpty()
        .allSatisfy(
            value -> assertThat(value).matches("/run/secrets/\\w+|\\{file:|\\$\\{CDC_SECRETS.*"));
  }

  @Test
  void ourImagesRunAsAUserOfTheirOwn() {
    for (String image : List.of("connect", "registry", "application")) {
      String dockerfile = read("infra/images/" + image + "/Dockerfile");
      assertThat(dockerfile)
          .as(image)
          .containsPattern("(?m)^USER 10001:10001$")
          .contains("org.opencontainers.image.title");
      assertThat(dockerfile.indexOf("\nUSER ")).isLessThan(dockerfile.indexOf("\nENTRYPOINT "));
    }
  }
}
