package dev.cdcpipeline.sink.transaction;

import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_0;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.begin;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.end;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.streamed;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.SmallJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is spilled belongs to one assembler, whoever else spills beside it. */
class SpillDirectoryTest {
  @TempDir private Path parent;

  /** An assembler that has spilled a transaction of ten rows, all with the same version. */
  private static AssemblerFixture spilled(Path parent, int version) {
    AssemblerFixture given =
        new AssemblerFixture(parent, AssemblerStart.after(Optional.empty()), 40);
    given.read(begin(7, 100));
    for (int i = 1; i <= 10; i++) {
      given.read(ORDERS_0, streamed("orders", i, version, 7, 100 + i, 90L, i));
    }
    return given;
  }

  private static List<Object> versions(AssemblerFixture given) {
    given.read(end(7, 200, Map.of("public.orders", 10L)));
    return AssemblerFixture.changes((SourceTransaction) given.releases().get(0)).stream()
        .map(change -> change.row().get("version"))
        .distinct()
        .toList();
  }

  private List<Path> directories() throws IOException {
    try (var found = Files.list(parent)) {
      return found.toList();
    }
  }

  private static Path file(Path directory) throws IOException {
    try (var found = Files.list(directory)) {
      return found.filter(f -> f.toString().endsWith(".spill")).findFirst().orElseThrow();
    }
  }

  @Test
  void twoAssemblersOfOneSinkDoNotSeeEachOthersRows() throws IOException {
    AssemblerFixture first = spilled(parent, 1);
    AssemblerFixture second = spilled(parent, 2);
    assertThat(directories()).hasSize(2);

    assertThat(versions(second)).containsExactly(2);
    second.assembler.close();
    assertThat(versions(first)).containsExactly(1);
    first.assembler.close();

    assertThat(directories()).isEmpty();
  }

  @Test
  void onlyItsUserMayEnterTheDirectory() throws IOException {
    AssemblerFixture given = spilled(parent, 1);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directories().get(0))))
        .isEqualTo("rwx------");
    given.assembler.close();
  }

  @Test
  void deletesWhatADeadProcessLeft() throws Exception {
    SmallJvm.run("64m", Dies.class, parent.toString());
    assertThat(directories()).hasSize(1);

    AssemblerFixture given = spilled(parent, 2);

    assertThat(directories()).hasSize(1);
    assertThat(versions(given)).containsExactly(2);
    given.assembler.close();
    assertThat(directories()).isEmpty();
  }

  @Test
  void leavesAloneWhatALivingProcessSpilled() throws Exception {
    Process living = SmallJvm.start("64m", Lives.class, parent.toString());
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(living.getInputStream(), UTF_8))) {
      String line = output.readLine();
      while (line != null && !line.equals("spilled")) {
        line = output.readLine();
      }
      assertThat(line).isEqualTo("spilled");

      spilled(parent, 2).assembler.close();
      spilled(parent, 3).assembler.close();

      living.getOutputStream().close();
      assertThat(output.lines().toList()).containsExactly("[1]");
      assertThat(living.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      living.destroyForcibly();
    }
    assertThat(directories()).isEmpty();
  }

  @Test
  void leavesAloneWhatIsNoSpillDirectory() throws IOException {
    Path other = Files.createDirectory(parent.resolve("cdc-sink-of-somebody"));
    Files.writeString(other.resolve("7-0.spill"), "rows");

    spilled(parent, 1).assembler.close();

    assertThat(other.resolve("7-0.spill")).exists();
  }

  @Test
  void refusesAnothersFileInThePlaceOfItsOwn() throws IOException {
    AssemblerFixture first = spilled(parent, 1);
    assertThat(versions(first)).containsExactly(1);
    Path ofFirst = file(directories().get(0));
    AssemblerFixture second = spilled(parent, 2);
    Path directory =
        directories().stream()
            .filter(d -> !d.equals(ofFirst.getParent()))
            .findFirst()
            .orElseThrow();
    second.read(end(7, 200, Map.of("public.orders", 10L)));
    SourceTransaction released = (SourceTransaction) second.releases().get(0);
    assertThat(released.chunks(1, 1).iterator()).hasNext();
    Files.copy(ofFirst, file(directory), StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> released.chunks(1, 1).iterator().next())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("cannot read spilled changes from " + file(directory))
        .hasMessageContaining("SpillHeader[owner=sink of a test, transaction=TransactionIdentity")
        .hasMessageEndingWith("Restart the task, which reads them from Kafka again");
    first.assembler.close();
    second.assembler.close();
  }

  @Test
  void refusesAFileThatWasCutShort() throws IOException {
    AssemblerFixture given = spilled(parent, 1);
    given.read(end(7, 200, Map.of("public.orders", 10L)));
    SourceTransaction released = (SourceTransaction) given.releases().get(0);
    AssemblerFixture.changes(released);
    Path file = file(directories().get(0));
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 3));

    assertThatThrownBy(() -> AssemblerFixture.changes(released))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("cannot read spilled changes from " + file + ": it ends too early");
    given.assembler.close();
  }

  /** Spills and is killed. */
  static final class Dies {
    private Dies() {}

    public static void main(String[] args) {
      spilled(Path.of(args[0]), 1);
      Runtime.getRuntime().halt(0);
    }
  }

  /** Spills, waits for the end of its input and reads what it spilled. */
  static final class Lives {
    private Lives() {}

    public static void main(String[] args) throws IOException {
      AssemblerFixture given = spilled(Path.of(args[0]), 1);
      System.out.println("spilled");
      while (System.in.read() >= 0) {
        // nothing is said before the end
      }
      System.out.println(versions(given));
      given.assembler.close();
    }
  }
}
