package dev.cdcpipeline.it.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.it.architecture.Repository;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A project under {@code examples}, compiled as its pom would have it: of our modules it sees those
 * that it depends on, and what they depend on.
 */
final class Example implements AutoCloseable {
  private static final Repository REPOSITORY = Repository.ofThisBuild();
  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "(?s)<dependency>\\s*<groupId>dev\\.cdcpipeline</groupId>\\s*<artifactId>([\\w-]+)</artifactId>(.*?)</dependency>");

  /** A module in a class path: its directory in this tree, or in a repository of Maven's. */
  private static final Pattern OUR_MODULE =
      Pattern.compile(".*/(cdc-[a-z]+)/(?:target/.*|[^/]+/cdc-[a-z]+-[^/]+\\.jar)");

  private final Path project;
  private final URLClassLoader classes;

  private Example(Path project, URLClassLoader classes) {
    this.project = project;
    this.classes = classes;
  }

  /** Compiles a project with all warnings into a directory. */
  static Example compile(String name, Path output) throws IOException {
    Path project = REPOSITORY.root().resolve("examples").resolve(name);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (Stream<Path> files = Files.walk(project.resolve("src/main/java"));
        StandardJavaFileManager manager =
            compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  manager,
                  null,
                  List.of(
                      "--release",
                      "17",
                      "-proc:none",
                      "-Xlint:all,-path",
                      "-Werror",
                      "-d",
                      output.toString(),
                      "-classpath",
                      classPath(project.resolve("pom.xml"))),
                  null,
                  manager.getJavaFileObjectsFromPaths(sources))
              .call();
      assertThat(compiled).as("%s compiles:%n%s", project, messages).isTrue();
    }
    return new Example(
        project,
        new URLClassLoader(new URL[] {output.toUri().toURL()}, Example.class.getClassLoader()));
  }

  private static String classPath(Path pom) {
    Set<String> seen = new TreeSet<>();
    addDependencies(pom, seen);
    assertThat(seen).as("modules that %s depends on", pom).isNotEmpty();
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator))
        .filter(
            entry -> {
              Matcher module = OUR_MODULE.matcher(entry.replace(File.separatorChar, '/'));
              return !module.matches() || seen.contains(module.group(1));
            })
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static void addDependencies(Path pom, Set<String> modules) {
    String declared =
        REPOSITORY
            .read(pom)
            .replaceFirst("(?s)<dependencyManagement>.*</dependencyManagement>", "");
    for (MatchResult dependency : DEPENDENCY.matcher(declared).results().toList()) {
      String module = dependency.group(1);
      if (!dependency.group(2).contains("<scope>") && modules.add(module)) {
        addDependencies(REPOSITORY.root().resolve(module).resolve("pom.xml"), modules);
      }
    }
  }

  ClassLoader classLoader() {
    return classes;
  }

  /** A class of the project. */
  Class<?> type(String name) throws ClassNotFoundException {
    return Class.forName(name, true, classes);
  }

  /** A file of the project. */
  Path file(String name) {
    return project.resolve(name);
  }

  @Override
  public void close() throws IOException {
    classes.close();
  }
}
