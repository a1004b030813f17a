package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * The user as whom a PostgreSQL server runs.
 *
 * <p>That is whoever runs the launcher, but for root: PostgreSQL's superuser can read and write
 * files and run programs, and that must not be with root's rights. A server then runs under a
 * number that no account has, another for each, so that not even {@code nobody} shares it. Its
 * directory is handed to it as its working directory, because those above may be closed to it.
 */
final class ServerAccount {
  /** Such numbers are given to neither people nor packages. */
  private static final int FIRST = 62_000;

  private static final int STACKS = 1_500;
  private static final Path ACCOUNTS = Path.of("/etc/passwd");
  private static final int NOBODY = 65_534;
  private static final Path HERE = Path.of("/proc/self/cwd");

  private static final int SELF = -1;

  private final List<String> server;
  private final List<String> initialiser;
  private final int user;

  private ServerAccount(List<String> server, List<String> initialiser, int user) {
    this.server = server;
    this.initialiser = initialiser;
    this.user = user;
  }

  /**
   * Chooses the user.
   *
   * @param listener told if the server will have root's rights after all
   * @throws StackException if the launcher is root and can't be anybody else
   */
  static ServerAccount of(Service service, DataDirectory data, StackListener listener) {
    if (!data.isOwnedByRoot()) {
      return new ServerAccount(List.of(), List.of(), SELF);
    }
    int number = number(service, data.root());
    List<String> unprivileged = as(number);
    List<String> namespace = List.of("unshare", "-U");
    boolean hasNamespaces = succeeds(namespace);
    if (succeeds(unprivileged)) {
      // initdb asks for the name of its user; in a namespace, and only there, root is called nobody
      return new ServerAccount(unprivileged, hasNamespaces ? namespace : as(NOBODY), number);
    }
    if (hasNamespaces) {
      listener.progress(
          "the %s runs with root's rights: setpriv (util-linux) cannot change the user here; run as another user if that matters"
              .formatted(service.title()));
      return new ServerAccount(namespace, namespace, SELF);
    }
    throw new StackException(
        "PostgreSQL refuses to run as root, and neither setpriv (util-linux) nor `unshare -U` can"
            + " run it as anybody else here; run as another user");
  }

  private static List<String> as(int number) {
    return List.of(
        "setpriv",
        "--reuid=" + number,
        "--regid=" + number,
        "--clear-groups",
        "--inh-caps=-all",
        "--no-new-privs");
  }

  private static boolean succeeds(List<String> prefix) {
    List<String> command = new ArrayList<>(prefix);
    command.add("true");
    return Programs.succeeds(command.toArray(String[]::new));
  }

  /** The same at each start on the same directory, unless an account has taken it since. */
  private static int number(Service service, Path root) {
    List<String> taken;
    try {
      taken = Files.readAllLines(ACCOUNTS).stream().map(ServerAccount::numberOf).toList();
    } catch (IOException e) {
      taken = List.of();
    }
    int stack = Math.floorMod(root.toString().hashCode(), STACKS);
    int number = FIRST + 2 * stack + (service == Service.TARGET_DATABASE ? 1 : 0);
    while (taken.contains(Integer.toString(number))) {
      number += 2;
    }
    return number;
  }

  private static String numberOf(String account) {
    String[] fields = account.split(":");
    return fields.length > 2 ? fields[2] : "";
  }

  /** What stands before the server's command. */
  List<String> server() {
    return server;
  }

  /** What stands before initdb's command. */
  List<String> initialiser() {
    return initialiser;
  }

  /** Whether the server is another user than the launcher. */
  boolean isOther() {
    return user != SELF;
  }

  /** What a server calls its directory; it is its working directory, too. */
  Path nameOf(Path directory) {
    return isOther() ? HERE : directory;
  }

  /** Gives a file or an empty directory to the user of initdb. */
  void giveToInitialiser(Path path) throws IOException {
    if (initialiser.equals(as(NOBODY))) {
      give(path, NOBODY);
    }
  }

  /** Gives a directory with all that is in it to the server, unless it has it. */
  void giveToServer(Path directory) throws IOException {
    if (!isOther() || owner(directory) == user) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            give(file, user);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            // the directory itself comes last: until then it all is done again
            give(visited, user);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static int owner(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static void give(Path path, int number) throws IOException {
    Files.setAttribute(path, "unix:gid", number, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:uid", number, LinkOption.NOFOLLOW_LINKS);
  }
}
