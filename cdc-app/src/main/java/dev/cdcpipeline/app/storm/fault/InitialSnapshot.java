package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.storm.stage.StormConnectors;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.sql.Connection;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Lets the source connector begin again under load: without offsets and without its slot, so that
 * it reads everything. What changed between the two slots comes by the snapshot alone.
 */
final class InitialSnapshot implements Fault {
  @Override
  public String name() {
    return "initial-snapshot";
  }

  @Override
  public String description() {
    return "the source connector loses offsets and slot, and reads everything again";
  }

  @Override
  public Optional<String> whyNot(StormStack stack) {
    return stack.way().hasTopics()
        ? Optional.of(
            "no event tells Kafka Streams of rows that are deleted between two slots; --way table"
                + " has it")
        : Optional.empty();
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    String connector = StormConnectors.SOURCE;
    Moments.persist(
        "forget the offsets of " + connector,
        () -> {
          // again each time: another fault may have let it go on
          stack.connect().stop(connector);
          stack.connect().forgetOffsets(connector);
        });
    Moments.persist("drop the slot", () -> dropSlot(stack));
    Moments.persist("resume " + connector, () -> stack.connect().resume(connector));
    return "a new snapshot was begun";
  }

  private static void dropSlot(StormStack stack) throws Exception {
    try (Connection source = stack.sourceAsSuperuser()) {
      Query.of(
              "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name"
                  + " = 'cdc_shop'")
          .run(source);
    }
  }
}
