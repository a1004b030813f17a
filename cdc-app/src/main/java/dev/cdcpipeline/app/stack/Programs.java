package dev.cdcpipeline.app.stack;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The few programs of the operating system that the stack calls. */
final class Programs {
  private Programs() {}

  /** Whether a program of this name is on the path. */
  static boolean isInstalled(String name) {
    String path = System.getenv("PATH");
    return path != null
        && Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(path)
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
  }

  /** Sends a signal; a process that is gone is no error. */
  static void signal(String signal, long pid) {
    // the JDK can send TERM and KILL only
    run(List.of("sh", "-c", "kill -" + signal + " " + pid));
  }

  /** Whether a command ends with 0 within ten seconds. */
  static boolean succeeds(String... command) {
    return run(List.of(command)) == 0;
  }

  private static int run(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return -1;
      }
      return process.exitValue();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }
}
