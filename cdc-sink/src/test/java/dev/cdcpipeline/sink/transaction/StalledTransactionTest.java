package dev.cdcpipeline.sink.transaction;

import static dev.cdcpipeline.sink.transaction.AssemblerFixture.CUSTOMERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.MARKERS;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_0;
import static dev.cdcpipeline.sink.transaction.AssemblerFixture.ORDERS_1;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.begin;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.end;
import static dev.cdcpipeline.sink.transaction.EncodedChanges.streamed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not come is noticed: by what was read instead, or by the clock. */
class StalledTransactionTest {
  @TempDir private Path directory;
  private AssemblerFixture given;

  @BeforeEach
  void halfOfATransaction() {
    given = AssemblerFixture.started(directory);
    given.read(begin(7, 100));
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
  }

  private void endItWithTwo() {
    given.read(end(7, 110, Map.of("public.orders", 2L)));
    given.releases();
  }

  @Test
  void failsWhenLaterTransactionsWereReadInAllPartitionsOfTheTable() {
    endItWithTwo();
    given.read(ORDERS_0, streamed("orders", 3, 2, 8, 120, 110L, 1));
    given.assembler.checkStall();
    given.read(ORDERS_1, streamed("orders", 4, 1, 8, 125, 110L, 2));

    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(StalledTransactionException.class)
        .hasMessage(
            "transaction 7 (commit 0/6E) is stalled: END counts {public.orders=2}, read were"
                + " {public.orders=1}; their partitions were read past it, so the missing changes"
                + " are not in the topics; check the retention of [public.orders] and that nothing"
                + " deletes their records, then take a new snapshot")
        .satisfies(
            e -> {
              StalledTransactionException stalled = (StalledTransactionException) e;
              assertThat(stalled.transactionId()).hasValue(7);
              assertThat(stalled.expected()).isEqualTo(Map.of("public.orders", 2L));
              assertThat(stalled.seen()).isEqualTo(Map.of("public.orders", 1L));
            });
  }

  @Test
  void failsWhenThePartitionsWereReadToTheEndsAskedForAfterwards() {
    endItWithTwo();
    given.assembler.checkStall();
    given.pass(Duration.ofSeconds(20));
    given.assembler.checkStall();
    assertThat(given.assembler.wantsEndOffsets()).isTrue();
    given.assembler.endOffsets(Map.of(ORDERS_0, 3L, ORDERS_1, 1L, CUSTOMERS_0, 9L, MARKERS, 2L));
    given.assembler.caughtUpTo(ORDERS_0, 3L);
    given.assembler.checkStall();

    given.assembler.caughtUpTo(ORDERS_1, 1L);

    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(StalledTransactionException.class)
        .hasMessageContaining("were read past it");
  }

  @Test
  void endsThatWereAskedForEarlierProveNothing() {
    given.assembler.endOffsets(Map.of(ORDERS_0, 1L, ORDERS_1, 0L, CUSTOMERS_0, 0L, MARKERS, 1L));
    endItWithTwo();

    assertThatCode(given.assembler::checkStall).doesNotThrowAnyException();
  }

  @Test
  void waitsForChangesThatComeLongAfterEnd() {
    endItWithTwo();
    given.assembler.checkStall();
    given.pass(Duration.ofSeconds(59));
    given.assembler.checkStall();

    given.read(ORDERS_1, streamed("orders", 4, 1, 7, 105, 90L, 2));

    assertThat(given.released()).containsExactly(7L);
    given.pass(Duration.ofHours(1));
    given.assembler.checkStall();
  }

  @Test
  void failsWhenNothingOfItComesForTheStallTimeout() {
    endItWithTwo();
    given.assembler.checkStall();
    given.pass(Duration.ofSeconds(60));

    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(StalledTransactionException.class)
        .hasMessageStartingWith(
            "transaction 7 (commit 0/6E) is stalled: END counts {public.orders=2}, read were"
                + " {public.orders=1}; no further change of it was read for PT1M");
  }

  @Test
  void eventsOfPartitionsThatAreReadPastItDoNotCountAsProgress() {
    endItWithTwo();
    for (int i = 0; i < 5; i++) {
      given.read(ORDERS_0, streamed("orders", 3, 2 + i, 8, 120 + i, 110L, 1 + i));
      if (i < 4) {
        given.assembler.checkStall();
        given.pass(Duration.ofSeconds(15));
      }
    }

    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(StalledTransactionException.class)
        .hasMessageContaining("no further change of it was read for PT1M");
  }

  @Test
  void failsWhenEndDoesNotComeThoughLaterChangesDo() {
    given.read(ORDERS_1, streamed("orders", 4, 1, 8, 120, 110L, 1));
    given.assembler.checkStall();
    given.pass(Duration.ofSeconds(60));

    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(StalledTransactionException.class)
        .hasMessage(
            "transaction 7 is stalled: read were {public.orders=1}; END has not come and nothing"
                + " was read for PT1M; check that the source connector is running and still has"
                + " provide.transaction.metadata=true");
  }

  @Test
  void failsWhenTheTransactionTopicIsNotRead() {
    given = AssemblerFixture.started(directory);
    given.read(ORDERS_0, streamed("orders", 3, 1, 7, 100, 90L, 1));
    given.assembler.checkStall();
    given.pass(Duration.ofSeconds(60));

    assertThatThrownBy(given.assembler::checkStall)
        .isInstanceOf(StalledTransactionException.class)
        .hasMessage(
            "transaction 7 is stalled: read were {public.orders=1}; neither BEGIN nor END has come"
                + " for PT1M; no record of shop.transaction was read at all: check that it is among"
                + " the connector's topics and that the source connector has"
                + " provide.transaction.metadata=true");
  }

  @Test
  void waitsForANewTablesTopicThatIsNotAssignedYet() {
    given.read(end(7, 110, Map.of("public.orders", 1L, "public.reviews", 1L)));
    given.read(ORDERS_0, streamed("orders", 3, 2, 8, 120, 110L, 1));
    given.read(ORDERS_1, streamed("orders", 4, 1, 8, 125, 110L, 2));
    given.read(CUSTOMERS_0, streamed("customers", 4, 1, 8, 126, 110L, 3));

    assertThatCode(given.assembler::checkStall).doesNotThrowAnyException();
  }
}
