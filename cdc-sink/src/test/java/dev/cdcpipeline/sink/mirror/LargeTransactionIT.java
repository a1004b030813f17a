package dev.cdcpipeline.sink.mirror;

import static dev.cdcpipeline.sink.postgres.Changes.column;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.sink.SmallJvm;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.postgres.TargetSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * One transaction of 24 values of 10 MB in a heap that holds a few, with options at their defaults.
 */
class LargeTransactionIT {
  private static final PartitionId PARTITION = new PartitionId("shop.public.pictures", 0);
  private static final int VALUES = 24;
  private static final int BYTES = 10 << 20;
  // behind one letter, so that no power of two falls between two of them
  private static final int PAIRS = BYTES / 4;

  @Test
  void aTransactionOfFewLargeRowsGoesThroughASmallHeap() throws Exception {
    try (TargetDatabase target = new TargetDatabase()) {
      SmallJvm.run("128m", Writing.class, target.options().url());

      assertThat(
              target.value(
                  "SELECT count(*) FILTER (WHERE note = 'x' || repeat('😀', %d)) || '|' || count(*)"
                          .formatted(PAIRS)
                      + " FILTER (WHERE picture = decode(repeat('00', %d), 'hex')) FROM"
                          .formatted(BYTES)
                      + " mirror.pictures"))
          .isEqualTo(VALUES / 2 + "|" + VALUES / 2);
      assertThat(target.value("SELECT next_offset FROM cdc.offsets"))
          .isEqualTo(String.valueOf(VALUES));
    }
  }

  /** Run in a JVM of its own. */
  static final class Writing {
    private Writing() {}

    /** Argument: JDBC URL. */
    public static void main(String[] args) throws SQLException {
      Changes pictures =
          Changes.of(
              "pictures",
              "id",
              column("id", ColumnType.INT32, "INT4"),
              column("note", ColumnType.STRING, "TEXT"),
              column("picture", ColumnType.BYTES, "BYTEA"));
      SessionOptions session = SessionOptions.of(args[0], "postgres", null);
      try (Connection connection = TargetSession.open(session)) {
        OffsetLedger ledger = new OffsetLedger(connection, "cdc", "large");
        ledger.createObjects();
        ledger.claim(List.of(PARTITION));
        TransactionalWriter writer =
            new TransactionalWriter(
                connection,
                ledger,
                WriterOptions.defaults().withKeepChanges(Set.of(pictures.table())),
                List.of());
        for (int id = 0; id < VALUES; id++) {
          boolean text = id % 2 == 0;
          writer.stage(
              List.of(
                  pictures.create(
                      id,
                      text ? "x" + "😀".repeat(PAIRS) : "",
                      text ? new byte[0] : new byte[BYTES])));
        }
        writer.endOfTransaction();
        writer.commit(
            List.of(new OffsetUpdate(PARTITION, null, VALUES, Changes.COMMIT_TIME)),
            Optional.empty());
      }
    }
  }
}
