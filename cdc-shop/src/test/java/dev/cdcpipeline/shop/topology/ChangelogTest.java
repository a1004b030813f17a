package dev.cdcpipeline.shop.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderStatusSummary;
import dev.cdcpipeline.shop.model.AnalyticsDriver;
import dev.cdcpipeline.shop.model.ShopWriter;
import dev.cdcpipeline.shop.model.SourceEvent;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * How change events become tables, seen through the log of orders (without customers, so that
 * nothing waits) and their statuses.
 */
class ChangelogTest {
  private AnalyticsDriver driver = new AnalyticsDriver();
  private ShopWriter shop = new ShopWriter(driver);

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void aReplayedSegmentChangesNothing() {
    SourceEvent created = order("new", 10.00);
    SourceEvent updated = shop.update("orders", "order_id", 1, "order_status", "paid");
    log();

    shop.send(created);
    shop.send(updated);

    assertThat(log()).isEmpty();
    assertThat(statuses()).containsExactly("paid");
  }

  @Test
  void aChangeOfALivingRowWritesNothingAboutDeletedKeys() {
    order("new", 10.00);
    shop.update("orders", "order_id", 1, "order_status", "paid");
    assertThat(driver.changelogRecords("orders-rows")).isEqualTo(2);
    assertThat(driver.changelogRecords("orders-deleted")).isZero();

    shop.delete("orders", 1);
    assertThat(driver.changelogRecords("orders-deleted")).isEqualTo(1);

    order("new", 10.00);
    assertThat(driver.changelogRecords("orders-deleted")).as("taken out again").isEqualTo(1);
  }

  @Test
  void aDeletedKeyIsNotBroughtBackByAReplay() {
    SourceEvent created = order("new", 10.00);
    shop.delete("orders", 1);
    log();

    shop.send(created);

    assertThat(log()).isEmpty();
    assertThat(statuses()).isEmpty();
  }

  @Test
  void thePositionOfADeletedKeyIsForgottenAfterTheHorizon() {
    restart(PipelineSettings.of("shop", 1).withReplayHorizon(Duration.ofMinutes(5)));
    SourceEvent created = order("new", 10.00);
    shop.delete("orders", 1);
    driver.pass(Duration.ofMinutes(4));
    shop.send(created);
    assertThat(statuses()).isEmpty();

    driver.pass(Duration.ofMinutes(2));
    shop.send(created);

    assertThat(statuses()).containsExactly("new");
  }

  @Test
  void aChangeAtALowerLsnThatWasCommittedLaterIsApplied() {
    SourceEvent read = shop.read("orders", "order_id", 1, "order_status", "new");
    SourceEvent first = shop.update("orders", "order_id", 1, "order_status", "paid");
    // its transaction began before the snapshot and was the second to commit after it
    SourceEvent late =
        Events.with(
            first,
            "u",
            ShopWriter.row("order_id", 1, "order_status", "sent"),
            read.lsn() - 5,
            first.lsn() + 10);

    shop.send(late);

    assertThat(statuses()).containsExactly("sent");
  }

  @Test
  void aStreamedChangeWithoutAPreviousCommitIsNeverDropped() {
    SourceEvent read = shop.read("orders", "order_id", 1, "order_status", "new");
    SourceEvent update = shop.update("orders", "order_id", 1, "order_status", "paid");
    restart(PipelineSettings.of("shop", 1));
    shop.send(read);

    shop.send(Events.at(update, read.lsn() - 5, null));

    assertThat(statuses()).containsExactly("paid");
  }

  @Test
  void aChangeOfATransactionIsStreamedThoughItIsMarkedAsASnapshotsRow() {
    SourceEvent read = shop.read("orders", "order_id", 1, "order_status", "new");
    SourceEvent update = shop.update("orders", "order_id", 1, "order_status", "paid");
    restart(PipelineSettings.of("shop", 1));
    shop.send(read);

    shop.send(Events.marked(Events.at(update, read.lsn() - 5, null), "true"));

    assertThat(statuses()).containsExactly("paid");
    assertThat(log())
        .extracting(OrderEnriched::getEventType)
        .containsExactly("snapshot", "updated");
  }

  @Test
  void aPartOfATransactionThatIsDeliveredAgainChangesNothing() {
    for (Long previous : new Long[] {900L, null}) {
      restart(PipelineSettings.of("shop", 1));
      SourceEvent created = Events.at(order("new", 10.00), 2_000, previous);
      SourceEvent paid =
          Events.at(shop.update("orders", "order_id", 1, "order_status", "paid"), 2_010, previous);
      SourceEvent sent =
          Events.at(shop.update("orders", "order_id", 1, "order_status", "sent"), 2_020, previous);
      restart(PipelineSettings.of("shop", 1));

      List.of(created, paid, created, paid, sent).forEach(shop::send);

      assertThat(log())
          .as("previous commit %s", previous)
          .extracting(OrderEnriched::getOrderStatus)
          .containsExactly("new", "paid", "sent");
    }
  }

  @Test
  void ordersReadAgainUnchangedHaveNoHistoryAndThoseGoneAreDeleted() {
    order("new", 10.00);
    shop.insert("orders", "order_id", 2, "order_status", "paid");
    shop.insert("orders", "order_id", 3, "order_status", "sent");
    log();

    shop.announce("orders");
    driver.pass(Duration.ofMinutes(5));
    shop.readAgain("orders", "true", "order_id", 1, "order_status", "new", "total_amount", 10.00);
    driver.pass(Duration.ofMinutes(9));
    shop.readAgain("orders", "true", "order_id", 2, "order_status", "sent");
    assertThat(log())
        .extracting(OrderEnriched::getOrderId, OrderEnriched::getEventType)
        .containsExactly(tuple(2L, "snapshot"));
    shop.readAgain("orders", "last", "order_id", 4, "order_status", "held");
    driver.pass(Duration.ofSeconds(11));

    assertThat(log())
        .extracting(OrderEnriched::getOrderId, OrderEnriched::getEventType)
        .containsExactly(tuple(4L, "snapshot"), tuple(3L, "deleted"));
    assertThat(statuses()).containsExactlyInAnyOrder("new", "sent", "held");
  }

  @Test
  void aTableThatIsEmptyInALaterSnapshotIsEmptied() {
    order("new", 10.00);
    log();

    shop.announce("orders");
    driver.pass(Duration.ofMinutes(9));
    assertThat(log()).isEmpty();
    driver.pass(Duration.ofMinutes(2));

    assertThat(log()).extracting(OrderEnriched::getEventType).containsExactly("deleted");
  }

  @Test
  void theFirstChangeThatIsStreamedEndsASnapshot() {
    order("new", 10.00);
    log();

    shop.announce("orders");
    shop.insert("orders", "order_id", 2, "order_status", "paid");
    driver.pass(Duration.ofSeconds(11));

    assertThat(log())
        .extracting(OrderEnriched::getOrderId, OrderEnriched::getEventType)
        .containsExactly(tuple(2L, "created"), tuple(1L, "deleted"));
  }

  @Test
  void aNewAttemptOfASnapshotTakesThePlaceOfTheOneThatWasGivenUp() {
    shop.announce("orders");
    SourceEvent first = shop.readAgain("orders", "true", "order_id", 1, "order_status", "new");
    shop.readAgain("orders", "true", "order_id", 2, "order_status", "new");
    shop.announce("orders");
    shop.readAgain("orders", "last", "order_id", 2, "order_status", "new");
    shop.send(first);
    driver.pass(Duration.ofSeconds(11));

    assertThat(log())
        .extracting(OrderEnriched::getOrderId, OrderEnriched::getEventType)
        .containsExactly(tuple(1L, "snapshot"), tuple(2L, "snapshot"), tuple(1L, "deleted"));
    shop.send(first);
    assertThat(statuses()).containsExactly("new");
    assertThat(log()).isEmpty();
  }

  @Test
  void whatTheFirstTransactionAfterASnapshotWroteBeforeItStays() {
    order("new", 10.00);
    shop.announce("orders");
    SourceEvent late = shop.insert("orders", "order_id", 2, "order_status", "paid");
    restart(PipelineSettings.of("shop", 1));
    SourceEvent announcement = shop.announce("orders");
    shop.send(Events.at(late, announcement.lsn() - 5, null));

    driver.pass(Duration.ofMinutes(11));

    assertThat(statuses()).containsExactly("paid");
  }

  @Test
  void aSnapshotReadEqualToWhatIsKnownEmitsNothingAndADifferentOneASnapshotEvent() {
    order("new", 10.00);
    shop.read("orders", "order_id", 1, "order_status", "new", "total_amount", 10.00);
    assertThat(log()).extracting(OrderEnriched::getEventType).containsExactly("created");

    shop.read("orders", "order_id", 1, "order_status", "new", "total_amount", 11.00);

    assertThat(log()).extracting(OrderEnriched::getEventType).containsExactly("snapshot");
  }

  @Test
  void aSnapshotReadThatIsOlderThanWhatIsKnownChangesNothing() {
    SourceEvent read = shop.read("orders", "order_id", 1, "order_status", "new");
    shop.update("orders", "order_id", 1, "order_status", "paid");

    shop.send(read);

    assertThat(statuses()).containsExactly("paid");
  }

  @Test
  void anUnchangedToastedValueComesFromState() {
    shop.insert("orders", "order_id", 1, "order_status", "new", "shipping_address", "a long one");
    shop.update(
        "orders", "order_id", 1, "order_status", "paid", "shipping_address", SourceEvent.TOASTED);

    assertThat(log())
        .extracting(OrderEnriched::getShippingAddress)
        .containsExactly("a long one", "a long one");
  }

  @Test
  void aToastedValueThatNoStateHasGoesToTheDeadLettersAndNotIntoATable() {
    shop.insert(
        "orders", "order_id", 1, "order_status", "new", "shipping_address", SourceEvent.TOASTED);
    shop.insert("orders", "order_id", 2, "order_status", "paid");

    assertThat(statuses()).containsExactly("paid");
    List<TestRecord<byte[], byte[]>> letters = driver.deadLetters();
    assertThat(letters).hasSize(1);
    assertThat(header(letters.get(0), "message"))
        .isEqualTo(
            "the event does not carry column shipping_address of public.orders (TOASTed and"
                + " unchanged) and no row is known under its key; set REPLICA IDENTITY FULL for"
                + " this table");
  }

  @Test
  void bytesThatAreNoEventGoToTheDeadLettersAsTheyAre() {
    byte[] garbage = "not an event".getBytes(StandardCharsets.UTF_8);

    driver.pipeBytes("orders", garbage);
    order("new", 10.00);

    assertThat(driver.deadLetters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.value()).isEqualTo(garbage);
              assertThat(header(letter, "topic")).isEqualTo("shop.public.orders");
              assertThat(header(letter, "offset")).isEqualTo("0");
              assertThat(header(letter, "message"))
                  .startsWith("[shop.public.orders-0@0] cannot decode change event: ");
            });
    assertThat(statuses()).containsExactly("new");
  }

  @Test
  void aTruncateIsOneDeleteForEachOrderAlive() {
    order("new", 10.00);
    shop.insert("orders", "order_id", 2, "order_status", "paid");
    shop.delete("orders", 2);
    log();

    shop.truncate("orders");
    shop.insert("orders", "order_id", 1, "order_status", "sent");

    assertThat(log()).extracting(OrderEnriched::getEventType).containsExactly("deleted", "created");
    assertThat(statuses()).containsExactly("sent");
  }

  @Test
  void nothingBelowATruncateComesBack() {
    SourceEvent created = order("new", 10.00);
    SourceEvent truncate = shop.truncate("orders");
    log();

    shop.send(created);
    shop.send(truncate);

    assertThat(log()).isEmpty();
    assertThat(statuses()).isEmpty();
  }

  @Test
  void aTruncateRemovesWhatAnEarlierTransactionWroteEvenIfThatComesLaterAndWithoutItsPlace() {
    SourceEvent created = order("new", 10.00);
    restart(PipelineSettings.of("shop", 1));
    shop.insert("orders", "order_id", 2, "order_status", "paid");
    SourceEvent truncate = shop.truncate("orders");
    assertThat(truncate.transactionId()).isNotEqualTo(created.transactionId());

    shop.send(Events.at(created, truncate.lsn() - 5, null));

    assertThat(statuses()).isEmpty();
    shop.send(Events.at(created, truncate.lsn() + 5, null));
    assertThat(statuses()).containsExactly("new");
  }

  @Test
  void aTruncateRemovesWhatASnapshotReadAfterTheCommitBeforeIt() {
    SourceEvent truncate = shop.truncate("orders");
    restart(PipelineSettings.of("shop", 1));
    SourceEvent read = shop.read("orders", "order_id", 1, "order_status", "new");

    shop.send(Events.at(truncate, read.lsn() + 5, read.lsn() - 5));
    driver.pass(Duration.ofSeconds(11));

    assertThat(statuses()).isEmpty();
    shop.send(read);
    assertThat(statuses()).isEmpty();
  }

  @Test
  void aKeyMoveIsADeleteAndACreateAtOneLsn() {
    order("new", 10.00);
    SourceEvent deleted = shop.delete("orders", 1);
    Map<String, Object> moved =
        new LinkedHashMap<>(ShopWriter.row("order_id", 5, "order_status", "new"));
    shop.send(Events.with(deleted, "c", moved, deleted.lsn(), deleted.previousCommit()));

    assertThat(log())
        .extracting(OrderEnriched::getOrderId, OrderEnriched::getEventType)
        .containsExactly(tuple(1L, "created"), tuple(1L, "deleted"), tuple(5L, "created"));
  }

  @Test
  void aRecordInTheWrongPartitionTakesADetourAndIsAppliedOnce() {
    restart(PipelineSettings.of("shop", 3));
    for (int id = 1; id <= 6; id++) {
      shop.insert("orders", "order_id", id, "order_status", "new");
    }

    assertThat(log()).hasSize(6);
    assertThat(driver.table("order_status_summary", OrderStatusSummary.class))
        .extracting(OrderStatusSummary::getOrderCount)
        .containsExactly(6L);
  }

  private void restart(PipelineSettings settings) {
    driver.close();
    driver = new AnalyticsDriver(settings);
    shop = new ShopWriter(driver);
  }

  private SourceEvent order(String status, double amount) {
    return shop.insert("orders", "order_id", 1, "order_status", status, "total_amount", amount);
  }

  private List<OrderEnriched> log() {
    return driver.read("orders_enriched", OrderEnriched.class);
  }

  private List<String> statuses() {
    return driver.table("order_status_summary", OrderStatusSummary.class).stream()
        .map(OrderStatusSummary::getOrderStatus)
        .toList();
  }

  private static String header(TestRecord<byte[], byte[]> letter, String name) {
    return new String(
        letter.headers().lastHeader("__streams.errors." + name).value(), StandardCharsets.UTF_8);
  }
}
