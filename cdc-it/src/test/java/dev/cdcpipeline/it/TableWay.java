package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.Reconciliation;
import dev.cdcpipeline.app.reconcile.TableComparison;
import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.stack.CdcStack;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Way;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What a scenario does with a running stack: write at the source, wait for the target, compare
 * both.
 */
public final class TableWay {
  private static final Duration PATIENCE = Duration.ofSeconds(300);

  private final CdcStack stack;
  private final Consumer<String> waiting;

  /** Works with a stack that runs. */
  public TableWay(CdcStack stack) {
    this(stack, message -> {});
  }

  /**
   * Works with a stack that runs.
   *
   * @param waiting told now and then what is waited for; what it throws ends the waiting
   */
  TableWay(CdcStack stack, Consumer<String> waiting) {
    this.stack = stack;
    this.waiting = waiting;
  }

  /** The stack it works with. */
  public CdcStack stack() {
    return stack;
  }

  /** Runs statements at the source in one transaction. */
  public void commit(String... statements) {
    try (Connection source = source();
        Statement statement = source.createStatement()) {
      source.setAutoCommit(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
      source.commit();
    } catch (SQLException e) {
      throw new AssertionError("the scenario's own statement failed at the source", e);
    }
  }

  /** A connection to the source, as the shop. */
  public Connection source() throws SQLException {
    return DriverManager.getConnection(stack.endpoints().sourceJdbcUrl());
  }

  /** A connection to the target, as an analyst. */
  public Connection target() throws SQLException {
    return DriverManager.getConnection(stack.endpoints().targetJdbcUrl());
  }

  /** One value at the source, as PostgreSQL writes it. */
  public String sourceValue(String sql, Object... parameters) {
    return value(stack.endpoints().sourceJdbcUrl(), sql, parameters);
  }

  /** One value at the target, as PostgreSQL writes it; null for SQL NULL and for no row. */
  public String targetValue(String sql, Object... parameters) {
    return value(stack.endpoints().targetJdbcUrl(), sql, parameters);
  }

  private static String value(String url, String sql, Object... parameters) {
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    } catch (SQLException e) {
      throw new AssertionError("cannot run " + sql, e);
    }
  }

  /** The target's rows of a query, columns joined by a bar. */
  public List<String> targetRows(String sql) {
    return rows(stack.endpoints().targetJdbcUrl(), sql);
  }

  /** The source's rows of a query, columns joined by a bar. */
  public List<String> sourceRows(String sql) {
    return rows(stack.endpoints().sourceJdbcUrl(), sql);
  }

  private static List<String> rows(String url, String sql) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
          line.append(i == 1 ? "" : "|").append(rows.getString(i));
        }
        lines.add(line.toString());
      }
      return lines;
    } catch (SQLException e) {
      throw new AssertionError("cannot run " + sql, e);
    }
  }

  /** Waits until all that is committed at the source by now is in the target. */
  public void awaitArrival() {
    TargetProgress.await(
        stack.endpoints().targetJdbcUrl(),
        TargetProgress.mark(stack.endpoints().sourceJdbcUrl()),
        PATIENCE,
        waiting);
  }

  /** Waits for arrival and compares every mirror and every result with the source. */
  public ReconcileReport assertEqualToTheSource() {
    return assertEqualToTheSource("");
  }

  /**
   * The same.
   *
   * @param about shown with the rows that differ, for example the seed of what was written
   */
  public ReconcileReport assertEqualToTheSource(String about) {
    return assertEqualToTheSource(Way.TABLE, about);
  }

  /**
   * The same by one or both ways.
   *
   * @param ways which tables of the target are compared
   * @param about shown with the rows that differ, for example the seed of what was written
   */
  public ReconcileReport assertEqualToTheSource(Way ways, String about) {
    ReconcileReport report = compare(ways);
    assertThat(report.notCompared()).as("everything was compared").isEmpty();
    assertThat(report.tables().stream().filter(t -> t.differences() > 0).toList())
        .as("%s tables that differ: %s", about, differing(report))
        .isEmpty();
    return report;
  }

  /** Waits for arrival and compares every mirror and every result, whatever comes out. */
  public ReconcileReport compare() {
    return compare(Way.TABLE);
  }

  private ReconcileReport compare(Way ways) {
    return new Reconciliation(
            new Reconciliation.Options(
                stack.endpoints().sourceJdbcUrl(),
                stack.endpoints().targetJdbcUrl(),
                Optional.of(Distribution.locate().results()),
                PATIENCE,
                5,
                true,
                ways),
            waiting)
        .run();
  }

  private static String differing(ReconcileReport report) {
    return report.tables().stream()
        .filter(table -> table.differences() > 0)
        .map(TableComparison::toString)
        .collect(Collectors.joining("\n"));
  }
}
