package dev.cdcpipeline.sink.transaction;

import static dev.cdcpipeline.sink.transaction.AssemblerFixture.CUSTOMERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.MARKERS;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_1;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.begin;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.end;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.streamed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.SmallJvm;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not fit into memory goes to disk, or is not read yet; and nothing waits for itself. */
class BoundedMemoryTest {
  @TempDir private Path directory;

  private AssemblerFixture given(long bufferMaxBytes) {
    return new AssemblerFixture(directory, AssemblerStart.after(Optional.empty()), bufferMaxBytes);
  }

  private List<Path> files() throws IOException {
    try (var files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".spill")).toList();
    }
  }

  @Test
  void spillsATransactionThatTakesHalfOfTheBufferAndReadsItAgainInOrder() throws IOException {
    AssemblerFixture given = given(400);
    given.read(begin(7, 100));
    for (int i = 1; i <= 60; i++) {
      given.read(i % 3 == 0 ? ORDERS_0 : ORDERS_1, streamed("orders", i, i, 7, 100 + i, 90L, i));
    }
    given.read(end(7, 200, Map.of("public.orders", 60L)));
    assertThat(files()).hasSize(2);
    assertThat(given.assembler.counters().bufferedBytes()).isLessThan(200 + 256 + 1);

    SourceTransaction released = (SourceTransaction) given.releases().get(0);

    List<RowChange> first = AssemblerFixture.changes(released);
    assertThat(first).hasSize(60).isEqualTo(AssemblerFixture.changes(released));
    for (int i = 1; i <= 60; i++) {
      assertThat(first.get(i - 1).position().totalOrder()).isEqualTo(i);
      assertThat(first.get(i - 1).row().get("version")).isEqualTo(i);
    }
    released.chunks(7, Long.MAX_VALUE).iterator().next();
    released.close();
    assertThat(files()).isEmpty();
    assertThat(given.assembler.counters().spilledBytes()).isZero();
    assertThat(given.assembler.counters().bufferedBytes()).isZero();
  }

  @Test
  void pausesPartitionsThatHoldLaterTransactionsAndNeverOneThatTheOldestNeeds() {
    AssemblerFixture given = given(150);
    given.read(begin(7, 100));
    given.read(end(7, 110, Map.of("public.orders", 2L)));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    for (int i = 1; i <= 10; i++) {
      given.read(CUSTOMERS_0, streamed("customers", 1, i, 8, 120 + i, 110L, i));
    }

    assertThat(given.assembler.partitionsToPause()).containsExactlyInAnyOrder(CUSTOMERS_0, MARKERS);
    assertThat(given.assembler.partitionsToPause()).isEmpty();
    assertThat(given.assembler.partitionsToResume()).isEmpty();

    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    ((SourceTransaction) given.releases().get(0)).close();

    assertThat(given.assembler.partitionsToResume())
        .as("the next transaction is the oldest now, and needs what holds it")
        .contains(MARKERS);
  }

  @Test
  void readsOnTheTransactionTopicAsLongAsTheOldestHasNotEnded() {
    AssemblerFixture given = given(100);
    for (int i = 0; i < 8; i++) {
      given.read(
          CUSTOMERS_0, streamed("customers", 1, i, 8L + i, 115 + 10L * i, 110L + 10L * i, 1));
    }
    assertThat(given.assembler.partitionsToPause()).containsExactly(CUSTOMERS_0);

    given.read(begin(8, 120));

    assertThat(given.assembler.partitionsToPause()).isEmpty();
    given.read(end(8, 120, Map.of("public.customers", 1L)));
    assertThat(given.released()).containsExactly(8L);
  }

  @Test
  void carriesAMillionRowTransactionInASmallHeap() throws Exception {
    String output = SmallJvm.run("96m", MillionRows.class, directory.toString());

    assertThat(output).contains("1000000 rows in order");
    assertThat(files()).isEmpty();
  }

  /** Run in a JVM of its own, whose heap could not hold the rows. */
  static final class MillionRows {
    private static final int ROWS = 1_000_000;

    private MillionRows() {}

    public static void main(String[] args) {
      AssemblerFixture given =
          new AssemblerFixture(Path.of(args[0]), AssemblerStart.after(Optional.empty()), 4L << 20);
      given.read(begin(7, 100));
      List<PartitionId> partitions = List.of(ORDERS_0, ORDERS_1, CUSTOMERS_0);
      for (int i = 1; i <= ROWS; i++) {
        PartitionId partition = partitions.get(i % 3);
        String table = partition.equals(CUSTOMERS_0) ? "customers" : "orders";
        int number = partition.equals(CUSTOMERS_0) ? (i + 1) / 3 : i - (i + 1) / 3;
        given.read(partition, streamed(table, i, i, 7, 100L + i, 90L, i).numbered(number));
      }
      long customers = ROWS / 3;
      given.read(
          end(
              7,
              2_000_000,
              Map.of("public.orders", ROWS - customers, "public.customers", customers)));
      try (SourceTransaction released = (SourceTransaction) given.releases().get(0)) {
        long next = 1;
        for (List<RowChange> chunk : released.chunks(20_000, Long.MAX_VALUE)) {
          for (RowChange change : new ArrayList<>(chunk)) {
            if (change.position().totalOrder() != next++) {
              throw new IllegalStateException("row " + next + " is " + change.position());
            }
          }
        }
        System.out.println((next - 1) + " rows in order");
      }
      given.assembler.close();
    }
  }
}
