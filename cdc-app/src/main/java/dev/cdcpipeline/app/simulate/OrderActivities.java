package dev.cdcpipeline.app.simulate;

import dev.cdcpipeline.app.simulate.IdSupply.Sequence;
import dev.cdcpipeline.app.simulate.ShopModel.Customer;
import dev.cdcpipeline.app.simulate.ShopModel.Item;
import dev.cdcpipeline.app.simulate.ShopModel.Order;
import dev.cdcpipeline.app.simulate.ShopModel.Product;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Plans what happens to orders. Each plan is a whole transaction that leaves the order's total the
 * sum of its items.
 */
final class OrderActivities {

  private static final int MAX_ITEMS = 3;
  private static final int MAX_QUANTITY = 3;
  private static final int ONE_IN_WITHOUT_CUSTOMER = 100;
  private static final String CANCELLED = "cancelled";

  private static final Map<String, String> NEXT_STATUS =
      Map.of(
          "pending", "confirmed",
          "confirmed", "processing",
          "processing", "shipped",
          "shipped", "delivered");

  private static final Set<String> CANCELLABLE = Set.of("pending", "confirmed", "processing");

  private static final String INSERT_ORDER =
      "INSERT INTO public.orders (order_id, customer_id, order_status, total_amount,"
          + " shipping_address) VALUES (?, ?, 'pending', 0, ?)";
  private static final String INSERT_ITEM =
      "INSERT INTO public.order_items (item_id, order_id, product_id, quantity, unit_price)"
          + " VALUES (?, ?, ?, ?, (SELECT price FROM public.products WHERE product_id = ?))";
  private static final String UPDATE_TOTAL =
      "UPDATE public.orders SET total_amount = (SELECT coalesce(sum(quantity * unit_price), 0)"
          + " FROM public.order_items i WHERE i.order_id = orders.order_id) WHERE order_id = ?";
  private static final String UPDATE_STATUS =
      "UPDATE public.orders SET order_status = ? WHERE order_id = ?";
  private static final String UPDATE_STOCK =
      "UPDATE public.products SET stock_quantity = stock_quantity + ? WHERE product_id = ?";
  private static final String[] STREETS = {"Main St", "Oak Ave", "Station Rd", "Hill Ln"};

  private final ShopModel shop;
  private final IdSupply ids;
  private final SplittableRandom random;

  OrderActivities(ShopModel shop, IdSupply ids, SplittableRandom random) {
    this.shop = shop;
    this.ids = ids;
    this.random = random;
  }

  /**
   * The tutorial's order: inserted with total 0, given its items, then updated, all in one
   * transaction.
   */
  Optional<ShopTransaction> place() {
    if (shop.products.size() == 0 || shop.customers.size() == 0) {
      return Optional.empty();
    }
    Optional<Customer> customer =
        random.nextInt(ONE_IN_WITHOUT_CUSTOMER) == 0
            ? Optional.empty()
            : shop.customers.pick(random);
    Order order =
        new Order(
            ids.next(Sequence.ORDERS), customer.map(someone -> someone.id).orElse(null), "pending");
    List<ShopStatement> statements = new ArrayList<>();
    Set<Entity> reads = new HashSet<>();
    String address = random.nextInt(1, 1_000) + " " + STREETS[random.nextInt(STREETS.length)];
    statements.add(ShopStatement.of(INSERT_ORDER, order.id, order.customerId, address));
    for (int count = random.nextInt(1, MAX_ITEMS + 1); count > 0; count--) {
      shop.products
          .pick(random)
          .ifPresent(product -> statements.add(insertItem(order, product, reads)));
    }
    statements.add(ShopStatement.of(UPDATE_TOTAL, order.id));
    customer.ifPresent(
        someone -> {
          someone.orders++;
          reads.add(Entity.customer(someone.id));
        });
    shop.orders.put(order.id, order);
    return plan(Activity.ORDER_PLACED, order, statements, reads);
  }

  Optional<ShopTransaction> advance() {
    return shop.orders
        .pick(random, order -> order.status != null && NEXT_STATUS.containsKey(order.status))
        .flatMap(
            order -> {
              order.status = NEXT_STATUS.get(order.status);
              return plan(
                  Activity.STATUS_CHANGED,
                  order,
                  List.of(ShopStatement.of(UPDATE_STATUS, order.status, order.id)),
                  Set.of());
            });
  }

  /** Cancels an order and puts its items back into stock. */
  Optional<ShopTransaction> cancel() {
    return shop.orders
        .pick(random, order -> order.status != null && CANCELLABLE.contains(order.status))
        .flatMap(
            order -> {
              order.status = CANCELLED;
              List<ShopStatement> statements = new ArrayList<>();
              statements.add(ShopStatement.of(UPDATE_STATUS, CANCELLED, order.id));
              // In the products' order, so that two cancellations do not deadlock.
              order.items.stream()
                  .sorted((one, other) -> Long.compare(one.productId(), other.productId()))
                  .map(item -> ShopStatement.of(UPDATE_STOCK, item.quantity(), item.productId()))
                  .forEach(statements::add);
              return plan(Activity.ORDER_CANCELLED, order, statements, Set.of());
            });
  }

  Optional<ShopTransaction> delete() {
    return shop.orders
        .pick(random)
        .flatMap(
            order -> {
              shop.orders.remove(order.id);
              Set<Entity> writes = new HashSet<>(Set.of(Entity.order(order.id)));
              leaveCustomer(order, writes);
              return Optional.of(
                  new ShopTransaction(
                      Activity.ORDER_DELETED,
                      List.of(
                          ShopStatement.of(
                              "DELETE FROM public.order_items WHERE order_id = ?", order.id),
                          ShopStatement.of(
                              "DELETE FROM public.orders WHERE order_id = ?", order.id)),
                      writes,
                      Set.of(Entity.order(order.id))));
            });
  }

  Optional<ShopTransaction> changeQuantity() {
    return orderWithItems()
        .flatMap(
            order -> {
              int place = random.nextInt(order.items.size());
              Item item = order.items.get(place);
              int quantity = random.nextInt(1, 2 * MAX_QUANTITY);
              order.items.set(place, new Item(item.id(), item.productId(), quantity));
              return plan(
                  Activity.QUANTITY_CHANGED,
                  order,
                  List.of(
                      ShopStatement.of(
                          "UPDATE public.order_items SET quantity = ? WHERE item_id = ?",
                          quantity,
                          item.id()),
                      ShopStatement.of(UPDATE_TOTAL, order.id)),
                  Set.of());
            });
  }

  Optional<ShopTransaction> addItem() {
    return shop.orders
        .pick(random, order -> order.items.size() < 2 * MAX_ITEMS)
        .flatMap(
            order -> {
              Set<Entity> reads = new HashSet<>();
              return shop.products
                  .pick(random)
                  .flatMap(
                      product ->
                          plan(
                              Activity.ITEM_ADDED,
                              order,
                              List.of(
                                  insertItem(order, product, reads),
                                  ShopStatement.of(UPDATE_TOTAL, order.id)),
                              reads));
            });
  }

  Optional<ShopTransaction> removeItem() {
    return orderWithItems()
        .flatMap(
            order -> {
              Item item = order.items.remove(random.nextInt(order.items.size()));
              return plan(
                  Activity.ITEM_REMOVED,
                  order,
                  List.of(
                      ShopStatement.of(
                          "DELETE FROM public.order_items WHERE item_id = ?", item.id()),
                      ShopStatement.of(UPDATE_TOTAL, order.id)),
                  Set.of());
            });
  }

  /** Gives an order to another customer. */
  Optional<ShopTransaction> move() {
    Optional<Order> moved = shop.orders.pick(random);
    Optional<Customer> owner = shop.customers.pick(random);
    if (moved.isEmpty() || owner.isEmpty()) {
      return Optional.empty();
    }
    Order order = moved.get();
    Customer customer = owner.get();
    Set<Entity> reads = new HashSet<>(Set.of(Entity.customer(customer.id)));
    leaveCustomer(order, reads);
    order.customerId = customer.id;
    customer.orders++;
    return plan(
        Activity.ORDER_MOVED,
        order,
        List.of(
            ShopStatement.of(
                "UPDATE public.orders SET customer_id = ? WHERE order_id = ?",
                customer.id,
                order.id)),
        reads);
  }

  /** Gives an order another key; its items are taken off meanwhile, for they refer to it. */
  Optional<ShopTransaction> renumber() {
    return shop.orders
        .pick(random)
        .map(
            old -> {
              Order order = new Order(ids.next(Sequence.ORDERS), old.customerId, old.status);
              order.items.addAll(old.items);
              shop.orders.remove(old.id);
              shop.orders.put(order.id, order);
              String attach = "UPDATE public.order_items SET order_id = ? WHERE item_id = ?";
              List<ShopStatement> statements = new ArrayList<>();
              order.items.forEach(
                  item -> statements.add(ShopStatement.of(attach, null, item.id())));
              statements.add(
                  ShopStatement.of(
                      "UPDATE public.orders SET order_id = ? WHERE order_id = ?",
                      order.id,
                      old.id));
              order.items.forEach(
                  item -> statements.add(ShopStatement.of(attach, order.id, item.id())));
              return new ShopTransaction(
                  Activity.KEY_CHANGED,
                  statements,
                  Set.of(),
                  Set.of(Entity.order(old.id), Entity.order(order.id)));
            });
  }

  private ShopStatement insertItem(Order order, Product product, Set<Entity> reads) {
    Item item =
        new Item(ids.next(Sequence.ORDER_ITEMS), product.id, random.nextInt(1, MAX_QUANTITY + 1));
    order.items.add(item);
    product.sold = true;
    reads.add(Entity.product(product.id));
    return ShopStatement.of(
        INSERT_ITEM, item.id(), order.id, product.id, item.quantity(), product.id);
  }

  private Optional<Order> orderWithItems() {
    return shop.orders.pick(random, order -> !order.items.isEmpty());
  }

  /**
   * The customer the order no longer has may be given another key only after the order has left.
   */
  private void leaveCustomer(Order order, Set<Entity> touched) {
    if (order.customerId != null) {
      touched.add(Entity.customer(order.customerId));
      shop.customers.find(order.customerId).ifPresent(customer -> customer.orders--);
    }
  }

  private static Optional<ShopTransaction> plan(
      Activity activity, Order order, List<ShopStatement> statements, Set<Entity> reads) {
    return Optional.of(
        new ShopTransaction(activity, statements, reads, Set.of(Entity.order(order.id))));
  }
}
