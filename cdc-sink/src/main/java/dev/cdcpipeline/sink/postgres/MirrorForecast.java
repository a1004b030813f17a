package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.change.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a sink will do to a mirror when its source has other columns, before it has them.
 *
 * @param statements the DDL that it will run, in order
 * @param limits what the mirror then still does not take, and what follows
 */
public record MirrorForecast(List<String> statements, List<String> limits) {

  public MirrorForecast {
    statements = List.copyOf(statements);
    limits = List.copyOf(limits);
  }

  /**
   * The forecast for one mirror; changes nothing.
   *
   * @param target a connection to the target; read from only
   * @param allowed the sink's {@code schema.evolution}
   * @param type the source's columns as change events will describe them
   * @param keyColumns the source's key columns
   * @return empty if there is no such mirror
   * @throws FatalWriteException the sink will stop; the message says why and what to do
   */
  public static Optional<MirrorForecast> of(
      Connection target,
      SchemaEvolution allowed,
      TableId source,
      TableId mirror,
      RowType type,
      List<String> keyColumns)
      throws SQLException {
    TableCatalog catalog = new TableCatalog(target);
    Optional<TargetTable> found = catalog.find(mirror);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    TargetTable table = found.get();
    MirrorColumns.checkNames(source, type, keyColumns.equals(RowIdentity.KEY));
    UniqueKey.check(source, table, keyColumns);
    ColumnTypes types = new ColumnTypes(catalog);
    // the ledger and the sink are not used, as it runs nothing
    MirrorEvolution evolution = new MirrorEvolution(target, allowed, types, "cdc", "plan");
    List<String> statements = evolution.steps(source, table, type, keyColumns);
    List<String> limits = new ArrayList<>();
    for (Column column : type.columns()) {
      int place = table.indexOf(column.name());
      if (place < 0) {
        continue;
      }
      if (allowed == SchemaEvolution.EVOLVE) {
        String start = MirrorEvolution.alter(table, column) + "TYPE";
        if (statements.stream().anyMatch(statement -> statement.startsWith(start))) {
          for (String view : catalog.viewsOver(table, column.name())) {
            limits.add(
                "view %s uses column %s: the sink stops until it is dropped"
                    .formatted(view, column.name()));
          }
        }
        continue;
      }
      TargetColumn kept = table.columns().get(place);
      String wanted = types.typeOf(source.toString(), column);
      if (!TypeWidening.holds(kept.type(), wanted)) {
        limits.add(
            "column %s stays %s: the sink stops at the first value that does not fit"
                .formatted(column.name(), kept.type()));
      }
      if (kept.notNull() && column.mayBeNull() && !keyColumns.contains(column.name())) {
        limits.add(
            "column %s stays NOT NULL: the sink stops at the first NULL".formatted(column.name()));
      }
    }
    return Optional.of(new MirrorForecast(statements, limits));
  }
}
