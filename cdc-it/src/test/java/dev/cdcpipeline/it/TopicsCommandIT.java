package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.cli.CdcCommand;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code cdc topics} on the topics of a running pipeline. */
@CdcStackTest(on = StackKind.EMBEDDED)
class TopicsCommandIT {
  private static final String CUSTOMERS = "shop.public.customers";
  private static final Pattern PLACE =
      Pattern.compile("(?m)^(shop\\.[a-z._-]+)-\\d+@\\d+  \\d{4}-");

  private final TableWay way;

  TopicsCommandIT(TableWay way) {
    this.way = way;
  }

  private record Said(int code, String text) {
    List<String> places() {
      return PLACE.matcher(text).results().map(place -> place.group(1)).toList();
    }
  }

  private Said topics(String... words) {
    StringWriter out = new StringWriter();
    CommandLine cdc = CdcCommand.commandLine();
    cdc.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
    Stream<String> all =
        Stream.of(
                Stream.of("topics"),
                Stream.of(words),
                Stream.of("--data", ((EmbeddedStack) way.stack()).dataDirectory().toString()))
            .flatMap(part -> part);
    int code = cdc.execute(all.toArray(String[]::new));
    return new Said(code, out.toString());
  }

  @Test
  void showsTheLastChangesDecodedAndTombstones() {
    way.awaitArrival(); // a stack that has just started reads the rows in its snapshot
    way.commit(
        "INSERT INTO customers (email, first_name, last_name) SELECT 'topics-' || i ||"
            + " '@example.com', 'Zoë', 'Ümit' FROM generate_series(1, 30) i");
    way.awaitArrival(); // records of one moment have no order across partitions
    way.commit("DELETE FROM customers WHERE email = 'topics-30@example.com'");
    way.awaitArrival();

    Said said = topics("show", CUSTOMERS, "--limit", "4");

    assertThat(said.code()).as(said.text()).isZero();
    assertThat(said.places()).hasSize(4).containsOnly(CUSTOMERS);
    assertThat(said.text())
        .contains("  key    {\"customer_id\":")
        .contains("\"first_name\":\"Zoë\"", "\"op\":\"c\"", "\"op\":\"d\"")
        .contains("  value  (tombstone)")
        .containsPattern("\"created_at\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d");
  }

  @Test
  void showsAsManyAsAreAskedForAcrossPartitionsAndTransactions() {
    // each commit leaves a marker in each partition that it wrote to
    for (int i = 0; i < 12; i++) {
      way.commit("UPDATE products SET stock_quantity = stock_quantity + 1");
    }
    way.awaitArrival();

    assertThat(topics("show", "shop.public.products", "--limit", "25").places()).hasSize(25);
    assertThat(topics("show", "shop.public.products", "--from-beginning").places()).hasSize(10);
    assertThat(topics("show", "shop.public.products", "--from-beginning", "--limit", "1").text())
        .contains("\"op\":\"r\"", "\"price\":");
  }

  @Test
  void showsTheHeadersAndBytesOfADeadLetter() throws Exception {
    byte[] bytes = {0, 127, 127, 127, 127, 2, -1};
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>("shop.dead-letters", "key".getBytes(StandardCharsets.UTF_8), bytes);
    letter
        .headers()
        .add("__connect.errors.topic", "shop.public.orders".getBytes(StandardCharsets.UTF_8))
        .add(
            "__connect.errors.exception.message",
            "cannot decode value:\nfield x".getBytes(StandardCharsets.UTF_8));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            way.stack().endpoints().kafkaClient(),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(letter).get();
    }

    Said said = topics("show", "shop.dead-letters", "--limit", "1");

    assertThat(said.code()).as(said.text()).isZero();
    assertThat(said.text().lines().skip(1))
        .startsWith(
            "  header __connect.errors.topic: shop.public.orders",
            "  header __connect.errors.exception.message: cannot decode value:\\nfield x",
            "  key    key")
        .anyMatch(
            line -> line.startsWith("  value  0x007f7f7f7f02ff  (") && line.contains("2139062143"));
  }

  @Test
  void listsTopicsAndKnowsWhichThereAreNot() {
    assertThat(topics("list").text())
        .contains("shop.public.orders", "shop.transaction")
        .doesNotContain("__consumer_offsets");

    Said said = topics("show", "no.such.topic");

    assertThat(said.code()).isEqualTo(2);
    assertThat(said.text())
        .isEqualTo(
            "cdc: there is no topic no.such.topic; `cdc topics list` shows those that are there\n");
  }
}
