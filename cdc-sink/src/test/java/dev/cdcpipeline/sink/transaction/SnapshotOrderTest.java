package dev.cdcpipeline.sink.transaction;

import static dev.cdcpipeline.sink.transaction.AssemblerFixture.CUSTOMERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.MARKERS;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_1;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.applied;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.begin;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.end;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.snapshot;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.streamed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Source.Snapshot;
import dev.cdcpipeline.sink.change.PartitionId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A snapshot's rows come before what committed after it, and after what committed before it. */
class SnapshotOrderTest {
  @TempDir private Path directory;

  private AssemblerFixture given(AssemblerStart start) {
    return new AssemblerFixture(directory, start, 1_000_000);
  }

  private static void readTransaction(AssemblerFixture given, long id, long lsn, PartitionId at) {
    given.read(begin(id, lsn));
    given.read(at, streamed("orders", 3, 1, id, lsn, lsn - 10, 1));
    given.read(end(id, lsn + 10, Map.of("public.orders", 1L)));
  }

  @Test
  void handsOutSnapshotRowsAsTheyComeAndHoldsWhatFollows() {
    AssemblerFixture given = given(AssemblerStart.fresh());
    readTransaction(given, 7, 120, ORDERS_0);
    assertThat(given.releases()).isEmpty();
    assertThat(given.assembler.snapshotUnderWay()).isFalse();

    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.FIRST));
    given.read(CUSTOMERS_0, snapshot("customers", 2, 0, 100, Snapshot.LAST));

    SnapshotRows rows = (SnapshotRows) given.releases().get(0);
    assertThat(rows.lsn()).isEqualTo(new Lsn(100));
    assertThat(rows.rows()).hasSize(2);
    assertThat(rows.lastRowSeen()).isTrue();
    assertThat(rows.nextOffsets()).containsEntry(CUSTOMERS_0, 2L);
    assertThat(given.assembler.snapshotUnderWay()).isTrue();
    assertThat(given.assembler.snapshotRead()).isFalse();
    assertThat(given.assembler.wantsEndOffsets()).isTrue();

    given.assembler.endOffsets(Map.of(ORDERS_0, 1L, ORDERS_1, 2L, CUSTOMERS_0, 2L, MARKERS, 2L));
    assertThat(given.assembler.snapshotRead()).isFalse();
    assertThat(given.assembler.wantsEndOffsets()).as("asks until it is read").isTrue();
    given.assembler.caughtUpTo(ORDERS_1, 2L);
    assertThat(given.assembler.wantsEndOffsets()).isFalse();

    assertThat(given.assembler.snapshotRead()).isTrue();
    given.assembler.snapshotComplete();
    assertThat(given.released()).containsExactly(7L);
  }

  @Test
  void releasesWhatCommittedBeforeTheSnapshotWhileItIsUnderWay() {
    AssemblerFixture given = given(AssemblerStart.after(Optional.empty()));
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 130, Snapshot.FIRST));
    given.releases();
    readTransaction(given, 7, 110, ORDERS_0);
    readTransaction(given, 8, 130, ORDERS_1);

    assertThat(given.released()).containsExactly(7L);
  }

  @Test
  void aStartWithoutASnapshotGoesOnOnceEveryPartitionWasLookedInto() {
    AssemblerFixture given = given(AssemblerStart.fresh());
    readTransaction(given, 7, 120, ORDERS_0);
    given.releases();
    given.assembler.endOffsets(Map.of(ORDERS_0, 1L, ORDERS_1, 0L, CUSTOMERS_0, 0L, MARKERS, 2L));

    assertThat(given.assembler.snapshotRead()).isTrue();
    assertThat(given.assembler.snapshotUnderWay()).isFalse();
    given.assembler.snapshotComplete();
    assertThat(given.released()).containsExactly(7L);
  }

  @Test
  void goesOnWithTheSnapshotThatWasUnderWayBeforeARestart() {
    AssemblerFixture given =
        given(AssemblerStart.duringSnapshot(Optional.empty(), new Lsn(100), false));
    readTransaction(given, 7, 120, ORDERS_0);
    assertThat(given.releases()).isEmpty();

    given.read(CUSTOMERS_0, snapshot("customers", 2, 0, 100, Snapshot.TRUE));

    assertThat(given.releases()).singleElement().isInstanceOf(SnapshotRows.class);
    assertThat(given.assembler.snapshotLsn()).contains(new Lsn(100));
  }

  @Test
  void aSnapshotBegunAnewReplacesTheOneBefore() {
    AssemblerFixture given = given(AssemblerStart.fresh());
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.FIRST));
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 150, Snapshot.FIRST));
    given.read(ORDERS_0, snapshot("orders", 1, 0, 100, Snapshot.TRUE));

    List<Release> released = given.releases();

    assertThat(released).hasSize(1);
    assertThat(((SnapshotRows) released.get(0)).lsn()).isEqualTo(new Lsn(150));
    assertThat(((SnapshotRows) released.get(0)).rows()).hasSize(1);
    assertThat(given.assembler.counters().supersededRows()).isEqualTo(2);
    assertThat(given.assembler.nextOffsets()).containsEntry(ORDERS_0, 1L);
  }

  @Test
  void refusesASnapshotThatWasOvertaken() {
    AssemblerFixture given = given(AssemblerStart.after(Optional.empty()));
    readTransaction(given, 7, 120, ORDERS_0);
    given.releases();

    assertThatThrownBy(
            () -> given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.FIRST)))
        .isInstanceOf(SnapshotOrderException.class)
        .hasMessage(
            "[shop.public.customers-0@0] row of a snapshot at 0/64 was read after the transaction"
                + " at 0/82, which comes after the snapshot, was applied; reset the sink's ledger,"
                + " so that it reads the topics again behind the snapshot, or take a new snapshot"
                + " into new topics");
  }

  @Test
  void refusesRowsOfASnapshotThatWasDeclaredComplete() {
    AssemblerFixture given = given(AssemblerStart.fresh());
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.LAST));
    given.releases();
    given.assembler.snapshotComplete();

    assertThatThrownBy(() -> given.read(ORDERS_0, snapshot("orders", 1, 0, 100, Snapshot.TRUE)))
        .isInstanceOf(SnapshotOrderException.class)
        .hasMessageContaining("was read after that snapshot was declared complete");
  }

  @Test
  void noRowButTheLastEndsASnapshot() {
    AssemblerFixture given = given(AssemblerStart.fresh());
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.FIRST));
    given.read(CUSTOMERS_0, snapshot("customers", 2, 0, 100, Snapshot.LAST_IN_DATA_COLLECTION));
    given.read(ORDERS_0, snapshot("orders", 3, 0, 100, Snapshot.FIRST_IN_DATA_COLLECTION));
    given.read(ORDERS_0, snapshot("orders", 6, 0, 100, Snapshot.TRUE));

    assertThat(((SnapshotRows) given.releases().get(0)).lastRowSeen()).isFalse();
    assertThat(given.assembler.wantsEndOffsets()).isFalse();
    given.assembler.endOffsets(Map.of(ORDERS_0, 2L, ORDERS_1, 0L, CUSTOMERS_0, 2L, MARKERS, 0L));
    assertThat(given.assembler.snapshotRead()).isFalse();
    given.assembler.checkStall();

    given.read(ORDERS_1, snapshot("orders", 4, 0, 100, Snapshot.LAST));

    assertThat(((SnapshotRows) given.releases().get(0)).lastRowSeen()).isTrue();
    given.assembler.endOffsets(Map.of(ORDERS_0, 2L, ORDERS_1, 1L, CUSTOMERS_0, 2L, MARKERS, 0L));
    assertThat(given.assembler.snapshotRead()).isTrue();
  }

  @Test
  void aStreamedTransactionDoesNotEndASnapshotWithoutItsLastRow() {
    AssemblerFixture given = given(AssemblerStart.fresh());
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.FIRST));
    given.releases();
    readTransaction(given, 7, 120, ORDERS_0);
    assertThat(given.releases()).isEmpty();
    assertThat(given.assembler.wantsEndOffsets()).isTrue();

    given.assembler.endOffsets(Map.of(ORDERS_0, 1L, ORDERS_1, 1L, CUSTOMERS_0, 1L, MARKERS, 2L));

    assertThat(given.assembler.snapshotRead()).isFalse();
    given.assembler.checkStall();
    given.assembler.caughtUpTo(ORDERS_1, 1L);
    assertThat(given.assembler.snapshotRead()).isFalse();
    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(IncompleteSnapshotException.class)
        .hasMessage(
            "the snapshot at 0/64 has no last row, and the source connector streams: it gave the"
                + " snapshot up, or this sink does not read the topic of the table that was read"
                + " last; so nothing tells which rows are gone. Give this sink the topics of all"
                + " tables that the source connector captures, or let that connector take a new"
                + " snapshot, then restart this task");
  }

  @Test
  void aNewSnapshotBehindTheStreamMakesUpForOneThatWasGivenUp() {
    AssemblerFixture given = given(AssemblerStart.fresh());
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.FIRST));
    given.releases();
    readTransaction(given, 7, 120, ORDERS_0);
    given.assembler.endOffsets(Map.of(ORDERS_0, 1L, ORDERS_1, 0L, CUSTOMERS_0, 2L, MARKERS, 2L));

    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 200, Snapshot.LAST));
    given.assembler.checkStall();

    assertThat(given.releases())
        .extracting(r -> r.getClass().getSimpleName())
        .containsExactly("SnapshotRows", "SourceTransaction");
    given.assembler.endOffsets(Map.of(ORDERS_0, 1L, ORDERS_1, 0L, CUSTOMERS_0, 2L, MARKERS, 2L));
    assertThat(given.assembler.snapshotRead()).isTrue();
    assertThat(given.assembler.snapshotLsn()).contains(new Lsn(200));
  }

  /** The connector lost its place in the middle of a transaction, and read everything again. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSnapshotStandsInForATransactionThatWasHandedOnInPart(boolean markersFirst) {
    AssemblerFixture given = AssemblerFixture.started(directory);
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    if (markersFirst) {
      readTransaction(given, 8, 220, ORDERS_1);
      assertThat(given.releases()).as("what comes before 8 is not read").isEmpty();
      given.assembler.checkStall();
    }
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 200, Snapshot.FIRST));
    given.read(CUSTOMERS_0, snapshot("customers", 2, 0, 200, Snapshot.LAST));
    assertThat(given.releases()).singleElement().isInstanceOf(SnapshotRows.class);
    given.assembler.endOffsets(
        Map.of(ORDERS_0, 1L, ORDERS_1, markersFirst ? 1L : 0L, CUSTOMERS_0, 2L));
    assertThat(given.assembler.snapshotRead()).as("its END may be in the topic").isFalse();
    given.assembler.endOffsets(Map.of(MARKERS, markersFirst ? 3L : 1L));
    assertThat(given.assembler.snapshotRead()).isTrue();
    assertThat(given.assembler.nextOffsets())
        .as("stored with the snapshot: it must not be read again")
        .containsEntry(ORDERS_0, 1L)
        .containsEntry(CUSTOMERS_0, 2L);
    given.assembler.snapshotComplete();
    if (!markersFirst) {
      readTransaction(given, 8, 220, ORDERS_1);
    }

    assertThat(given.released()).containsExactly(8L);
    assertThat(given.assembler.counters().supersededRows()).isEqualTo(1);
    given.pass(Duration.ofMinutes(2));
    given.assembler.checkStall();
  }

  @Test
  void aTransactionThatNeverEndsIsRefusedIfNoSnapshotStandsInForIt() {
    AssemblerFixture given = AssemblerFixture.started(directory);
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    readTransaction(given, 8, 220, ORDERS_1);
    given.assembler.checkStall();
    given.pass(Duration.ofSeconds(61));

    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageContaining("transaction 7 has a BEGIN and 1 changes but no END");
    assertThat(given.releases()).isEmpty();
  }

  /** It may have committed after the snapshot: nothing tells. */
  @Test
  void aSnapshotStandsInForNoTransactionOfUnknownPlace() {
    AssemblerFixture given = AssemblerFixture.started(directory);
    given.read(begin(7, 210));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 210, null, 1));
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 200, Snapshot.LAST));
    assertThat(given.releases()).singleElement().isInstanceOf(SnapshotRows.class);
    given.assembler.snapshotComplete();
    readTransaction(given, 8, 230, ORDERS_1);
    given.assembler.checkStall();
    given.pass(Duration.ofSeconds(61));

    assertThatThrownBy(given.assembler::checkStall).hasMessageContaining("transaction 7");
    assertThat(given.releases()).isEmpty();
  }

  @Test
  void aSnapshotThatWasGivenUpIsNotLookedForWithoutEnd() {
    AssemblerFixture given = new AssemblerFixture(directory, AssemblerStart.fresh(), 300);
    given.read(CUSTOMERS_0, snapshot("customers", 1, 0, 100, Snapshot.FIRST));
    given.releases();
    for (PartitionId p : List.of(ORDERS_0, ORDERS_1)) {
      readTransaction(given, p.partition() + 7, 120 + 20 * p.partition(), p);
    }
    given.read(CUSTOMERS_0, streamed("customers", 1, 1, 9, 160, 150L, 1));
    given.assembler.checkStall();
    assertThat(given.assembler.partitionsToPause()).contains(ORDERS_0, ORDERS_1, CUSTOMERS_0);

    assertThatThrownBy(given.assembler::checkStall).isInstanceOf(IncompleteSnapshotException.class);
  }

  @Test
  void aChangeOfATransactionIsStreamedWhateverSnapshotItIsMarkedWith() {
    for (Snapshot mark : Snapshot.values()) {
      AssemblerFixture given = given(AssemblerStart.after(Optional.empty()));
      given.read(begin(7, 120));
      given.read(ORDERS_0, streamed("orders", 3, 1, 7, 120, 110L, 1).marked(mark));
      given.read(end(7, 130, Map.of("public.orders", 1L)));

      assertThat(given.releases()).as("marked %s", mark).hasSize(1);
      assertThat(given.assembler.holdsForSnapshot()).isFalse();
    }
  }

  @Test
  void refusesAChangeOfNoTransactionThatIsNotARead() {
    AssemblerFixture given = given(AssemblerStart.after(Optional.empty()));

    assertThatThrownBy(
            () ->
                given.read(
                    ORDERS_0, streamed("orders", 3, 1, 7, 120, 110L, 0).marked(Snapshot.TRUE)))
        .isInstanceOf(TransactionMetadataException.class)
        .hasMessageContaining("streamed change has no transaction block");
  }

  @Test
  void theAnnouncementOfASnapshotOfATableIsNoTruncate() {
    AssemblerFixture given = given(AssemblerStart.after(Optional.of(applied(6, 110))));
    given.read(ORDERS_0, EncodedChanges.truncate("orders", 0, 150, null, 0).marked(Snapshot.FIRST));

    assertThat(given.releases()).isEmpty();
    assertThat(given.assembler.holdsForSnapshot()).isFalse();
    assertThat(given.assembler.nextOffsets()).containsEntry(ORDERS_0, 1L);
  }

  @Test
  void rowsReadWhileStreamingAreNoSnapshotOfTheTable() {
    AssemblerFixture given = given(AssemblerStart.after(Optional.of(applied(6, 110))));
    readTransaction(given, 7, 120, ORDERS_0);
    given.read(ORDERS_0, blocking(Snapshot.FIRST, 130));
    given.read(ORDERS_0, blocking(Snapshot.LAST, 130));
    readTransaction(given, 8, 140, ORDERS_0);

    List<Release> released = given.releases();

    assertThat(released)
        .extracting(r -> r.getClass().getSimpleName())
        .containsExactly("SourceTransaction", "IncrementalRows", "SourceTransaction");
    assertThat(given.assembler.snapshotUnderWay()).isFalse();
  }

  // read by a snapshot that paused the stream: it knows the commit before it
  private static EncodedChanges.Event blocking(Snapshot mark, long lsn) {
    return new EncodedChanges.Event("orders", Operation.READ, mark, 3, 1, lsn, lsn, null, 0, 0);
  }
}
