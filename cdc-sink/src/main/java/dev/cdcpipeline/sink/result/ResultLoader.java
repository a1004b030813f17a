package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the results of one session in the order in which they are maintained: reads them from the
 * catalogue, checks them, and computes those that wait for it in full. Runs in the caller's
 * transaction, with {@code search_path} set; a definition that fails is rolled back to a savepoint
 * and noted.
 */
final class ResultLoader {
  /** What the catalogue says of a result that waits for a transaction which may lock its table. */
  static final String POSTPONED = "waits for a transaction of its own";

  private static final Logger LOG = LoggerFactory.getLogger(ResultLoader.class);

  private final Connection connection;
  private final ResultOptions options;
  private final ResultCatalog catalog;
  private final List<KeptResult> kept = new ArrayList<>();
  private final Map<String, TouchedTable> touched;
  private final String lsn;
  private boolean mayLock;
  private boolean changed;
  private boolean postponed;

  private ResultLoader(
      Connection connection,
      ResultOptions options,
      ResultCatalog catalog,
      Map<String, TouchedTable> touched,
      String lsn,
      boolean mayLock) {
    this.connection = connection;
    this.options = options;
    this.catalog = catalog;
    this.touched = touched;
    this.lsn = lsn;
    this.mayLock = mayLock;
  }

  /**
   * What was loaded.
   *
   * @param changed whether the catalogue, a table or the session was changed, which a rollback
   *     would undo
   * @param postponed whether a result waits for a transaction that may lock its table
   * @param mayLock whether a table may still be locked against readers
   */
  record Loaded(List<KeptResult> results, boolean changed, boolean postponed, boolean mayLock) {}

  /**
   * Reads the catalogue and builds what waits and can be built.
   *
   * @param touched the mirrors that the running flush has written; a log that is built within a
   *     flush logs the rows before it as a snapshot's, then its changes
   * @param lsn the position that the mirrors stand at; may be empty
   * @param mayLock whether one result's table may be locked against readers: the transaction has
   *     changed no mirror, and locks nothing else
   */
  static Loaded load(
      Connection connection,
      ResultOptions options,
      ResultCatalog catalog,
      Map<String, TouchedTable> touched,
      String lsn,
      boolean mayLock)
      throws SQLException {
    ResultLoader results = new ResultLoader(connection, options, catalog, touched, lsn, mayLock);
    results.load();
    return new Loaded(
        List.copyOf(results.kept), results.changed, results.postponed, results.mayLock);
  }

  private void load() throws SQLException {
    Map<String, CatalogueEntry> entries = new HashMap<>();
    List<ResultDefinition> definitions = new ArrayList<>();
    for (CatalogueEntry entry : catalog.list(connection)) {
      entries.put(entry.name(), entry);
      definitions.add(entry.definition());
    }
    for (ResultDefinition definition : ResultOrder.sort(definitions)) {
      boolean feeds = definitions.stream().anyMatch(d -> ResultOrder.reads(d, definition));
      kept.add(load(entries.get(definition.name()), feeds));
    }
  }

  private KeptResult load(CatalogueEntry entry, boolean feeds) throws SQLException {
    ResultDefinition definition = entry.definition();
    KeptResult inactive = KeptResult.inactive(entry, entry.state(), feeds);
    Optional<KeptResult> standing =
        kept.stream()
            .filter(k -> ResultOrder.reads(definition, k.definition()) && !k.active())
            .findFirst();
    if (entry.state() == State.FAILED) {
      return inactive;
    }
    if (standing.isPresent()) {
      return blocked(entry, inactive, standing.get());
    }
    List<String> missing = new ShapeReader(connection, options).missing(definition);
    if (!missing.isEmpty()) {
      wait(entry, "waits for table " + String.join(", ", missing));
      return KeptResult.inactive(entry, State.WAITING, feeds);
    }
    try {
      return guarded(
          () -> entry.state() == State.WAITING ? build(entry, feeds) : open(entry, feeds));
    } catch (InvalidResultException e) {
      LOG.error("result {} failed: {}", entry.name(), e.getMessage());
      catalog.failed(connection, entry.name(), e.getMessage(), lsn.isEmpty() ? null : lsn);
      changed = true;
      return KeptResult.inactive(entry, State.FAILED, feeds);
    }
  }

  private KeptResult blocked(CatalogueEntry entry, KeptResult inactive, KeptResult standing)
      throws SQLException {
    if (standing.state() == State.WAITING) {
      wait(entry, "waits for result " + standing.name());
      return KeptResult.inactive(entry, State.WAITING, inactive.feeds());
    }
    catalog.failed(
        connection,
        entry.name(),
        "reads " + standing.name() + ", which failed",
        lsn.isEmpty() ? null : lsn);
    changed = true;
    return inactive.failed();
  }

  private void wait(CatalogueEntry entry, String why) throws SQLException {
    if (!entry.error().equals(Optional.of(why)) || entry.state() != State.WAITING) {
      catalog.waiting(connection, entry.name(), why);
      changed = true;
    }
  }

  private KeptResult open(CatalogueEntry entry, boolean feeds) throws SQLException {
    ResultShape shape = new ShapeReader(connection, options).read(entry.definition());
    if (feeds) {
      changed |= new ResultTable(connection, options).createChangedRows(shape);
    }
    return new KeptResult(entry.definition(), State.ACTIVE, true, feeds, Optional.of(shape));
  }

  private KeptResult build(CatalogueEntry entry, boolean feeds) throws SQLException {
    long start = System.nanoTime();
    ResultDefinition definition = entry.definition();
    ResultShape shape = new ShapeReader(connection, options).read(definition);
    ResultTable table = new ResultTable(connection, options);
    claim(table, definition);
    // a table that the catalogue has built before may be altered, any other only be filled
    boolean ours = entry.builtAt().isPresent();
    ResultTable.Existing existing = table.prepare(shape, ours, mayLock);
    if (existing == ResultTable.Existing.BUSY) {
      postponed = true;
      wait(entry, POSTPONED);
      return KeptResult.inactive(entry, State.WAITING, feeds);
    }
    mayLock &= !table.hasLocked();
    if (feeds) {
      table.createChangedRows(shape);
    }
    try (Statement statement = connection.createStatement()) {
      // a timeout made for flushes would stop a long build each time it is tried
      statement.execute("SET LOCAL statement_timeout = 0");
      if (definition.kind() == ResultKind.LOG) {
        for (String sql : new LogBuild(shape).statements(existing, touched)) {
          statement.execute(sql);
        }
      } else {
        checkDigits(shape, statement);
        statement.execute(new MaintenanceSql(shape, options, false).recomputeAll());
        for (String sql : new MaintenanceSql(shape, options, false).always()) {
          statement.execute(sql);
        }
      }
      if (existing == ResultTable.Existing.EMPTIED) {
        table.freeze(shape);
      }
      statement.execute("ANALYZE " + shape.table());
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    catalog.active(connection, entry.name(), millis);
    LOG.info("result {} built in {} ms", entry.name(), millis);
    changed = true;
    return new KeptResult(definition, State.ACTIVE, true, feeds, Optional.of(shape));
  }

  private static void claim(ResultTable table, ResultDefinition definition) throws SQLException {
    try {
      table.claim(definition);
    } catch (FatalWriteException e) {
      // asked for while others are maintained, which go on
      throw new InvalidResultException(definition.file() + ": " + e.getMessage(), e);
    }
  }

  /** Refuses a definition whose values the table's types would cut. */
  private void checkDigits(ResultShape shape, Statement statement) throws SQLException {
    List<String> numbers =
        shape.selected().stream().filter(c -> shape.type(c).equals("numeric(38,2)")).toList();
    if (numbers.isEmpty() || shape.definition().kind() == ResultKind.VIOLATIONS) {
      return;
    }
    String sql =
        "SELECT "
            + Sql.each(
                numbers,
                ", ",
                c ->
                    "coalesce(bool_or(%1$s <> round(%1$s, 2)), false)"
                        .formatted("q." + Sql.quote(c)))
            + " FROM ("
            + shape.definition().select()
            + "\n) q";
    try (var rows = statement.executeQuery(sql)) {
      rows.next();
      for (int i = 0; i < numbers.size(); i++) {
        if (rows.getBoolean(i + 1)) {
          throw new InvalidResultException(
              shape.definition().file()
                  + ": column "
                  + numbers.get(i)
                  + " has more than two decimals and no type of its own; round it, cast it or add"
                  + " '-- type: "
                  + numbers.get(i)
                  + " numeric(38,6)'");
        }
      }
    }
  }

  /** Runs something that may fail for the definition's sake, and undoes it if it does. */
  private KeptResult guarded(Attempt attempt) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SAVEPOINT cdc_build");
      try {
        KeptResult result = attempt.run();
        statement.execute("RELEASE SAVEPOINT cdc_build");
        return result;
      } catch (InvalidResultException e) {
        statement.execute("ROLLBACK TO SAVEPOINT cdc_build");
        throw e;
      } catch (SQLException e) {
        if (FaultOf.of(e) == FaultOf.SYSTEM) {
          throw e;
        }
        statement.execute("ROLLBACK TO SAVEPOINT cdc_build");
        throw new InvalidResultException(FaultOf.message(e), e);
      }
    }
  }

  @FunctionalInterface
  private interface Attempt {
    KeptResult run() throws SQLException;
  }
}
