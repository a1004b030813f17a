package dev.cdcpipeline.app.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TransactionOrderTest {

  private static final Entity CUSTOMER = Entity.customer(1);

  private final TransactionOrder order = new TransactionOrder();

  @Test
  void aReaderWaitsForTheWriterBefore() {
    CompletableFuture<Void> writer = submit(writing());

    CompletableFuture<Void> ready = order.before(reading());

    assertThat(ready).isNotDone();
    writer.complete(null);
    assertThat(ready).isDone();
  }

  @Test
  void readersDoNotWaitForEachOther() {
    CompletableFuture<Void> first = submit(reading());

    assertThat(order.before(reading())).isDone();
    assertThat(first).isNotDone();
  }

  @Test
  void aWriterWaitsForEveryReaderSinceTheLastWriter() {
    CompletableFuture<Void> first = submit(reading());
    CompletableFuture<Void> second = submit(reading());

    CompletableFuture<Void> ready = order.before(writing());

    first.complete(null);
    assertThat(ready).isNotDone();
    second.complete(null);
    assertThat(ready).isDone();
  }

  @Test
  void aFailedTransactionHoldsNothingUp() {
    CompletableFuture<Void> writer = submit(writing());

    CompletableFuture<Void> ready = order.before(writing());
    writer.completeExceptionally(new IllegalStateException("refused"));

    assertThat(ready).isCompletedWithValue(null);
  }

  private CompletableFuture<Void> submit(ShopTransaction transaction) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    order.add(transaction, done);
    return done;
  }

  private static ShopTransaction reading() {
    return new ShopTransaction(Activity.ORDER_PLACED, List.of(), Set.of(CUSTOMER), Set.of());
  }

  private static ShopTransaction writing() {
    return new ShopTransaction(Activity.EMAIL_CHANGED, List.of(), Set.of(), Set.of(CUSTOMER));
  }
}
