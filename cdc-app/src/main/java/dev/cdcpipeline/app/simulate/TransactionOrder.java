package dev.cdcpipeline.app.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Which earlier transactions one must wait for: those that write what it reads or writes, and those
 * that read what it writes. All others run side by side. Not thread-safe: one thread submits.
 */
final class TransactionOrder {

  private static final int SWEEP_EVERY = 5_000;

  private final Map<Entity, CompletableFuture<?>> lastWrite = new HashMap<>();
  private final Map<Entity, List<CompletableFuture<?>>> readsSince = new HashMap<>();
  private int sinceSweep;

  /** A future that completes when everything before has; a failed transaction counts as done. */
  CompletableFuture<Void> before(ShopTransaction transaction) {
    List<CompletableFuture<?>> earlier = new ArrayList<>();
    for (Entity entity : transaction.reads()) {
      addIfPending(earlier, lastWrite.get(entity));
    }
    for (Entity entity : transaction.writes()) {
      addIfPending(earlier, lastWrite.get(entity));
      readsSince.getOrDefault(entity, List.of()).forEach(read -> addIfPending(earlier, read));
    }
    return CompletableFuture.allOf(earlier.toArray(CompletableFuture<?>[]::new))
        .exceptionally(failure -> null);
  }

  /** Later transactions wait for {@code done} where the order matters. */
  void add(ShopTransaction transaction, CompletableFuture<?> done) {
    for (Entity entity : transaction.writes()) {
      lastWrite.put(entity, done);
      readsSince.remove(entity);
    }
    for (Entity entity : transaction.reads()) {
      if (!transaction.writes().contains(entity)) {
        readsSince.computeIfAbsent(entity, unused -> new ArrayList<>()).add(done);
      }
    }
    if (++sinceSweep == SWEEP_EVERY) {
      sinceSweep = 0;
      lastWrite.values().removeIf(CompletableFuture::isDone);
      readsSince.values().forEach(reads -> reads.removeIf(CompletableFuture::isDone));
      readsSince.values().removeIf(List::isEmpty);
    }
  }

  private static void addIfPending(
      List<CompletableFuture<?>> earlier, CompletableFuture<?> candidate) {
    if (candidate != null && !candidate.isDone()) {
      earlier.add(candidate);
    }
  }
}
