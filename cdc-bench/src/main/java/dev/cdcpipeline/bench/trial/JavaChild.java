package dev.cdcpipeline.bench.trial;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of this class path in a JVM of its own, its words in a file. */
public final class JavaChild implements AutoCloseable {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private final Process process;
  private final String what;
  private final Path log;

  private JavaChild(Process process, String what, Path log) {
    this.process = process;
    this.what = what;
    this.log = log;
  }

  /**
   * Starts it.
   *
   * @param options of the JVM
   * @param log a file for what it says; null for this process's own output
   */
  public static JavaChild start(
      List<String> options, String mainClass, List<String> arguments, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    if (log == null) {
      builder.inheritIO();
    } else {
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
    }
    return new JavaChild(builder.start(), mainClass, log);
  }

  /**
   * Waits for its end.
   *
   * @return its exit code; -1 if it took longer than the limit and was stopped
   */
  public int await(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      close();
      return -1;
    }
    return process.exitValue();
  }

  /**
   * Says so if it has ended.
   *
   * @throws IOException with where its words are
   */
  void check() throws IOException {
    if (!process.isAlive()) {
      throw new IOException(
          "%s ended with %d; its words are in %s".formatted(what, process.exitValue(), log));
    }
  }

  /** Asks it to end, so that it stops what it has started; kills it if it does not. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
