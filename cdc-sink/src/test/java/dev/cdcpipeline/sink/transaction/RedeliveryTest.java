package dev.cdcpipeline.sink.transaction;

import static dev.cdcpipeline.sink.transaction.AssemblerFixture.CUSTOMERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.MARKERS;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_1;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.applied;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.begin;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.end;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.streamed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.TransactionMarker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A transaction that is delivered again is applied once, and never mixed up with another. */
class RedeliveryTest {
  @TempDir private Path directory;
  private AssemblerFixture given;

  @BeforeEach
  void start() {
    given = AssemblerFixture.started(directory);
  }

  private static List<Object> ids(Release release) {
    return AssemblerFixture.changes((SourceTransaction) release).stream()
        .map(change -> change.row().get("id"))
        .toList();
  }

  @Test
  void takesEachChangeOfASplitTransactionOnce() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_0, streamed("orders", 6, 1, 7, 110, 90L, 3));
    given.read(end(7, 120, Map.of("public.orders", 3L)));

    List<Release> released = given.releases();

    assertThat(released).hasSize(1);
    assertThat(ids(released.get(0))).containsExactly(3, 4, 6);
    assertThat(given.assembler.counters().repeatedChanges()).isEqualTo(1);
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    assertThat(given.assembler.nextOffsets())
        .containsEntry(ORDERS_1, 2L)
        .containsEntry(MARKERS, 3L);
  }

  @Test
  void takesASplitTransactionWhoseRestWasReadBeforeItsBegin() {
    given.read(begin(7, 100));
    given.read(begin(7, 100));
    given.read(end(7, 120, Map.of("public.orders", 3L)));
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    given.read(ORDERS_1, streamed("orders", 7, 1, 7, 110, 90L, 3));
    assertThat(given.releases()).isEmpty();

    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));

    assertThat(ids(given.releases().get(0))).containsExactly(3, 4, 7);
  }

  @Test
  void findsRowsWithoutAKeyInAnyPartition() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 4, 1, 7, 105, 90L, 2));
    given.read(ORDERS_1, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_1, streamed("orders", 6, 1, 7, 110, 90L, 3));
    given.read(end(7, 120, Map.of("public.orders", 3L)));

    assertThat(ids(given.releases().get(0))).containsExactly(3, 4, 6);
  }

  @Test
  void sortsARowThatWasReadFirstWhereItWasDeliveredAgain() {
    given.read(begin(7, 100));
    given.read(begin(7, 100));
    given.read(end(7, 120, Map.of("public.orders", 3L)));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_0, streamed("orders", 6, 1, 7, 110, 90L, 3));
    given.read(ORDERS_0, streamed("orders", 4, 1, 7, 105, 90L, 2));

    assertThat(ids(given.releases().get(0))).containsExactly(3, 4, 6);
  }

  @Test
  void takesChangesWhoseTotalOrderMovedBecauseATableWasAdded() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(7, 95));
    given.read(CUSTOMERS_0, streamed("customers", 1, 1, 7, 95, 90L, 1));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 2).numbered(1));
    given.read(ORDERS_0, streamed("orders", 6, 1, 7, 110, 90L, 3).numbered(2));
    given.read(end(7, 120, Map.of("public.orders", 2L, "public.customers", 1L)));

    assertThat(ids(given.releases().get(0))).containsExactly(1, 3, 6);
  }

  @Test
  void dropsAWholeTransactionThatIsDeliveredAgainWhileItWaits() {
    given.read(begin(7, 100));
    given.read(end(7, 120, Map.of("public.orders", 2L)));
    given.read(begin(7, 100));
    given.read(end(7, 120, Map.of("public.orders", 2L)));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    assertThat(given.releases()).isEmpty();
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    assertThat(given.released()).containsExactly(7L);

    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));

    assertThat(given.releases()).isEmpty();
    assertThat(given.assembler.counters().openTransactions()).isZero();
    assertThat(given.assembler.nextOffsets())
        .containsEntry(ORDERS_0, 2L)
        .containsEntry(ORDERS_1, 2L)
        .containsEntry(MARKERS, 4L);
  }

  @Test
  void dropsTheFirstTransactionAgainThoughItsChangesNameNoCommitBefore() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, null, 1));
    given.read(end(7, 120, Map.of("public.orders", 1L)));
    assertThat(given.released()).containsExactly(7L);

    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, null, 1));
    given.read(end(7, 120, Map.of("public.orders", 1L)));

    assertThat(given.releases()).isEmpty();
    assertThat(given.assembler.counters().openTransactions()).isZero();
  }

  @Test
  void doesNotTakeATransactionForOneWithTheSameIdThatIsApplied() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(end(7, 120, Map.of("public.orders", 1L)));
    assertThat(given.released()).containsExactly(7L);

    given.read(at(begin(7, 200), 9_000));
    given.read(ORDERS_0, streamed("orders", 3, 2, 7, 200, 120L, 1), 9_000);
    given.read(at(end(7, 220, Map.of("public.orders", 1L)), 9_000));

    assertThat(given.released()).containsExactly(7L);
  }

  @Test
  void keepsTwoTransactionsWithTheSameIdApartWhileBothWait() {
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_0, streamed("orders", 3, 2, 7, 200, 120L, 1), 9_000);
    given.read(begin(7, 100));
    given.read(end(7, 120, Map.of("public.orders", 2L)));
    given.read(at(begin(7, 200), 9_000));
    given.read(at(end(7, 220, Map.of("public.orders", 1L)), 9_000));
    assertThat(given.releases()).isEmpty();

    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));

    List<Release> released = given.releases();
    assertThat(released).hasSize(2);
    assertThat(ids(released.get(0))).containsExactly(3, 4);
    assertThat(ids(released.get(1))).containsExactly(3);
  }

  private static TransactionMarker at(TransactionMarker marker, long commitMillis) {
    return new TransactionMarker(
        marker.status(), marker.id(), marker.eventCount(), marker.eventCounts(), commitMillis);
  }

  @Test
  void refusesAnotherTransactionAtThePlaceOfOneThatIsApplied() {
    given =
        new AssemblerFixture(
            directory, AssemblerStart.after(Optional.of(applied(7, 120))), 1_000_000);

    assertThatThrownBy(() -> given.read(end(6, 120, Map.of())))
        .isInstanceOf(SourceHistoryException.class)
        .hasMessage(
            "transaction 6 (commit 0/78) is at the place of transaction 7, read before; it is not a"
                + " redelivery. If the source was restored or replaced, raise source.epoch and"
                + " start over with a new snapshot; if two connectors write the same topics, stop"
                + " one and start over");
  }

  @Test
  void refusesACommitBetweenTwoThatWereRead() {
    given.read(begin(7, 100));
    given.read(end(7, 120, Map.of()));
    given.read(begin(8, 130));
    given.read(end(8, 140, Map.of()));

    assertThatThrownBy(() -> given.read(end(9, 130, Map.of())))
        .isInstanceOf(SourceHistoryException.class)
        .hasMessageStartingWith(
            "transaction 9 (commit 0/82) was not there when the commits around it were read");
  }

  @Test
  void refusesARestoredSourceByItsCommitTimes() {
    given =
        new AssemblerFixture(
            directory, AssemblerStart.after(Optional.of(applied(7, 120))), 1_000_000);

    assertThatThrownBy(() -> given.read(at(end(5, 100, Map.of()), 70_000)))
        .isInstanceOf(SourceHistoryException.class)
        .hasMessageContaining("committed later than the transaction at 0/78");
  }

  @Test
  void refusesAHistoryThatGoesBackAndThenPassesTheLastCommitWithoutIt() {
    given =
        new AssemblerFixture(
            directory, AssemblerStart.after(Optional.of(applied(7, 120))), 1_000_000);
    given.read(begin(6, 90));
    given.read(end(6, 100, Map.of()));
    given.read(begin(8, 130));

    assertThatThrownBy(() -> given.read(end(8, 140, Map.of())))
        .isInstanceOf(SourceHistoryException.class)
        .hasMessageStartingWith(
            "transaction 8 (commit 0/8C) was read after earlier commits were delivered again, but"
                + " not the commit at 0/78");
  }

  @Test
  void refusesATransactionThatAnotherConnectorBeganAgain() {
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(7, 100), Delivery.UNKNOWN);

    assertThatThrownBy(() -> given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 1)))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessage(
            "[shop.public.orders-1@0] transaction 7: data_collection_order 1 was read before with"
                + " another LSN than 0/69; check that the topics are written by one connector only"
                + " and with an idempotent producer, then take a new snapshot");
  }

  @Test
  void refusesATransactionThatAnotherConnectorBeganAgainWhateverWasReadOfIt() {
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(7, 100), Delivery.UNKNOWN);

    assertThatThrownBy(() -> given.read(end(7, 110, Map.of("public.orders", 1L)), Delivery.UNKNOWN))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageStartingWith(
            "transaction 7 has a second BEGIN, written by a source connector that does not deliver"
                + " whole transactions");
  }

  @Test
  void refusesAnUncertainBeginEvenIfAConnectorOfThisVersionWentOn() {
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(begin(7, 100));

    assertThatThrownBy(() -> given.read(end(7, 110, Map.of("public.orders", 2L))))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageContaining("has a second BEGIN");
  }

  @Test
  void takesATransactionThatAnOlderConnectorBeganAndOneOfThisVersionDelivers() {
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));
    given.read(end(7, 110, Map.of("public.orders", 2L)));

    assertThat(ids(given.releases().get(0))).containsExactly(3, 4);
  }

  @Test
  void dropsWhatAnotherConnectorBeganAgainAfterItWasApplied() {
    given =
        new AssemblerFixture(
            directory, AssemblerStart.after(Optional.of(applied(7, 110))), 1_000_000);
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(end(7, 110, Map.of()), Delivery.UNKNOWN);

    assertThat(given.releases()).isEmpty();
    assertThat(given.assembler.counters().openTransactions()).isZero();
  }

  @Test
  void refusesChangesOutOfOrderFromAConnectorThatMayHaveCountedAnew() {
    given.read(begin(7, 100), Delivery.UNKNOWN);
    given.read(end(7, 120, Map.of("public.orders", 3L)), Delivery.UNKNOWN);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 105, 90L, 2));

    assertThatThrownBy(() -> given.read(ORDERS_0, streamed("orders", 3, 1, 7, 105, 90L, 1)))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageStartingWith(
            "[shop.public.orders-0@1] transaction 7: LSN 0/69 and total_order 1 stand behind later"
                + " ones in their partition");
  }

  @Test
  void refusesTheSameNumberAtTwoPlacesOfTheLog() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));

    assertThatThrownBy(() -> given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 1)))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageContaining("data_collection_order 1 was read before with another LSN");
  }

  @Test
  void refusesNumbersWithAHoleThoughTheirCountIsRight() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(ORDERS_0, streamed("orders", 3, 2, 7, 110, 90L, 3));

    assertThatThrownBy(() -> given.read(end(7, 120, Map.of("public.orders", 2L))))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageStartingWith(
            "transaction 7 (commit 0/78): END counts {public.orders=2} but the changes read are"
                + " {public.orders=2}, up to number 3");
  }

  @Test
  void waitsForAStoppedConnectorThatIsInTheMiddleOfATransaction() {
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.assembler.checkStall();
    given.pass(Duration.ofHours(1));

    given.assembler.checkStall();

    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.read(end(7, 120, Map.of("public.orders", 1L)));
    assertThat(given.released()).containsExactly(7L);
  }
}
