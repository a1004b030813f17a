package com.example.support;

import static dev.cdcpipeline.transforms.changelog.ColumnKind.DECIMAL;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.INTEGER;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.TEXT;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.TIMESTAMP;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.application.StreamsResults;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import dev.cdcpipeline.transforms.pipeline.DeadLetterHandler;
import dev.cdcpipeline.transforms.pipeline.GroupResults;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import dev.cdcpipeline.transforms.pipeline.Table;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;

/** What each agent of a helpdesk has to do; docs/build-your-own-result.md explains each part. */
public final class AgentLoad implements StreamsResults {

  // tag: rows
  record Ticket(long ticketId, Long agentId, String state, BigDecimal hours, Long openedAt) {}

  record Agent(long agentId, String name) {}

  static final TableDefinition<Ticket> TICKETS =
      TableDefinition.of("support", "tickets")
          .key("ticket_id", INTEGER)
          .column("agent_id", INTEGER)
          .column("state", TEXT)
          .column("hours", DECIMAL)
          .column("opened_at", TIMESTAMP)
          .rows(
              row ->
                  new Ticket(
                      row.integer("ticket_id"),
                      row.integer("agent_id"),
                      row.text("state"),
                      row.decimal("hours"),
                      row.timestamp("opened_at")));

  static final TableDefinition<Agent> AGENTS =
      TableDefinition.of("support", "agents")
          .key("agent_id", INTEGER)
          .column("name", TEXT)
          .rows(row -> new Agent(row.integer("agent_id"), row.text("name")));

  // end: rows

  // tag: aggregates
  private static final Aggregate<Ticket, ?, BigDecimal> HOURS = Aggregate.sum(Ticket::hours);
  private static final Aggregate<Ticket, ?, Long> OLDEST =
      Aggregate.min(Ticket::openedAt, ValueType.LONG);

  // end: aggregates

  // tag: schema
  private static final Schema LOAD =
      SchemaBuilder.record("AgentLoad")
          .namespace("com.example.support")
          .fields()
          .optionalString("name")
          .requiredLong("open_tickets")
          .requiredString("hours")
          .optionalLong("oldest_opened_at")
          .endRecord();

  // end: schema

  // tag: result
  @Override
  public List<String> tableTopics() {
    return List.of("agent_load");
  }

  @Override
  public void addTo(Pipeline pipeline, ResultTopics topics, ReadProgress progress) {
    Table<Ticket> tickets = pipeline.table(TICKETS);
    Table<Agent> agents = pipeline.table(AGENTS);
    tickets
        .groupBy("agent-load", ValueType.LONG, AgentLoad::agentOfOpenTicket)
        .leftJoin(agents)
        .aggregate(HOURS, OLDEST)
        .to(topics.<Long, GenericRecord>topic("agent_load"), agentId -> agentId, AgentLoad::row);
  }

  /** The agent of a ticket that is still open; a row without a group is in no group. */
  private static Long agentOfOpenTicket(Ticket ticket) {
    return "open".equals(ticket.state()) ? ticket.agentId() : null;
  }

  private static GenericRecord row(Long agentId, Agent agent, GroupResults results) {
    return new GenericRecordBuilder(LOAD)
        .set("name", agent == null ? null : agent.name())
        .set("open_tickets", results.rows())
        .set("hours", results.get(HOURS).setScale(2, RoundingMode.HALF_UP).toString())
        .set("oldest_opened_at", results.get(OLDEST))
        .build();
  }

  // end: result

  // tag: application
  public static KafkaStreams application(Map<String, ?> addresses) {
    SchemaRegistry registry = SchemaRegistry.connect(addresses);
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.of("helpdesk", 3),
            () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
    new AgentLoad().addTo(pipeline, ResultTopics.of(registry), () -> ReadProgress.UNKNOWN);
    Map<String, Object> config = new HashMap<>(addresses);
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "agent-load");
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 50);
    config.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    config.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, "helpdesk.dead-letters");
    return new KafkaStreams(pipeline.build(), new StreamsConfig(config));
  }

  // end: application
}
