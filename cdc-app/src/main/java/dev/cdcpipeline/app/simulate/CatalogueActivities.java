package dev.cdcpipeline.app.simulate;

import dev.cdcpipeline.app.simulate.IdSupply.Sequence;
import dev.cdcpipeline.app.simulate.ShopModel.Customer;
import dev.cdcpipeline.app.simulate.ShopModel.Product;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Plans what happens to customers and products. */
final class CatalogueActivities {

  private static final String[] FIRST_NAMES = {"David", "Emma", "Frank", "Grace", "Henry", "Zoë"};
  private static final String[] LAST_NAMES = {
    "Miller", "Davis", "Garcia", "Wilson", "Taylor", "O'Neill"
  };
  private static final String[] CATEGORIES = {"Electronics", "Books", "Garden", "Toys"};
  private static final int MIN_CENTS = 100;
  private static final int MAX_CENTS = 150_000;

  private final ShopModel shop;
  private final IdSupply ids;
  private final SplittableRandom random;

  CatalogueActivities(ShopModel shop, IdSupply ids, SplittableRandom random) {
    this.shop = shop;
    this.ids = ids;
    this.random = random;
  }

  Optional<ShopTransaction> addCustomer() {
    String firstName = FIRST_NAMES[random.nextInt(FIRST_NAMES.length)];
    String lastName = LAST_NAMES[random.nextInt(LAST_NAMES.length)];
    Customer customer = new Customer(ids.next(Sequence.CUSTOMERS), firstName, lastName, 0);
    shop.customers.put(customer.id, customer);
    return Optional.of(
        new ShopTransaction(
            Activity.CUSTOMER_ADDED,
            List.of(
                ShopStatement.of(
                    "INSERT INTO public.customers (customer_id, email, first_name, last_name)"
                        + " VALUES (?, ?, ?, ?)",
                    customer.id,
                    email(customer, "example.com"),
                    firstName,
                    lastName)),
            Set.of(),
            Set.of(Entity.customer(customer.id))));
  }

  Optional<ShopTransaction> changeEmail() {
    return shop.customers
        .pick(random)
        .map(
            customer ->
                new ShopTransaction(
                    Activity.EMAIL_CHANGED,
                    List.of(
                        ShopStatement.of(
                            "UPDATE public.customers SET email = ? WHERE customer_id = ?",
                            email(customer, "example" + random.nextInt(100_000) + ".org"),
                            customer.id)),
                    Set.of(),
                    Set.of(Entity.customer(customer.id))));
  }

  Optional<ShopTransaction> addProduct() {
    Product product =
        new Product(
            ids.next(Sequence.PRODUCTS),
            BigDecimal.valueOf(random.nextInt(MIN_CENTS, MAX_CENTS), 2),
            false);
    shop.products.put(product.id, product);
    String category = CATEGORIES[random.nextInt(CATEGORIES.length)];
    return Optional.of(
        new ShopTransaction(
            Activity.PRODUCT_ADDED,
            List.of(
                ShopStatement.of(
                    "INSERT INTO public.products"
                        + " (product_id, sku, name, description, price, category, stock_quantity)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    product.id,
                    String.format(Locale.ROOT, "ITEM-%06d", product.id),
                    category + " article " + product.id,
                    "An article of the category " + category,
                    product.price,
                    category,
                    random.nextInt(200))),
            Set.of(),
            Set.of(Entity.product(product.id))));
  }

  /** Stock is added to, so that the order of two such changes does not matter. */
  Optional<ShopTransaction> changeStock() {
    return shop.products
        .pick(random)
        .map(
            product ->
                new ShopTransaction(
                    Activity.STOCK_CHANGED,
                    List.of(
                        ShopStatement.of(
                            "UPDATE public.products SET stock_quantity = stock_quantity + ?"
                                + " WHERE product_id = ?",
                            random.nextInt(-10, 51),
                            product.id)),
                    Set.of(Entity.product(product.id)),
                    Set.of()));
  }

  /** An order placed before pays the old price, one placed after the new one. */
  Optional<ShopTransaction> changePrice() {
    return shop.products
        .pick(random)
        .map(
            product -> {
              int percent = random.nextInt(80, 126);
              long cents = product.price.movePointRight(2).longValue() * percent / 100;
              product.price =
                  BigDecimal.valueOf(Math.min(Math.max(cents, MIN_CENTS), 2 * MAX_CENTS), 2);
              return new ShopTransaction(
                  Activity.PRICE_CHANGED,
                  List.of(
                      ShopStatement.of(
                          "UPDATE public.products SET price = ? WHERE product_id = ?",
                          product.price,
                          product.id)),
                  Set.of(),
                  Set.of(Entity.product(product.id)));
            });
  }

  Optional<ShopTransaction> deleteUnsoldProduct() {
    return shop.products
        .pick(random, product -> !product.sold)
        .map(
            product -> {
              shop.products.remove(product.id);
              return new ShopTransaction(
                  Activity.UNSOLD_PRODUCT_DELETED,
                  List.of(
                      ShopStatement.of(
                          "DELETE FROM public.products WHERE product_id = ?", product.id)),
                  Set.of(),
                  Set.of(Entity.product(product.id)));
            });
  }

  /** Gives another key to a customer without orders. */
  Optional<ShopTransaction> renumberCustomer() {
    return shop.customers
        .pick(random, customer -> customer.orders == 0)
        .map(
            old -> {
              Customer customer =
                  new Customer(ids.next(Sequence.CUSTOMERS), old.firstName, old.lastName, 0);
              shop.customers.remove(old.id);
              shop.customers.put(customer.id, customer);
              return new ShopTransaction(
                  Activity.KEY_CHANGED,
                  List.of(
                      ShopStatement.of(
                          "UPDATE public.customers SET customer_id = ? WHERE customer_id = ?",
                          customer.id,
                          old.id)),
                  Set.of(),
                  Set.of(Entity.customer(old.id), Entity.customer(customer.id)));
            });
  }

  private static String email(Customer customer, String domain) {
    String name = customer.firstName + "." + customer.lastName.replace("'", "");
    return name.toLowerCase(Locale.ROOT) + customer.id + "@" + domain;
  }
}
