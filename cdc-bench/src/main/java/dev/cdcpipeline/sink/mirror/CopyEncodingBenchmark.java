package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.bench.jmh.OrderChanges;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Rows of {@code orders} (seven columns) written as PostgreSQL's text, as {@code COPY} and array
 * parameters take it, one thread: rows a second, without the network and the server.
 *
 * <p>{@link #encode} is ours: by the column's source type, timestamps as dates. {@link #toStrings}
 * is the floor of any text form: each value's {@code toString}, which is wrong for timestamps
 * (numbers) and escapes nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class CopyEncodingBenchmark {
  private static final int ROWS = 1024;

  private final StringBuilder out = new StringBuilder(1 << 18);
  private Row[] rows;
  private RowEncoder encoder;

  @Setup
  public void makeRows() {
    List<RowChange> changes = new OrderChanges(7).updates(ROWS, 100_000);
    rows = changes.stream().map(RowChange::row).toArray(Row[]::new);
    encoder = new RowEncoder(OrderChanges.TYPE, columns());
  }

  private static List<TargetColumn> columns() {
    return List.of(
        column("order_id", "integer", "int4", -1),
        column("customer_id", "integer", "int4", -1),
        column("order_status", "character varying(50)", "varchar", 54),
        column("total_amount", "numeric(10,2)", "numeric", 655_366),
        column("shipping_address", "text", "text", -1),
        column("created_at", "timestamp without time zone", "timestamp", -1),
        column("updated_at", "timestamp without time zone", "timestamp", -1));
  }

  private static TargetColumn column(String name, String type, String base, int modifier) {
    return new TargetColumn(name, type, base, base, modifier, false, false);
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public int encode() {
    out.setLength(0);
    for (Row row : rows) {
      for (int i = 0; i < encoder.size(); i++) {
        Object value = encoder.value(row, i);
        if (value != null) {
          encoder.append(i, value, out);
        }
        out.append('\t');
      }
    }
    return out.length();
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public int toStrings() {
    out.setLength(0);
    for (Row row : rows) {
      for (int i = 0; i < row.type().size(); i++) {
        out.append(row.get(i)).append('\t');
      }
    }
    return out.length();
  }
}
