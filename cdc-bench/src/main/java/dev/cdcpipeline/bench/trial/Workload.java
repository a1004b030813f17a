package dev.cdcpipeline.bench.trial;

import java.util.function.IntUnaryOperator;

/** What the records of a sink run do to the table. */
enum Workload {
  NEW("upserts of new rows", "bench.new", false, false, false),
  EXISTING("upserts of existing rows", "bench.existing", true, false, false),
  HOT("upserts, 5,000 keys", "bench.hot", false, false, false),
  APPEND("appends", "bench.append", false, true, false),
  DELETE("deletes", "bench.delete", true, false, true);

  private static final int HOT_KEYS = 5_000;

  private final String title;
  private final String topic;
  private final boolean prefilled;
  private final boolean append;
  private final boolean deletes;

  Workload(String title, String topic, boolean prefilled, boolean append, boolean deletes) {
    this.title = title;
    this.topic = topic;
    this.prefilled = prefilled;
    this.append = append;
    this.deletes = deletes;
  }

  String title() {
    return title;
  }

  String topic() {
    return topic;
  }

  /** Whether the table holds every key beforehand. */
  boolean isPrefilled() {
    return prefilled;
  }

  /** Whether rows are added without looking at keys. */
  boolean isAppend() {
    return append;
  }

  /** Whether the records are tombstones. */
  boolean isDelete() {
    return deletes;
  }

  /** The key of a record by its number; the last one of the hot set has a key of its own. */
  IntUnaryOperator key(int count) {
    return this == HOT ? n -> n == count - 1 ? HOT_KEYS : (int) (n * 7919L % HOT_KEYS) : n -> n;
  }

  /** The key of the last record. */
  int lastKey(int count) {
    return key(count).applyAsInt(count - 1);
  }
}
