package dev.cdcpipeline.app.simulate;

import java.util.List;
import java.util.Set;

/**
 * A transaction to run, and what orders it among others: it runs after every earlier transaction
 * that writes what it reads or writes, or reads what it writes.
 *
 * @param activity what happens in the shop
 * @param statements in order; run in one transaction
 * @param reads rows that must exist, or must have gone, before it runs
 * @param writes rows it creates, deletes, or changes in a way that does not commute
 */
record ShopTransaction(
    Activity activity, List<ShopStatement> statements, Set<Entity> reads, Set<Entity> writes) {

  ShopTransaction {
    statements = List.copyOf(statements);
    reads = Set.copyOf(reads);
    writes = Set.copyOf(writes);
  }
}
