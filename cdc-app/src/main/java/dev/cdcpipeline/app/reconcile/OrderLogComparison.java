package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.RowDifference.Kind;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Compares the log of order events with the source's audit of the orders: each order's whole
 * sequence, event by event, from the last one back.
 *
 * <p>An order's past ends where one side did not look yet: at a snapshot, the first or a later one,
 * or at the baseline with which the audit began. That row's values are compared, what is before it
 * is not.
 */
final class OrderLogComparison {

  /** A streamed change has its place in its transaction, from 1. */
  private static final String BY_A_SNAPSHOT = "(event_type = 'snapshot' OR source_order = 0)";

  private static final String BASELINE = "baseline";
  private static final String DELETED = "deleted";

  private static final String COLUMNS =
      "order_id, place, event_type, customer_email, event_timestamp, customer_id, order_status,"
          + " total_amount, near_lsn, by_snapshot";

  /** Columns as both queries name them; the last two are not compared. */
  private static final int ORDER_ID = 0;

  private static final int PLACE = 1;
  private static final int EVENT_TYPE = 2;
  private static final int NEAR_LSN = 8;
  private static final int BY_SNAPSHOT = 9;

  private static final int CUSTOMER_EMAIL = 3;

  private final Connection source;
  private final Connection target;
  private final Emails emails;
  private final DifferenceCount count;

  /** What the log's e-mails are. */
  enum Emails {
    /** The customer's as of the very commit of the event. */
    AS_OF_COMMIT,
    /** The customer's as known when the event was processed: never NULL if there was a customer. */
    AS_KNOWN
  }

  OrderLogComparison(Connection source, Connection target, int shown, Emails emails) {
    this.source = source;
    this.target = target;
    this.emails = emails;
    this.count = new DifferenceCount(shown);
  }

  /** Whether the source has the audit. */
  static boolean isAudited(Connection source) throws SQLException {
    return Query.of("SELECT has_table_privilege(to_regclass('public.order_audit'), 'SELECT')")
        .holds(source);
  }

  /**
   * @param log the log's table in the target, ready for SQL
   */
  TableComparison compare(String name, String log) throws SQLException {
    boolean timed =
        Query.of("SELECT current_setting('track_commit_timestamp') = 'on'").holds(source);
    String sourceQuery =
        "SELECT order_id, row_number() OVER (PARTITION BY order_id ORDER BY audit_id DESC) AS"
            + " place, event_type, customer_email, "
            + (timed
                ? "pg_xact_commit_timestamp(xmin) AT TIME ZONE 'UTC'"
                : "NULL::timestamp without time zone")
            + " AS event_timestamp, customer_id, order_status, total_amount,"
            + " near_lsn - '0/0'::pg_lsn AS near_lsn, false AS by_snapshot FROM public.order_audit";
    String targetQuery =
        "SELECT order_id, row_number() OVER (PARTITION BY order_id ORDER BY commit_seq DESC,"
            + " source_lsn DESC, source_order DESC) AS place, event_type, customer_email,"
            + " event_timestamp, customer_id, order_status, total_amount,"
            + " source_lsn - '0/0'::pg_lsn AS near_lsn, "
            + BY_A_SNAPSHOT
            + " AS by_snapshot FROM "
            + log;
    RowLayout layout =
        RowLayout.of(
            SortedRows.columns(source, "SELECT " + COLUMNS + " FROM (" + sourceQuery + ") a"),
            SortedRows.columns(target, "SELECT " + COLUMNS + " FROM (" + targetQuery + ") a"),
            List.of("order_id", "place"));
    Long snapshotAt =
        number(
            target,
            "SELECT max(source_lsn) - '0/0'::pg_lsn FROM " + log + " WHERE " + BY_A_SNAPSHOT);
    Long auditedFrom =
        number(source, "SELECT min(near_lsn) - '0/0'::pg_lsn FROM public.order_audit");
    try (SortedRows audited = SortedRows.open(source, sourceQuery, layout);
        SortedRows logged = SortedRows.open(target, targetQuery, layout)) {
      audited.next();
      logged.next();
      while (audited.row() != null || logged.row() != null) {
        compareOrder(audited, logged, layout, timed, snapshotAt, auditedFrom);
      }
    }
    return count.as(
        name,
        "the source's audit: every event of every order"
            + (timed ? ", with its commit time" : ", without commit times"));
  }

  private void compareOrder(
      SortedRows audited,
      SortedRows logged,
      RowLayout layout,
      boolean timed,
      Long snapshotAt,
      Long auditedFrom)
      throws SQLException {
    String order = firstOrder(audited.row(), logged.row());
    while (matches(order, audited.row()) || matches(order, logged.row())) {
      String[] wanted = matches(order, audited.row()) ? audited.row() : null;
      String[] there = matches(order, logged.row()) ? logged.row() : null;
      if (wanted == null) {
        if (goneBefore(there, auditedFrom == null ? Long.valueOf(Long.MAX_VALUE) : auditedFrom)) {
          skip(order, logged);
          return;
        }
        count.differs(() -> layout.oneSided(Kind.UNEXPECTED, there));
        logged.next();
      } else if (there == null) {
        if (wanted[EVENT_TYPE].equals(BASELINE)) {
          audited.next();
        } else if (goneBefore(wanted, snapshotAt)) {
          skip(order, audited);
          return;
        } else {
          count.differs(() -> layout.oneSided(Kind.MISSING, wanted));
          audited.next();
        }
      } else {
        boolean past = wanted[EVENT_TYPE].equals(BASELINE) || there[BY_SNAPSHOT].equals("t");
        compareEvent(wanted, there, layout, timed, past);
        audited.next();
        logged.next();
        if (past) {
          skip(order, audited);
          skip(order, logged);
        }
      }
    }
  }

  private void compareEvent(
      String[] wanted, String[] there, RowLayout layout, boolean timed, boolean past) {
    if (past && there[EVENT_TYPE].equals(DELETED) && wanted[EVENT_TYPE].equals(DELETED)) {
      // a snapshot that misses an order doesn't say what it was before it was deleted
      count.same();
      return;
    }
    String[] comparable = there.clone();
    comparable[NEAR_LSN] = wanted[NEAR_LSN];
    comparable[BY_SNAPSHOT] = wanted[BY_SNAPSHOT];
    // Where the past begins, the type, the e-mail of that time and the time are not comparable.
    for (int i = EVENT_TYPE; past && i < EVENT_TYPE + 3; i++) {
      comparable[i] = wanted[i];
    }
    if (emails == Emails.AS_KNOWN
        && (wanted[CUSTOMER_EMAIL] == null || there[CUSTOMER_EMAIL] != null)) {
      comparable[CUSTOMER_EMAIL] = wanted[CUSTOMER_EMAIL];
    }
    if (!timed || wanted[EVENT_TYPE + 2] == null) {
      comparable[EVENT_TYPE + 2] = wanted[EVENT_TYPE + 2];
    }
    if (layout.sameValues(wanted, comparable)) {
      count.same();
    } else {
      count.differs(
          () -> new RowDifference(Kind.DIFFERENT, layout.differingCells(wanted, comparable)));
    }
  }

  /** Whether a side's last word on an order is that it was deleted before the other side looked. */
  private static boolean goneBefore(String[] event, Long otherLookedFrom) {
    return event[PLACE].equals("1")
        && event[EVENT_TYPE].equals(DELETED)
        && otherLookedFrom != null
        && Long.parseLong(event[NEAR_LSN]) <= otherLookedFrom;
  }

  private static String firstOrder(String[] one, String[] other) {
    if (one == null || other == null) {
      return one == null ? other[ORDER_ID] : one[ORDER_ID];
    }
    return Long.parseLong(one[ORDER_ID]) <= Long.parseLong(other[ORDER_ID])
        ? one[ORDER_ID]
        : other[ORDER_ID];
  }

  private static boolean matches(String order, String[] row) {
    return row != null && row[ORDER_ID].equals(order);
  }

  private static void skip(String order, SortedRows rows) throws SQLException {
    while (matches(order, rows.row())) {
      rows.next();
    }
  }

  private static Long number(Connection connection, String query) throws SQLException {
    String value = Query.of(query).text(connection);
    return value == null ? null : Long.valueOf(value);
  }
}
