package dev.cdcpipeline.it.architecture;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Reads every document and looks for what it names: classes in {@code `CodeSpans`}, paths in code
 * spans and in links, packages of ours.
 */
class DocumentsTest {
  private static final Repository REPOSITORY = Repository.ofThisBuild();

  private static final Pattern FENCE = Pattern.compile("(?ms)^ *```.*?^ *```");
  private static final Pattern CODE_SPAN = Pattern.compile("`([^`\n]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#: ]+)(?:#[^)]*)?\\)");
  private static final Pattern CLASS_NAME =
      Pattern.compile("([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)(?:[.#(].*)?");
  private static final Pattern OUR_PACKAGE = Pattern.compile("dev\\.cdcpipeline(?:\\.\\w+)+");
  private static final Pattern REPOSITORY_PATH =
      Pattern.compile("(?:cdc-[a-z]+|docs|examples|infra|\\.ci)/[\\w./-]*");

  /**
   * What scripts make on a machine and no repository holds, image names, and a recipe's example.
   */
  private static final Pattern NOT_KEPT =
      Pattern.compile(
          "infra/\\.env|infra/secrets.*|infra/plugins/?|infra/images/local\\.env|cdc-local/.*"
              + "|infra/results/revenue_by_category\\.sql");

  /** Names of other people's classes that documents mention. */
  private static final Set<String> FOREIGN_CLASSES =
      Set.of(
          "AvroConverter",
          "AvroData",
          "ByteArrayConverter",
          "CustomConverter",
          "ErrantRecordReporter",
          "ExtractNewRecordState",
          "GenericDatumReader",
          "JsonConverter",
          "KafkaAvroDeserializer",
          "KafkaAvroSerializer",
          "PartitionRouting",
          "ServiceLoader",
          "TopologyTestDriver");

  @Test
  void everyClassThatADocumentNamesExists() {
    Set<String> ours =
        REPOSITORY.javaFiles().stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(toUnmodifiableSet());
    List<String> missing = new ArrayList<>();
    for (Path document : REPOSITORY.documents()) {
      for (String span : codeSpans(document)) {
        var name = CLASS_NAME.matcher(span);
        if (name.matches()
            && !ours.contains(name.group(1))
            && !FOREIGN_CLASSES.contains(name.group(1))) {
          missing.add(where(document) + " names class " + span);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyPackageThatADocumentNamesExists() {
    Set<String> ours =
        REPOSITORY.javaFiles().stream()
            .map(file -> file.toString().replaceFirst("\\.java$", "").replace('/', '.'))
            .collect(toUnmodifiableSet());
    List<String> missing = new ArrayList<>();
    for (Path document : REPOSITORY.documents()) {
      OUR_PACKAGE
          .matcher(REPOSITORY.read(document))
          .results()
          .map(MatchResult::group)
          .filter(name -> ours.stream().noneMatch(path -> isOrLivesIn(path, name)))
          .forEach(name -> missing.add(where(document) + " names " + name));
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void theMapHasEveryPackageAndNoOther() {
    Set<String> ours =
        REPOSITORY.javaFiles().stream()
            .map(file -> file.toString().replace('/', '.'))
            .filter(file -> file.endsWith(".package-info.java"))
            .filter(file -> file.contains(".src.main.java.dev.cdcpipeline."))
            .map(file -> file.replaceFirst(".*\\.dev\\.cdcpipeline\\.", ""))
            .map(file -> file.replace(".package-info.java", ""))
            .collect(toUnmodifiableSet());
    String map = REPOSITORY.read(REPOSITORY.root().resolve("docs").resolve("architecture.md"));
    String table = map.substring(map.indexOf("## Packages"), map.indexOf("## Where do I change"));

    Set<String> drawn =
        table
            .lines()
            .filter(line -> line.startsWith("| `"))
            .flatMap(line -> CODE_SPAN.matcher(line.split("\\|", -1)[1]).results())
            .map(span -> span.group(1))
            .collect(toUnmodifiableSet());
    assertThat(drawn).containsExactlyInAnyOrderElementsOf(ours);
  }

  @Test
  void everyPathThatADocumentNamesExists() {
    List<String> missing = new ArrayList<>();
    for (Path document : REPOSITORY.documents()) {
      for (String span : codeSpans(document)) {
        if (REPOSITORY_PATH.matcher(span).matches()
            && !span.contains("/target/")
            && !NOT_KEPT.matcher(span).matches()
            && !Files.exists(REPOSITORY.root().resolve(span))) {
          missing.add(where(document) + " names path " + span);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyLinkBetweenDocumentsLeadsSomewhere() {
    List<String> missing = new ArrayList<>();
    for (Path document : REPOSITORY.documents()) {
      LINK.matcher(withoutFences(document))
          .results()
          .map(link -> link.group(1))
          .filter(target -> !Files.exists(document.resolveSibling(target)))
          .forEach(target -> missing.add(where(document) + " links to " + target));
    }
    assertThat(missing).isEmpty();
  }

  private static boolean isOrLivesIn(String path, String name) {
    return path.endsWith(".java." + name) || path.contains(".java." + name + ".");
  }

  private static List<String> codeSpans(Path document) {
    return CODE_SPAN.matcher(withoutFences(document)).results().map(span -> span.group(1)).toList();
  }

  private static String withoutFences(Path document) {
    return FENCE.matcher(REPOSITORY.read(document)).replaceAll("");
  }

  private static Path where(Path document) {
    return REPOSITORY.root().relativize(document);
  }
}
