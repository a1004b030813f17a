package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.debezium.config.Configuration;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.data.Envelope;
import io.debezium.relational.Column;
import io.debezium.relational.Table;
import io.debezium.relational.TableId;
import io.debezium.relational.TableSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

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
  private List<String> sent = List.of();
  private String numbers = "id=1&sku=2";
  private final RelationWatch watch =
      new RelationWatch(
          context,
          debezium,
          new RowIdentities(null, context.getConfig()) {
            @Override
            List<String> sent(int relation, Table table) {
              return sent;
            }

            @Override
            Optional<String> deferrable(int relation, Table table, List<String> key) {
              return Optional.empty();
            }
          },
          new ColumnNumbers(null) {
            @Override
            String of(int relation, Table table) {
              return numbers;
            }
          });

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
    sent = List.of("sku");

    assertThatThrownBy(() -> watch.applySchemaChangesForTable(OLD, table("swap")))
        .isInstanceOf(ConnectException.class)
        .hasMessage(
            "source connector: cannot capture \"public\".\"swap\": a DELETE or an UPDATE of the key"
                + " sends (sku), its REPLICA IDENTITY, and not (id), the key of its records, so"
                + " that another row would be changed; run at the source: ALTER TABLE"
                + " \"public\".\"swap\" REPLICA IDENTITY DEFAULT, or ALTER TABLE"
                + " \"public\".\"swap\" REPLICA IDENTITY FULL, then restart the connector");
    sent = List.of("id", "sku");
    watch.applySchemaChangesForTable(OLD, table("swap"));
    sent = List.of("id");
    watch.applySchemaChangesForTable(OLD, table("swap"));
  }

  @Test
  void aKeyThatTheConnectorNamesHasToBeSentToo() {
    sent = List.of("id");
    assertThatThrownBy(() -> watch.applySchemaChangesForTable(OLD, table("keyed")))
        .hasMessageContaining("sends (id), its REPLICA IDENTITY, and not (sku)")
        .hasMessageContaining(
            "run at the source: ALTER TABLE \"public\".\"keyed\" REPLICA IDENTITY FULL");
    sent = List.of("sku");
    watch.applySchemaChangesForTable(OLD, table("keyed"));
  }
}
