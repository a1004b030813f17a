package dev.cdcpipeline.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Records that may hold a secret, by the names of their components: their texts don't have it. A
 * record's text is in messages and logs as soon as somebody writes {@code "" + options}.
 */
class SecretsInRecordsTest {
  private static final Pattern SUSPECT =
      Pattern.compile(
          "(?i).*(urls?|password|secrets?|token|credentials?|authorization|security|login"
              + "|environment|settings|config)");

  /** What has no secret, whatever its name. */
  private static final Set<String> HARMLESS =
      Set.of(
          // which task wrote a spilled transaction
          "SpillHeader",
          // a connector's settings, without the target's address
          "SinkContestant");

  private static final Pattern RECORD = Pattern.compile("(?m)^ *(\\w+ )*record \\w");

  private static final String SECRET = "hidden-word";

  private static final List<Suspect> SUSPECTS = suspects();

  private record Suspect(String type, List<String> components, boolean hasItsOwnText) {
    @Override
    public String toString() {
      return type + components;
    }
  }

  @Test
  void thereAreSuchRecordsInSeveralModules() {
    assertThat(SUSPECTS.stream().map(Suspect::type))
        .contains(
            "dev.cdcpipeline.app.stack.Endpoints",
            "dev.cdcpipeline.app.reread.Reread$Options",
            "dev.cdcpipeline.bench.trial.SinkContestant$Address",
            "dev.cdcpipeline.model.serde.RegistryOptions",
            "dev.cdcpipeline.sink.postgres.SessionOptions");
  }

  @Test
  void eachHasATextOfItsOwn() {
    assertThat(SUSPECTS).allMatch(Suspect::hasItsOwnText);
  }

  @TestFactory
  Stream<DynamicTest> noTextHasTheSecret() {
    // the modules that are on this class path
    return SUSPECTS.stream()
        .filter(suspect -> !suspect.type().startsWith("dev.cdcpipeline.bench."))
        .map(suspect -> DynamicTest.dynamicTest(suspect.type(), () -> hides(suspect)));
  }

  private static void hides(Suspect suspect) throws ReflectiveOperationException {
    Class<?> type = Class.forName(suspect.type());
    List<Class<?>> types = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      types.add(component.getType());
      values.add(value(component));
    }
    assertThat(values.toString()).as("given to " + type).contains(SECRET);
    Constructor<?> constructor = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
    constructor.setAccessible(true);

    assertThat(constructor.newInstance(values.toArray()).toString()).doesNotContain(SECRET);
  }

  private static Object value(RecordComponent component) {
    Class<?> type = component.getType();
    boolean suspect = SUSPECT.matcher(component.getName()).matches();
    if (type == String.class && !suspect) {
      return "x";
    }
    if (type == String.class) {
      return component.getName().matches("(?i).*(registry|connect)Url")
          ? "http://u:" + SECRET + "@h:1/p"
          : component.getName().matches("(?i).*url")
              ? "jdbc:postgresql://h:1/d?user=u&password=" + SECRET
              : SECRET;
    }
    if (type == Map.class) {
      return Map.of("sasl.jaas.config", suspect ? SECRET : "x");
    }
    if (type == List.class) {
      return component.getGenericType().getTypeName().contains("URI")
          ? List.of(URI.create("http://h:1"))
          : List.of();
    }
    if (type.getName().equals("com.fasterxml.jackson.databind.JsonNode")) {
      return new com.fasterxml.jackson.databind.node.TextNode(SECRET);
    }
    if (type == Set.class) {
      return Set.of();
    }
    if (type == Optional.class) {
      return Optional.empty();
    }
    if (type == Path.class) {
      return Path.of("p");
    }
    if (type == Duration.class) {
      return Duration.ofSeconds(1);
    }
    return type == int.class ? (Object) 1 : type == boolean.class ? (Object) true : null;
  }

  private static List<Suspect> suspects() {
    Repository repository = Repository.ofThisBuild();
    List<Path> sources =
        repository.javaFiles().stream()
            .filter(file -> file.toString().contains("/src/main/java/"))
            .filter(file -> RECORD.matcher(repository.read(file)).find())
            .toList();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<Suspect> found = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask parser =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources));
      for (CompilationUnitTree unit : parser.parse()) {
        new Records(found).scan(unit, null);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot parse the sources", e);
    }
    return found;
  }

  /** Collects what is suspect of one file. */
  private static final class Records extends TreePathScanner<Void, Void> {
    private final List<Suspect> found;

    Records(List<Suspect> found) {
      this.found = found;
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
      if (type.getKind() == Tree.Kind.RECORD
          && !HARMLESS.contains(type.getSimpleName().toString())) {
        // a record has no other fields that are not static
        List<String> components =
            type.getMembers().stream()
                .filter(VariableTree.class::isInstance)
                .map(VariableTree.class::cast)
                .filter(field -> !field.getModifiers().getFlags().contains(Modifier.STATIC))
                .filter(field -> field.getType().toString().matches("String|Map<.*|List<.*|Json.*"))
                .map(field -> field.getName().toString())
                .filter(SUSPECT.asMatchPredicate())
                .toList();
        if (!components.isEmpty()) {
          found.add(new Suspect(binaryName(), components, hasToString(type)));
        }
      }
      return super.visitClass(type, null);
    }

    private String binaryName() {
      String name = "";
      for (TreePath path = getCurrentPath(); path != null; path = path.getParentPath()) {
        if (path.getLeaf() instanceof ClassTree outer) {
          name = "$" + outer.getSimpleName() + name;
        }
      }
      return getCurrentPath().getCompilationUnit().getPackageName() + "." + name.substring(1);
    }

    private static boolean hasToString(ClassTree type) {
      return type.getMembers().stream()
          .anyMatch(
              member ->
                  member instanceof MethodTree method
                      && method.getName().contentEquals("toString")
                      && method.getParameters().isEmpty());
    }
  }
}
