package dev.cdcpipeline.shop.table;

/** What the results need of a row of {@code products}. */
public record Product(long productId, String sku, String name, String category) {}
