package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.sink.change.LastChangePerKey;
import dev.cdcpipeline.sink.change.ReducedChange;
import dev.cdcpipeline.sink.change.RowChange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A batch of 20,000 updates reduced to the last one per key, one thread: changes a second, by how
 * many different keys the batch has.
 *
 * <p>{@link #reduce} makes keys of any columns and fills TOASTed values. {@link #mapPut} is the
 * floor: the same changes put into a hash map under their integer key, which does neither.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class BatchReductionBenchmark {
  private static final int CHANGES = 20_000;

  @Param({"100", "5000", "1000000"})
  public int keys;

  private List<RowChange> changes;

  @Setup
  public void makeChanges() {
    changes = new OrderChanges(7).updates(CHANGES, keys);
  }

  @Benchmark
  @OperationsPerInvocation(CHANGES)
  public List<ReducedChange> reduce() {
    LastChangePerKey last = new LastChangePerKey(OrderChanges.KEY);
    for (RowChange change : changes) {
      last.add(change);
    }
    return last.upserts();
  }

  @Benchmark
  @OperationsPerInvocation(CHANGES)
  public Map<Object, RowChange> mapPut() {
    Map<Object, RowChange> last = new HashMap<>();
    for (RowChange change : changes) {
      last.put(change.row().get(0), change);
    }
    return last;
  }
}
