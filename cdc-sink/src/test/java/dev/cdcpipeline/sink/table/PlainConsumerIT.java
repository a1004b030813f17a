package dev.cdcpipeline.sink.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.LedgerEntry;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.postgres.TargetSession;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The library with a plain consumer, as {@code docs/sink.md} shows it. */
class PlainConsumerIT {
  private static final TopicPartition WORDS = new TopicPartition("words", 0);
  private static final RowType TYPE =
      new RowType(
          List.of(
              Changes.column("word", ColumnType.STRING), Changes.column("n", ColumnType.INT64)));

  static void drain(
      Consumer<String, String> consumer,
      SessionOptions target,
      Set<PartitionId> partitions,
      Function<ConsumerRecord<String, String>, RowChange> toRow,
      BooleanSupplier running)
      throws SQLException {
    // example
    try (Connection connection = TargetSession.open(target)) {
      OffsetLedger ledger = new OffsetLedger(connection, "cdc", "word-sink");
      ledger.createObjects();
      for (LedgerEntry entry : ledger.claimPartitions(partitions)) {
        PartitionId p = entry.partition();
        consumer.seek(new TopicPartition(p.topic(), p.partition()), entry.nextOffset().orElse(0));
      }
      ChangeWriter writer = new ChangeWriter(connection, ledger, Refusals.none());
      while (running.getAsBoolean()) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> writer.add(toRow.apply(record)));
        writer.commit();
      }
    }
    // end of example
  }

  private static RowChange row(ConsumerRecord<String, String> record) {
    boolean delete = record.value() == null;
    Object[] values = {record.key(), delete ? null : Long.valueOf(record.value())};
    return new RowChange(
        new TableId("public", "words"),
        delete ? Operation.DELETE : Operation.UPDATE,
        List.of("word"),
        new Row(TYPE, values),
        null,
        0,
        new Coordinates(record.topic(), record.partition(), record.offset()));
  }

  @Test
  void theExampleWritesEveryRecordOnceThroughRestarts() throws Exception {
    try (TargetDatabase target = new TargetDatabase()) {
      for (int run = 0; run < 3; run++) {
        try (MockConsumer<String, String> consumer = new MockConsumer<>("earliest")) {
          consumer.assign(List.of(WORDS));
          int end = 10 + run * 5;
          List<Integer> polls = new ArrayList<>(List.of(1, 2, 3));
          for (int i = 0; i < end; i++) {
            String value = i % 4 == 3 ? null : String.valueOf(i);
            consumer.addRecord(new ConsumerRecord<>("words", 0, i, "w" + i % 6, value));
          }
          drain(
              consumer,
              target.options(),
              Set.of(new PartitionId("words", 0)),
              PlainConsumerIT::row,
              () -> polls.size() > 0 && polls.remove(0) > 0);
        }
      }
      assertThat(target.rows("SELECT * FROM words ORDER BY 1"))
          .containsExactly("w0|18", "w2|14", "w4|16", "w5|17");
      assertThat(target.value("SELECT next_offset FROM cdc.offsets")).isEqualTo("20");
    }
  }

  @Test
  void theDocumentShowsTheExample() throws Exception {
    Path here = Path.of("src/test/java/dev/cdcpipeline/sink/table/PlainConsumerIT.java");
    String source = Files.readString(here, StandardCharsets.UTF_8);
    String example =
        source.substring(
            source.indexOf("// example\n") + "// example\n".length(),
            source.indexOf("    // end of example"));
    String shown =
        Arrays.stream(example.split("\n"))
            .map(line -> line.substring(Math.min(4, line.length())))
            .collect(Collectors.joining("\n"));
    assertThat(Files.readString(Path.of("../docs/sink.md"), StandardCharsets.UTF_8))
        .contains(shown);
  }
}
