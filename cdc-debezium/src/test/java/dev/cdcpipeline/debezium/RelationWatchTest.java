package dev.cdcpipeline.debezium;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.debezium.RowIdentities.Sent;
import io.debezium.config.Configuration;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.MessageDecoder;
import io.debezium.connector.postgresql.connection.ReplicationStream.ReplicationMessageProcessor;
import io.debezium.connector.postgresql.connection.WalPositionLocator;
import io.debezium.data.Envelope;
import io.debezium.relational.Column;
import io.debezium.relational.Table;
import io.debezium.relational.TableId;
import io.debezium.relational.TableSchema;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;

class RelationWatchTest {
  private static final int OLD = 16_400;
  private static final int NEW = -5; // an oid above 2^31, as an int has it

  private final Configuration configuration =
      Configuration.create()
          .with("topic.prefix", "shop")
          .with("database.dbname", "shop")
          .with("database.hostname", "127.0.0.1")
          .with("table.include.list", "public.swap,public.keyed")
          .with("message.key.columns", "public.keyed:sku")
          .build();
  private final CdcSourceTaskContext<PostgresConnectorConfig> context =
      new ExactlyOncePostgresConnectorTask().preStart(configuration);
  private final Known debezium = new Known(context);
  private List<Sent> sent = List.of();
  private String numbers = "id=1&sku=2";
  private final RowIdentities identities =
      new RowIdentities(null, context.getConfig()) {
        @Override
        List<Sent> sent(int relation, Table table) {
          return sent;
        }

        @Override
        Optional<String> deferrable(int relation, Table table, List<String> key) {
          return Optional.empty();
        }
      };
  private final RelationWatch watch =
      new RelationWatch(
          context,
          debezium,
          identities,
          new ColumnNumbers(null) {
            @Override
            String of(int relation, Table table) {
              return numbers;
            }
          });
  private final LoggedIdentities log = new LoggedIdentities(new NothingDecoded(), identities);

  private static final class NothingDecoded implements MessageDecoder {
    @Override
    public void processMessage(
        ByteBuffer buffer, ReplicationMessageProcessor processor, TypeRegistry types) {
      assertThat(buffer.position()).isZero();
    }

    @Override
    public ChainedLogicalStreamBuilder defaultOptions(
        ChainedLogicalStreamBuilder builder, Function<Integer, Boolean> hasMinimumServerVersion) {
      return builder;
    }

    @Override
    public boolean shouldMessageBeSkipped(
        ByteBuffer buffer, Lsn received, Lsn start, WalPositionLocator position) {
      return false;
    }

    @Override
    public void close() {}
  }

  /** Debezium's schema: it passes over tables that are not captured, and forgets nothing. */
  private static final class Known extends PostgresSchema {
    private final Map<Integer, Table> relations = new HashMap<>();
    private final Map<TableId, TableSchema> schemas = new HashMap<>();

    Known(CdcSourceTaskContext<PostgresConnectorConfig> context) {
      super(context, null, null, null, null);
    }

    @Override
    public void applySchemaChangesForTable(int relation, Table table) {
      relations.put(relation, table);
      Schema row = SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
      Envelope envelope =
          Envelope.defineSchema().withName("e").withRecord(row).withSource(row).build();
      schemas.put(table.id(), new TableSchema(table.id(), row, null, envelope, row, null));
    }

    @Override
    public Table tableFor(int relation) {
      return relations.get(relation);
    }

    @Override
    public TableSchema schemaFor(TableId id) {
      return schemas.get(id);
    }
  }

  private static Table table(String name) {
    return Table.editor()
        .tableId(new TableId(null, "public", name))
        .addColumns(
            Column.editor().name("id").type("int4").create(),
            Column.editor().name("sku").type("text").create())
        .setPrimaryKeyNames("id")
        .create();
  }

  private SourceRecord change(String table) {
    Schema schema =
        debezium.schemaFor(new TableId(null, "public", table)).getEnvelopeSchema().schema();
    return new SourceRecord(Map.of(), Map.of(), "shop.public." + table, null, schema, null);
  }

  private static List<Sent> sending(String... columns) {
    return List.of(new Sent("public.swap", List.of(columns)));
  }

  private static Object columns(SourceRecord record) {
    return record.headers().lastWithName(RelationWatch.COLUMNS_HEADER).value();
  }

  private static Object relation(SourceRecord record) {
    Header header = record.headers().lastWithName(RelationWatch.HEADER);
    return header == null ? null : header.value();
  }

  @Test
  void changesOfATableThatWasRenamedOutOfTheCapturedOnesAreNoMoreTaken() {
    watch.applySchemaChangesForTable(OLD, table("swap"));
    assertThat(watch.tableFor(OLD)).isNotNull();

    watch.applySchemaChangesForTable(OLD, table("swap_old"));
    watch.applySchemaChangesForTable(NEW, table("swap"));

    assertThat(watch.tableFor(OLD)).isNull();
    assertThat(watch.tableFor(NEW)).isNotNull();
    watch.applySchemaChangesForTable(OLD, table("swap"));
    assertThat(watch.tableFor(OLD)).as("renamed back").isNotNull();
  }

  @Test
  void theFirstChangeBehindEachDescriptionSaysWhichRelationItIsOf() {
    watch.applySchemaChangesForTable(OLD, table("swap"));
    SourceRecord first = change("swap");
    SourceRecord second = change("swap");
    watch.applySchemaChangesForTable(NEW, table("swap"));
    SourceRecord others = change("swap");

    watch.announced(List.of(others));
    watch.announced(List.of(first, second));
    assertThat(relation(others)).isEqualTo(4_294_967_291L);
    assertThat(relation(first)).as("described again before it was polled").isEqualTo(16_400L);
    assertThat(relation(second)).isNull();

    numbers = "id=1&sku=3";
    watch.applySchemaChangesForTable(OLD, table("swap"));
    List<SourceRecord> polled = List.of(change("swap"), change("swap"));
    watch.announced(polled);
    assertThat(polled).extracting(RelationWatchTest::relation).containsExactly(16_400L, null);
    assertThat(columns(first)).isEqualTo("id=1&sku=2");
    assertThat(columns(polled.get(0))).isEqualTo("id=1&sku=3");
  }

  @Test
  void aTableWhoseOldRowsLackTheKeyIsRefusedWithTheStatementThatHelps() {
    sent = sending("sku");

    assertThatThrownBy(() -> watch.applySchemaChangesForTable(OLD, table("swap")))
        .isInstanceOf(ConnectException.class)
        .hasMessage(
            "source connector: cannot capture \"public\".\"swap\": a DELETE or an UPDATE of the key"
                + " sends (sku), the REPLICA IDENTITY of public.swap, and not (id), the key of its"
                + " records, so that another row would be changed; run at the source: ALTER TABLE"
                + " public.swap REPLICA IDENTITY DEFAULT, or ALTER TABLE public.swap REPLICA"
                + " IDENTITY FULL, then restart the connector");
    sent = sending("id", "sku");
    watch.applySchemaChangesForTable(OLD, table("swap"));
    sent = sending("id");
    watch.applySchemaChangesForTable(OLD, table("swap"));
  }

  @Test
  void aKeyThatTheConnectorNamesHasToBeSentToo() {
    sent = sending("id");
    assertThatThrownBy(() -> watch.applySchemaChangesForTable(OLD, table("keyed")))
        .hasMessageContaining("sends (id), the REPLICA IDENTITY of public.swap, and not (sku)")
        .hasMessageContaining("run at the source: ALTER TABLE public.swap REPLICA IDENTITY FULL");
    sent = sending("sku");
    watch.applySchemaChangesForTable(OLD, table("keyed"));
  }

  /** The identity was changed after the change and before the connector came to it. */
  @Test
  void aChangeThatWasLoggedWithoutTheKeyIsRefusedThoughTheCatalogueIsRightMeanwhile()
      throws Exception {
    sent = sending("id");
    describeInLog("sku");
    look('I');

    assertThatThrownBy(() -> look('U')).isInstanceOf(ConnectException.class);
    assertThatThrownBy(() -> look('D'))
        .hasMessage(
            "source connector: cannot tell which row of \"public\".\"swap\" was changed: the log"
                + " has updates or deletes from before its REPLICA IDENTITY or its key was changed,"
                + " with (sku) and not (id), the key of its records; leave the table out, by"
                + " table.include.list or table.exclude.list, until the connector has read past"
                + " them, take it in again, then: cdc table reread --remove public.swap");

    describeInLog("id");
    look('U');
    describeInLog("sku", "id");
    look('D');
    describeInLog();
    look('D');
  }

  private void describeInLog(String... identity) throws Exception {
    List<String> sentColumns = List.of(identity);
    ByteBuffer message = ByteBuffer.allocate(200).put((byte) 'R').putInt(OLD);
    message.put("public\0swap\0".getBytes(UTF_8)).put((byte) 'd').putShort((short) 2);
    for (String column : List.of("id", "sku")) {
      message.put((byte) (sentColumns.contains(column) ? 1 : 0));
      message.put((column + "\0").getBytes(UTF_8)).putInt(25).putInt(-1);
    }
    log.processMessage(message.flip(), null, null);
    watch.applySchemaChangesForTable(OLD, table("swap"));
  }

  private void look(char type) throws Exception {
    log.processMessage(ByteBuffer.allocate(20).put((byte) type).putInt(OLD).rewind(), null, null);
  }
}
