package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.mirror.FlushListener;
import dev.cdcpipeline.sink.mirror.FlushView;
import dev.cdcpipeline.sink.mirror.StagedTable;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import dev.cdcpipeline.sink.result.ResultCatalog.Request;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps all results true to the commit: within each flush's transaction, after the mirrors are
 * written, every result that reads a touched table is brought to what its SELECT gives.
 *
 * <p>A result whose SELECT fails on the rows is marked failed in the catalogue and stands still,
 * with those that read it; the flush goes on. Requests made through {@link ResultCatalog} are
 * carried out between two flushes. Not thread-safe; one per task.
 */
public final class ResultMaintainer implements FlushListener {
  private static final Logger LOG = LoggerFactory.getLogger(ResultMaintainer.class);

  private final ResultOptions options;
  private final Clock clock;
  private final ResultCatalog catalog;
  private final Map<String, String> texts = new HashMap<>();
  private final FreshPlans plans = new FreshPlans();
  private Optional<List<ResultDefinition>> directory;
  private List<KeptResult> kept = List.of();
  private Set<String> logged = Set.of();
  private FlushSession session;

  /**
   * The catalogue or the session was changed in a transaction that may yet be rolled back: read it
   * again before relying on memory.
   */
  private boolean unconfirmed;

  /** Requests are open, or a result waits for a transaction that may lock its table. */
  private boolean asked;

  /** The transaction changes no mirror, and has locked no table against readers. */
  private boolean mayLock;

  /** The commit that the mirrors stand at; empty before this session's first flush. */
  private String position = "";

  private Instant commitTime = Instant.EPOCH;

  /**
   * @param directory definitions that are built when the first session opens, if they are new or
   *     changed; those that the catalogue has besides are maintained, too
   * @param clock tells the time before the first commit
   */
  public ResultMaintainer(
      ResultOptions options, Optional<List<ResultDefinition>> directory, Clock clock) {
    this.options = options;
    this.directory = directory;
    this.clock = clock;
    this.catalog = new ResultCatalog(options);
    this.logged = logged(directory.orElse(List.of()));
  }

  @Override
  public void opened(Connection connection) throws SQLException {
    guarded("open the results", () -> open(connection));
  }

  private void open(Connection connection) throws SQLException {
    session = new FlushSession(connection, options);
    catalog.createObjects(connection);
    commitTime = lastCommit(connection);
    session.begin("", commitTime, false);
    claimTables(connection);
    if (directory.isPresent()) {
      // it is not read again after a crash of the target, so that it must not be lost in one
      session.execute("SET LOCAL synchronous_commit = on");
      reconcile(connection, directory.get());
    }
    mayLock = true;
    load(connection, Map.of(), "");
    session.end(false);
  }

  // two sinks with one result would both add every change to it
  private void claimTables(Connection connection) throws SQLException {
    List<ResultDefinition> definitions = new ArrayList<>(directory.orElse(List.of()));
    catalog.list(connection).forEach(entry -> definitions.add(entry.definition()));
    ResultTable table = new ResultTable(connection, options);
    for (ResultDefinition definition : definitions) {
      table.claim(definition);
    }
  }

  /** What heals a row after it may be committed and not read yet: the time is the source's. */
  private Instant lastCommit(Connection connection) throws SQLException {
    String sql =
        "SELECT commit_time FROM "
            + Sql.quote(options.catalogueSchema(), "position")
            + " WHERE sink = ? AND commit_time IS NOT NULL";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, options.sink());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getObject(1, OffsetDateTime.class).toInstant() : clock.instant();
      }
    }
  }

  /**
   * Whether the definitions of the directory are in the catalogue for good: a session that goes on
   * after a passing fault takes them from there, with what commands have changed since.
   */
  public boolean directoryApplied() {
    return directory.isEmpty();
  }

  @Override
  public boolean wantsChanges(TableId table) {
    return logged.contains(table.name());
  }

  @Override
  public void beforeRows(FlushView flush) throws SQLException {
    if (unconfirmed) {
      guarded(
          "load the results",
          () -> {
            begin(flush, false);
            mayLock = false;
            load(flush.connection(), Map.of(), "");
            session.end(false);
          });
    }
  }

  @Override
  public void afterRows(FlushView flush) throws SQLException {
    guarded("maintain the results at " + flush.position(), () -> maintain(flush));
  }

  private void maintain(FlushView flush) throws SQLException {
    directory = Optional.empty();
    Map<String, TouchedTable> touched = new LinkedHashMap<>();
    long rows = 0;
    for (StagedTable table : flush.tables()) {
      if (table.rows() > 0) {
        touched.put(table.source().name(), TouchedTable.of(table));
        rows += table.rows();
      }
    }
    boolean small = rows < options.smallFlushRows() && !flush.snapshot();
    plans.before(rows, flush.snapshot(), kept, session, flush.connection());
    position = flush.position().toString();
    commitTime = commitTime(flush);
    asked |= run(flush, touched, small);
    for (KeptResult result : kept) {
      if (result.misses(touched)) {
        TouchedTable over = touched.get(result.definition().over().orElseThrow());
        catalog.logGaps().missed(result.name(), over, flush, commitTime);
      }
    }
    if (kept.stream().anyMatch(k -> k.state() == State.WAITING && k.reads(touched))) {
      begin(flush, false);
      if (ready(flush.connection())) {
        mayLock = false;
        load(flush.connection(), touched, position);
      }
      session.end(false);
    }
  }

  // what is asked for may rewrite tables, which is done while no mirror changes
  @Override
  public boolean wantsIdle() {
    return asked;
  }

  @Override
  public void idle(Connection connection) throws SQLException {
    guarded("change the results", () -> rest(connection));
  }

  private void rest(Connection connection) throws SQLException {
    directory = Optional.empty();
    asked = false;
    mayLock = true;
    session.begin(position, commitTime, false);
    if (unconfirmed) {
      load(connection, Map.of(), position);
    }
    carryOut(connection);
    session.end(false);
  }

  private boolean run(FlushView flush, Map<String, TouchedTable> touched, boolean small)
      throws SQLException {
    String signature = flush.snapshot() + "|" + small + "|" + touched;
    String text = texts.get(signature);
    if (text == null) {
      List<String> statements = new ArrayList<>();
      steps(touched, flush.snapshot()).values().forEach(statements::addAll);
      text = session.text(statements, small, catalog.openSql());
      texts.put(signature, text);
    }
    String lsn = flush.position().toString();
    try {
      return session.run(text, small, lsn, commitTime(flush));
    } catch (SQLException e) {
      if (FaultOf.of(e) == FaultOf.SYSTEM) {
        throw e;
      }
      LOG.warn("a result failed at {}: {}; looking for it", lsn, FaultOf.message(e));
      session.execute("ROLLBACK TO SAVEPOINT cdc_results");
      runOneByOne(flush, touched);
      return true;
    }
  }

  /** The statements of each result that this flush concerns, in order. */
  private Map<KeptResult, List<String>> steps(Map<String, TouchedTable> mirrors, boolean snapshot) {
    Map<String, TouchedTable> touched = new LinkedHashMap<>(mirrors);
    Map<KeptResult, List<String>> steps = new LinkedHashMap<>();
    for (KeptResult result : kept) {
      if (!result.active()) {
        continue;
      }
      MaintenanceSql maintenance = result.maintenance(options);
      List<String> statements = new ArrayList<>();
      if (result.reads(touched)) {
        if (result.feeds()) {
          TouchedTable changed = result.touched();
          statements.add("DELETE FROM " + changed.newRows());
          statements.add("DELETE FROM " + changed.oldRows());
          touched.put(changed.name(), changed);
        }
        if (snapshot && result.definition().kind() != ResultKind.LOG) {
          statements.add(maintenance.recomputeAll());
        } else {
          statements.addAll(maintenance.statements(touched));
        }
      }
      statements.addAll(maintenance.always());
      steps.put(result, statements);
    }
    return steps;
  }

  private void runOneByOne(FlushView flush, Map<String, TouchedTable> touched) throws SQLException {
    String lsn = flush.position().toString();
    begin(flush, false);
    List<ResultDefinition> failed = new ArrayList<>();
    for (Map.Entry<KeptResult, List<String>> step : steps(touched, flush.snapshot()).entrySet()) {
      KeptResult result = step.getKey();
      Optional<ResultDefinition> culprit =
          failed.stream().filter(f -> ResultOrder.reads(result.definition(), f)).findFirst();
      String error = null;
      if (culprit.isPresent()) {
        error = "reads " + culprit.get().name() + ", which failed";
      } else {
        error = session.attempt(step.getValue()).orElse(null);
      }
      if (error != null) {
        LOG.error("result {} failed at {}: {}", result.name(), lsn, error);
        catalog.failed(flush.connection(), result.name(), error, lsn);
        failed.add(result.definition());
      }
    }
    session.end(false);
    unconfirmed = true;
    forgetStatements();
    kept = kept.stream().map(k -> failed.contains(k.definition()) ? k.failed() : k).toList();
  }

  private void carryOut(Connection connection) throws SQLException {
    List<Request> requests = catalog.open(connection);
    if (requests.isEmpty() && !ready(connection)) {
      return;
    }
    Map<Request, String> outcomes = new LinkedHashMap<>();
    for (Request request : requests) {
      boolean removes = request.action().equals("remove");
      if (removes && !mayLock) {
        asked = true;
        continue; // in the next transaction: none locks two tables against readers
      }
      mayLock &= !removes;
      outcomes.put(request, new ResultRequest(connection, options, catalog).begin(request));
    }
    load(connection, Map.of(), position);
    Map<String, CatalogueEntry> entries = new HashMap<>();
    catalog.list(connection).forEach(e -> entries.put(e.name(), e));
    for (Map.Entry<Request, String> request : outcomes.entrySet()) {
      String outcome = request.getValue();
      if (outcome == null) {
        outcome = outcome(entries.get(request.getKey().name()));
      }
      if (!outcome.equals(ResultLoader.POSTPONED)) {
        LOG.info("{} {}: {}", request.getKey().action(), request.getKey().name(), outcome);
        catalog.done(connection, request.getKey(), outcome);
      }
    }
  }

  private static String outcome(CatalogueEntry entry) {
    return switch (entry.state()) {
      case ACTIVE -> "built in " + entry.buildMillis() + " ms";
      case WAITING -> entry.error().orElse("waits");
      case FAILED -> "failed: " + entry.error().orElse("");
    };
  }

  private void reconcile(Connection connection, List<ResultDefinition> definitions)
      throws SQLException {
    Map<String, CatalogueEntry> known = new HashMap<>();
    catalog.list(connection).forEach(e -> known.put(e.name(), e));
    for (ResultDefinition definition : definitions) {
      CatalogueEntry entry = known.remove(definition.name());
      if (entry == null || !entry.definition().checksum().equals(definition.checksum())) {
        new ResultRequest(connection, options, catalog)
            .apply(definition, Optional.ofNullable(entry), entry == null ? "new" : "changed");
      }
    }
    // a directory that is empty, or not mounted, must not remove anything
    catalog.filesAre(connection, definitions.stream().map(ResultDefinition::name).toList());
    if (!known.isEmpty()) {
      LOG.warn(
          "results without a file in the directory are maintained as they are: {}; put the files"
              + " back, or remove results by name (cdc results remove)",
          known.keySet());
    }
  }

  private void load(Connection connection, Map<String, TouchedTable> touched, String lsn)
      throws SQLException {
    ResultLoader.Loaded loaded =
        ResultLoader.load(connection, options, catalog, touched, lsn, mayLock);
    mayLock = loaded.mayLock();
    kept = loaded.results();
    unconfirmed = loaded.changed();
    asked |= loaded.postponed();
    logged = logged(kept.stream().map(KeptResult::definition).toList());
    forgetStatements();
  }

  private interface Work {
    void run() throws SQLException;
  }

  /** What no definition has caused passes: whoever took a right away may give it back. */
  private static void guarded(String doing, Work work) throws SQLException {
    try {
      work.run();
    } catch (SQLException e) {
      throw SqlStates.passing(doing, e);
    }
  }

  private void forgetStatements() throws SQLException {
    texts.clear();
    plans.forget();
    session.clear();
  }

  /** Whether a waiting result's tables exist by now. */
  private boolean ready(Connection connection) throws SQLException {
    ShapeReader reader = new ShapeReader(connection, options);
    for (KeptResult result : kept) {
      if (result.state() == State.WAITING && reader.missing(result.definition()).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private void begin(FlushView flush, boolean small) throws SQLException {
    session.begin(flush.position().toString(), commitTime(flush), small);
  }

  private static Instant commitTime(FlushView flush) {
    long micros = flush.commitTimeMicros();
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
  }

  private static Set<String> logged(List<ResultDefinition> definitions) {
    Set<String> tables = new LinkedHashSet<>();
    for (ResultDefinition d : definitions) {
      if (d.kind() == ResultKind.LOG) {
        tables.addAll(d.followed());
      }
    }
    return tables;
  }
}
