package dev.cdcpipeline.transforms.quality;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.PairType;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keeps the violations of one table: open when a rule is broken for longer than its grace period,
 * resolved when it no longer is. Times are when this was seen. The grace period is over when all
 * that was committed in it has been processed and the rule is still broken: after an interruption
 * what heals it may be yet to come.
 */
final class ViolationProcessor<K, V> extends ContextualProcessor<byte[], Observation, K, V> {
  private static final Duration DEADLINE_CHECKS = Duration.ofMillis(500);
  private static final byte BY_ROW = 0;
  private static final byte BY_DEADLINE = 1;

  private record RowOfRule(String rule, String rowKey) {}

  private static final ValueType<RowOfRule> KEY =
      new PairType<>(
          ValueType.STRING, RowOfRule::rule, ValueType.STRING, RowOfRule::rowKey, RowOfRule::new);
  private static final ValueType<String> DETAIL = ValueType.STRING;

  /**
   * A violation as it is kept.
   *
   * @param sinceMillis when it was opened; while it is not, its deadline
   */
  private record Kept(boolean open, long sinceMillis, Lsn lsn, String detail) {
    byte[] toBytes() {
      BinaryOutput out = new BinaryOutput();
      out.writeByte(open ? 1 : 0);
      out.writeVarLong(sinceMillis);
      out.writeVarLong(lsn.value());
      DETAIL.write(out, detail);
      return out.toByteArray();
    }

    static Kept read(byte[] bytes) {
      BinaryInput in = new BinaryInput(bytes);
      return new Kept(
          in.readByte() == 1, in.readVarLong(), new Lsn(in.readVarLong()), DETAIL.read(in));
    }
  }

  private final String table;
  private final String storeName;
  private final Map<String, Duration> graces;
  private final ReadProgress progress;
  private final Function<BrokenRule, KeyValue<K, V>> record;
  private KeyValueStore<Bytes, byte[]> store;

  /**
   * A processor for one table.
   *
   * @param graces how long each rule may be broken before it is a violation; at once if it is not
   *     named
   * @param progress tells when a grace period is over
   * @param record makes what is passed on of a violation
   */
  ViolationProcessor(
      String table,
      String storeName,
      Map<String, Duration> graces,
      ReadProgress progress,
      Function<BrokenRule, KeyValue<K, V>> record) {
    this.table = table;
    this.storeName = storeName;
    this.graces = graces;
    this.progress = progress;
    this.record = record;
  }

  @Override
  public void init(ProcessorContext<K, V> context) {
    super.init(context);
    store = context.getStateStore(storeName);
    context.schedule(DEADLINE_CHECKS, PunctuationType.WALL_CLOCK_TIME, this::openExpired);
  }

  @Override
  public void process(Record<byte[], Observation> record) {
    Observation seen = record.value();
    RowOfRule key = new RowOfRule(seen.rule(), seen.rowKey());
    byte[] bytes = store.get(byRow(key));
    Kept kept = bytes == null ? null : Kept.read(bytes);
    long now = context().currentSystemTimeMs();
    if (seen.detail() == null) {
      resolve(key, kept, seen.lsn(), now);
    } else if (kept == null) {
      begin(key, seen, now);
    } else if (!kept.detail().equals(seen.detail())) {
      Kept changed = new Kept(kept.open(), kept.sinceMillis(), seen.lsn(), seen.detail());
      store.put(byRow(key), changed.toBytes());
      if (changed.open()) {
        forward(key, changed, null, now);
      }
    }
  }

  private void begin(RowOfRule key, Observation seen, long now) {
    Duration grace = graces.getOrDefault(seen.rule(), Duration.ZERO);
    if (grace.isZero()) {
      open(key, new Kept(true, now, seen.lsn(), seen.detail()), now);
      return;
    }
    long deadline = now + grace.toMillis();
    store.put(byRow(key), new Kept(false, deadline, seen.lsn(), seen.detail()).toBytes());
    store.put(byDeadline(deadline, key), new byte[0]);
  }

  private void resolve(RowOfRule key, Kept kept, Lsn lsn, long now) {
    if (kept == null) {
      return;
    }
    store.delete(byRow(key));
    if (kept.open()) {
      forward(key, new Kept(true, kept.sinceMillis(), lsn, kept.detail()), now, now);
    } else {
      store.delete(byDeadline(kept.sinceMillis(), key));
    }
  }

  private void openExpired(long now) {
    long reached = progress.millis();
    if (reached == ReadProgress.UNKNOWN) {
      return;
    }
    List<Bytes> expired = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> deadlines =
        store.range(deadline(0), deadline(reached + 1))) {
      deadlines.forEachRemaining(entry -> expired.add(entry.key));
    }
    for (Bytes entry : expired) {
      BinaryInput in = new BinaryInput(entry.get());
      in.readByte();
      in.readSortedLong();
      RowOfRule key = KEY.read(in);
      store.delete(entry);
      Kept pending = Kept.read(store.get(byRow(key)));
      open(key, new Kept(true, now, pending.lsn(), pending.detail()), now);
    }
  }

  private void open(RowOfRule key, Kept violation, long now) {
    store.put(byRow(key), violation.toBytes());
    forward(key, violation, null, now);
  }

  private void forward(RowOfRule key, Kept violation, Long resolvedMillis, long now) {
    KeyValue<K, V> made =
        record.apply(
            new BrokenRule(
                key.rule(),
                table,
                key.rowKey(),
                violation.detail(),
                Instant.ofEpochMilli(violation.sinceMillis()),
                resolvedMillis == null ? null : Instant.ofEpochMilli(resolvedMillis),
                violation.lsn()));
    context().forward(new Record<>(made.key, made.value, now));
  }

  private static Bytes byRow(RowOfRule key) {
    BinaryOutput out = new BinaryOutput();
    out.writeByte(BY_ROW);
    KEY.write(out, key);
    return Bytes.wrap(out.toByteArray());
  }

  private static Bytes byDeadline(long millis, RowOfRule key) {
    BinaryOutput out = new BinaryOutput();
    out.writeByte(BY_DEADLINE);
    out.writeSortedLong(millis);
    KEY.write(out, key);
    return Bytes.wrap(out.toByteArray());
  }

  private static Bytes deadline(long millis) {
    BinaryOutput out = new BinaryOutput();
    out.writeByte(BY_DEADLINE);
    out.writeSortedLong(millis);
    return Bytes.wrap(out.toByteArray());
  }
}
