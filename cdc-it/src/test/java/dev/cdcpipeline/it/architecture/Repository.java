package dev.cdcpipeline.it.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The files of this repository, without what a build or a tool puts beside them. */
public record Repository(Path root) {
  private static final Set<String> NOT_SOURCES =
      Set.of("target", ".git", ".cdc", "dist", ".idea", ".vscode");

  /** The repository that the test runs in, found upwards from the module's directory. */
  public static Repository ofThisBuild() {
    for (Path dir = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        dir != null;
        dir = dir.getParent()) {
      if (Files.isRegularFile(dir.resolve("CONTRIBUTING.md"))) {
        return new Repository(dir);
      }
    }
    throw new IllegalStateException(
        "no CONTRIBUTING.md above " + Path.of("").toAbsolutePath() + "; run the test by Maven");
  }

  /** All sources of Java, tests included. */
  List<Path> javaFiles() {
    return files(path -> path.toString().endsWith(".java"));
  }

  /** The documents that speak of the code as it is now; the changelog speaks of the past. */
  List<Path> documents() {
    return files(
        path ->
            path.toString().endsWith(".md")
                && !path.getFileName().toString().equals("CHANGELOG.md"));
  }

  /** The modules that lie in the root. */
  public List<Path> modules() {
    try (Stream<Path> children = Files.list(root)) {
      return children.filter(dir -> Files.isRegularFile(dir.resolve("pom.xml"))).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
  }

  /** The text of a file. */
  public String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private List<Path> files(Predicate<Path> wanted) {
    List<Path> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              return NOT_SOURCES.contains(String.valueOf(dir.getFileName()))
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (wanted.test(file)) {
                found.add(file);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot walk " + root, e);
    }
    return found.stream().sorted().toList();
  }
}
