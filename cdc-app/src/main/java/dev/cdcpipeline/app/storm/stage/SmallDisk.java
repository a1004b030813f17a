package dev.cdcpipeline.app.storm.stage;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A small file system of its own for the target's tables, which can be filled: memory that is
 * mounted, which needs root. It is outside the data directory, whose parents are closed to the user
 * as whom the server runs.
 */
public final class SmallDisk {
  private static final String SIZE = "700m";
  private static final long COMMAND_SECONDS = 20;
  private static final int BLOCK = 1 << 20;
  private static final String FILLER = "filler";

  private final Path mount;

  private SmallDisk(Path mount) {
    this.mount = mount;
  }

  /** Mounts one in the system's temporary directory; empty where that is not permitted. */
  static Optional<SmallDisk> mount() throws IOException, InterruptedException {
    Path at = Files.createTempDirectory("cdc-storm-disk-");
    // a way through for the server, and nothing to be read on it
    if (run("mount", "-t", "tmpfs", "-o", "size=" + SIZE + ",mode=711", "tmpfs", at.toString())) {
      return Optional.of(new SmallDisk(at));
    }
    Files.delete(at);
    return Optional.empty();
  }

  /**
   * The directory for the target's tablespace, made if it is missing.
   *
   * @param cluster the server's own directory, whose owner is given this one, too
   */
  Path tables(Path cluster) throws IOException {
    Path tables = Files.createDirectories(mount.resolve("tables"));
    for (String owner : List.of("unix:gid", "unix:uid")) {
      Files.setAttribute(tables, owner, Files.getAttribute(cluster, owner));
    }
    return tables;
  }

  /** Takes all the space that is left. */
  public void fill() throws IOException {
    byte[] block = new byte[BLOCK];
    try (OutputStream filler = Files.newOutputStream(mount.resolve(FILLER))) {
      while (mount.toFile().getUsableSpace() > 0) {
        filler.write(block);
      }
    } catch (IOException full) {
      // no space left: just what is wanted
      return;
    }
  }

  /** Gives it back. */
  public void free() throws IOException {
    Files.deleteIfExists(mount.resolve(FILLER));
  }

  /** Takes it away, with everything on it. */
  void unmount() throws IOException, InterruptedException {
    // lazily: a server that is going down may still have files open
    if (run("umount", "-l", mount.toString())) {
      Files.delete(mount);
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return false; // there is no such program here
    }
    if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return false;
    }
    return process.exitValue() == 0;
  }
}
