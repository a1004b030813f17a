package dev.cdcpipeline.sink.transaction;

import static dev.cdcpipeline.sink.transaction.AssemblerFixture.CUSTOMERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.MARKERS;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_1;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.applied;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.begin;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.end;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.incremental;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.streamed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransactionAssemblerTest {
  @TempDir private Path directory;
  private AssemblerFixture given;

  @BeforeEach
  void start() {
    given = AssemblerFixture.started(directory);
  }

  @Test
  void releasesATransactionOnceEndAndAllItsChangesAreRead() {
    given.read(begin(7, 100));
    given.read(end(7, 130, Map.of("public.orders", 2L, "public.customers", 1L)));
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 120, 90L, 3).numbered(2));
    given.read(CUSTOMERS_0, streamed("customers", 1, 1, 7, 100, 90L, 1));
    assertThat(given.releases()).isEmpty();

    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 110, 90L, 2).numbered(1));

    SourceTransaction released = (SourceTransaction) given.releases().get(0);
    assertThat(released.transactionId()).isEqualTo(7);
    assertThat(released.commitLsn()).isEqualTo(new Lsn(130));
    assertThat(released.commitTime()).hasToString("1970-01-01T00:00:01.007Z");
    assertThat(released.counts()).isEqualTo(Map.of("public.orders", 2L, "public.customers", 1L));
    assertThat(AssemblerFixture.changes(released))
        .extracting(c -> c.position().totalOrder())
        .containsExactly(1L, 2L, 3L);
    assertThat(released.nextOffsets())
        .isEqualTo(Map.of(ORDERS_0, 1L, ORDERS_1, 1L, CUSTOMERS_0, 1L, MARKERS, 2L));
  }

  @Test
  void offsetsStopAtTheFirstEventOfATransactionThatWaits() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(end(7, 110, Map.of("public.orders", 1L)));
    given.read(begin(8, 120));
    given.read(ORDERS_0, streamed("orders", 3, 2, 8, 120, 110L, 1));
    given.read(ORDERS_1, streamed("orders", 4, 1, 8, 125, 110L, 2));

    Release released = given.releases().get(0);

    assertThat(released.nextOffsets()).isEqualTo(Map.of(ORDERS_0, 1L, ORDERS_1, 0L, MARKERS, 2L));
  }

  @Test
  void offsetsPassTombstonesAndRepeatsWhenNothingWaits() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.readTombstone(ORDERS_0);
    given.read(end(7, 110, Map.of("public.orders", 1L)));
    given.releases();
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(end(7, 110, Map.of("public.orders", 1L)));

    assertThat(given.releases()).isEmpty();
    assertThat(given.assembler.nextOffsets())
        .isEqualTo(Map.of(ORDERS_0, 3L, ORDERS_1, 0L, CUSTOMERS_0, 0L, MARKERS, 4L));
    assertThat(given.assembler.counters().repeatedTransactions()).isEqualTo(1);
    assertThat(given.assembler.counters().repeatedChanges()).isEqualTo(1);
  }

  @Test
  void releasesATransactionWithoutChangesInItsTurn() {
    given.read(begin(7, 100));
    given.read(end(7, 110, Map.of("public.orders", 1L)));
    given.read(begin(8, 120));
    given.read(end(8, 120, Map.of()));
    assertThat(given.releases()).isEmpty();

    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));

    assertThat(given.released()).containsExactly(7L, 8L);
  }

  @Test
  void doesNotWaitForTablesThatAreNotCaptured() {
    given.read(begin(7, 100));
    given.read(end(7, 110, Map.of("public.audit", 3L, "public.orders", 1L, "message", 1L)));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 4).numbered(1));
    given.read(begin(8, 120));
    given.read(end(8, 130, Map.of("public.audit", 5L)));

    List<Release> released = given.releases();

    assertThat(released).hasSize(2);
    assertThat(((SourceTransaction) released.get(0)).counts())
        .isEqualTo(Map.of("public.orders", 1L));
    assertThat(((SourceTransaction) released.get(1)).size()).isZero();
  }

  @Test
  void skipsAfterARestartWhatTheTargetHolds() {
    given =
        new AssemblerFixture(
            directory, AssemblerStart.after(Optional.of(applied(7, 110))), 1_000_000);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(7, 100));
    given.read(end(7, 110, Map.of("public.orders", 1L)));
    given.read(begin(8, 120));
    given.read(ORDERS_0, streamed("orders", 3, 2, 8, 120, 110L, 1));
    given.read(end(8, 130, Map.of("public.orders", 1L)));

    List<Release> released = given.releases();

    assertThat(released).hasSize(1);
    assertThat(((SourceTransaction) released.get(0)).transactionId()).isEqualTo(8);
    assertThat(released.get(0).nextOffsets())
        .containsEntry(ORDERS_0, 2L)
        .containsEntry(MARKERS, 4L);
  }

  @Test
  void releasesARowWrittenBeforeACommitThatWasAppliedIfItsOwnCommitIsLater() {
    given.read(begin(8, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 8, 100, 90L, 1));
    given.read(end(8, 110, Map.of("public.orders", 1L)));
    assertThat(given.released()).containsExactly(8L);

    given.read(begin(7, 95));
    given.read(ORDERS_0, streamed("orders", 4, 1, 7, 95, 110L, 1));
    given.read(end(7, 120, Map.of("public.orders", 1L)));

    assertThat(given.released()).containsExactly(7L);
  }

  @Test
  void ignoresRecordsThatAreHandedInTwice() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.assembler.change(streamed("orders", 3, 1, 7, 100, 90L, 1).at(ORDERS_0, 0));
    given.assembler.marker(
        begin(7, 100), Delivery.WHOLE_TRANSACTIONS, new Coordinates(MARKERS.topic(), 0, 0));
    given.read(end(7, 110, Map.of("public.orders", 1L)));

    assertThat(given.released()).containsExactly(7L);
    assertThat(given.assembler.counters().repeatedChanges()).isZero();
  }

  @Test
  void putsIncrementalRowsBetweenTheChangesTheyStandBetween() {
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_0, incremental("orders", 4, 1, 110L));
    given.read(ORDERS_0, incremental("orders", 5, 1, 110L));
    given.read(ORDERS_0, streamed("orders", 4, 2, 8, 120, 110L, 1));
    given.read(begin(7, 100));
    given.read(end(7, 110, Map.of("public.orders", 1L)));
    given.read(begin(8, 120));
    given.read(end(8, 130, Map.of("public.orders", 1L)));

    List<Release> released = given.releases();

    assertThat(released)
        .extracting(r -> r.getClass().getSimpleName())
        .containsExactly("SourceTransaction", "IncrementalRows", "SourceTransaction");
    assertThat(released).extracting(r -> r.nextOffsets().get(ORDERS_0)).containsExactly(1L, 3L, 4L);
    assertThat(((IncrementalRows) released.get(1)).rows()).hasSize(2);
  }

  @Test
  void takesATruncateThatIsReadInTwoPartitionsOnce() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, EncodedChanges.truncate("orders", 7, 100, 90L, 1));
    given.read(ORDERS_1, EncodedChanges.truncate("orders", 7, 100, 90L, 1));
    given.read(CUSTOMERS_0, streamed("customers", 1, 1, 7, 105, 90L, 2).numbered(1));
    given.read(end(7, 110, Map.of("public.orders", 1L, "public.customers", 1L)));

    assertThat(given.released()).containsExactly(7L);
    assertThat(given.assembler.counters().repeatedChanges()).isEqualTo(1);
  }

  @Test
  void refusesAStreamedChangeWithoutTransactionMetadata() {
    assertThatThrownBy(() -> given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 0)))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessage(
            "[shop.public.orders-0@0] streamed change has no transaction block; set"
                + " provide.transaction.metadata=true on the source connector, delete the change"
                + " topics and take a new snapshot: changes written without it can't be put into"
                + " commit order");
  }

  @Test
  void refusesATransactionThatBeganAndNeverEnded() {
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(8, 120), Delivery.UNKNOWN);

    assertThatThrownBy(() -> given.read(end(8, 130, Map.of("public.orders", 1L)), Delivery.UNKNOWN))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageStartingWith(
            "transaction 7 has a BEGIN and 1 changes but no END, and a transaction begun later has"
                + " ended");
  }

  @Test
  void refusesChangesWhoseMarkersWereSkipped() {
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(8, 120));
    given.read(ORDERS_1, streamed("orders", 4, 1, 8, 120, 110L, 1));
    given.read(end(8, 130, Map.of("public.orders", 1L)));

    assertThatThrownBy(given::releases)
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageStartingWith(
            "transaction 7 has 1 changes {public.orders=1} but no END, and the transaction at 0/82,"
                + " committed later, has ended");
  }

  @Test
  void refusesCountsThatContradictTheChanges() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));

    assertThatThrownBy(() -> given.read(end(7, 110, Map.of("public.customers", 1L))))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageStartingWith(
            "transaction 7 (commit 0/6E): END counts {public.customers=1} but the changes read are"
                + " {public.orders=1}");
  }

  @Test
  void refusesAMarkerFromASecondPartition() {
    assertThatThrownBy(
            () ->
                given.assembler.marker(
                    begin(7, 100),
                    Delivery.WHOLE_TRANSACTIONS,
                    new Coordinates(DebeziumTopics.TRANSACTIONS, 1, 5)))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessage(
            "[shop.transaction-1@5] transaction marker read from here, expected"
                + " shop.transaction-0 only; the transaction topic must have one partition");
  }

  @Test
  void chunksDoNotSeparateTheHalvesOfAKeyChange() {
    given.read(begin(7, 100));
    given.read(end(7, 150, Map.of("public.orders", 6L)));
    long order = 0;
    for (int id = 1; id <= 2; id++) {
      given.read(ORDERS_0, event(Operation.DELETE, id, 100 + id, ++order));
      given.read(ORDERS_1, event(Operation.CREATE, id + 10, 100 + id, ++order));
    }
    given.read(ORDERS_0, event(Operation.DELETE, 3, 110, ++order));
    given.read(ORDERS_0, event(Operation.CREATE, 4, 111, ++order));
    SourceTransaction released = (SourceTransaction) given.releases().get(0);

    List<List<String>> chunks = new ArrayList<>();
    for (List<RowChange> chunk : released.chunks(1, Long.MAX_VALUE)) {
      chunks.add(chunk.stream().map(c -> c.operation().code() + c.row().get(0)).toList());
    }

    assertThat(chunks)
        .as("a delete and a create of two places in the log are two changes")
        .containsExactly(List.of("d1", "c11"), List.of("d2", "c12"), List.of("d3"), List.of("c4"));
  }

  private static EncodedChanges.Event event(Operation operation, int id, long lsn, long order) {
    return new EncodedChanges.Event(
        "orders", operation, Source.Snapshot.FALSE, id, 1, lsn, 90L, 7L, order, order);
  }
}
