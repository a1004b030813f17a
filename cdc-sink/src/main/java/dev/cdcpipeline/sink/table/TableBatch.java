package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.sink.binary.EncodedRows;
import dev.cdcpipeline.sink.binary.RowEncoding;
import dev.cdcpipeline.sink.change.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a flush takes to the target: rows of any tables, and the records that could not be made into
 * rows. Filled by one thread while another writes the batch before. Not thread-safe.
 *
 * @param <O> what the caller knows a record by
 */
public final class TableBatch<O> {

  /** Rows that were encoded by one plan. */
  record Part<O>(TablePlan plan, EncodedRows<O> rows) {}

  // in the order of their tables, so that writers lock tables in one order
  private final Map<TableId, List<Part<O>>> tables = new TreeMap<>();
  private final List<Refusal<O>> refused = new ArrayList<>();
  private final Deque<Part<O>> spare = new ArrayDeque<>();
  private final Map<TableId, ReplayPosition> truncates = new TreeMap<>();
  private int truncatesTaken;
  private int repeats;
  private TablePlan lastPlan;
  private EncodedRows<O> lastRows;

  /** Where the next rows of a plan's table go. */
  public EncodedRows<O> rows(TablePlan plan) {
    if (plan == lastPlan) {
      return lastRows;
    }
    List<Part<O>> parts = tables.computeIfAbsent(plan.table(), id -> new ArrayList<>(1));
    Part<O> part = parts.isEmpty() ? null : parts.get(parts.size() - 1);
    if (part == null || part.plan() != plan) {
      part = part(plan);
      parts.add(part);
    }
    lastPlan = plan;
    lastRows = part.rows();
    return lastRows;
  }

  // rows that were emptied keep their memory
  private Part<O> part(TablePlan plan) {
    for (Part<O> part : spare) {
      if (part.plan() == plan) {
        spare.remove(part);
        return part;
      }
    }
    return new Part<>(plan, new EncodedRows<>(plan.layout()));
  }

  /**
   * Takes a change of a mirror's row, in any order of positions.
   *
   * <p>Of the changes of a key the last one is kept, and those that it needs: one that left values
   * as they were is written after the one that has them.
   *
   * @param delete whether the row is gone; then only its key is read
   * @return bytes that it takes; 0 if a later change of the key is there already
   */
  public long mirror(
      TablePlan plan, RowEncoding encoding, boolean delete, ReplayPosition at, O origin) {
    List<Part<O>> parts = tables.computeIfAbsent(plan.table(), id -> new ArrayList<>(1));
    int first = parts.size();
    while (first > 0 && parts.get(first - 1).plan() == plan) {
      first--;
    }
    int place = first;
    for (int i = parts.size() - 1; i >= first; i--) {
      EncodedRows<O> rows = parts.get(i).rows();
      int known = rows.find(encoding);
      if (known != EncodedRows.NONE) {
        if (at.isRepeatOf(rows.position(known))) {
          repeats++;
          return 0;
        }
        // a read that equals what is stored changes nothing: what comes before it has to be stored
        boolean read = at.kind() == ReplayPosition.Kind.READ;
        place = delete || (!read && rows.isSuperseded(known, encoding)) ? i : i + 1;
        break;
      }
    }
    if (place == parts.size()) {
      parts.add(part(plan));
    }
    EncodedRows<O> rows = parts.get(place).rows();
    long before = rows.bytes();
    if (delete) {
      rows.delete(encoding, at, origin);
    } else {
      rows.upsert(encoding, at, origin);
    }
    return rows.bytes() - before;
  }

  /** Takes a TRUNCATE of a mirror's source. */
  public void truncate(TableId table, ReplayPosition at) {
    ReplayPosition known = truncates.get(table);
    if (known == null || !at.isBelow(known)) {
      truncates.put(table, at);
    }
    truncatesTaken++;
  }

  /** Number of changes that were older than others in the batch, and not taken. */
  public int repeats() {
    return repeats;
  }

  /** Number of truncates taken. */
  public int truncates() {
    return truncatesTaken;
  }

  /** The last TRUNCATE of each table. */
  Map<TableId, ReplayPosition> lastTruncates() {
    return truncates;
  }

  /** The tables that the batch writes or truncates, in order. */
  Collection<TableId> tableIds() {
    Set<TableId> ids = new TreeSet<>(tables.keySet());
    ids.addAll(truncates.keySet());
    return ids;
  }

  List<Part<O>> parts(TableId table) {
    return tables.getOrDefault(table, List.of());
  }

  /** Takes a record that could not be made into a row. */
  public void refuse(Refusal<O> refusal) {
    refused.add(refusal);
  }

  /** Number of records taken, refused ones included. */
  public int size() {
    return refused.size()
        + repeats
        + truncatesTaken
        + parts().mapToInt(part -> part.rows().size()).sum();
  }

  /** Number of upserts taken, without those that the target refused. */
  public int upserts() {
    return parts()
        .filter(part -> part.plan().layout().isKeyed())
        .mapToInt(part -> part.rows().accepted() - part.rows().deletes())
        .sum();
  }

  /** Number of deletions taken, without those that the target refused. */
  public int deletes() {
    return parts().mapToInt(part -> part.rows().deletes()).sum();
  }

  /** Number of rows taken that have no key, without those that the target refused. */
  public int appends() {
    return parts()
        .filter(part -> !part.plan().layout().isKeyed())
        .mapToInt(part -> part.rows().accepted())
        .sum();
  }

  private Stream<Part<O>> parts() {
    return tables.values().stream().flatMap(List::stream);
  }

  /** Bytes the encoded rows take. */
  public long bytes() {
    return parts().mapToLong(part -> part.rows().bytes()).sum();
  }

  List<Refusal<O>> refused() {
    return refused;
  }

  Collection<List<Part<O>>> tables() {
    return tables.values();
  }

  /** Forgets everything, and keeps a moderate amount of memory for what comes next. */
  public void clear() {
    Deque<Part<O>> emptied = new ArrayDeque<>();
    for (List<Part<O>> parts : tables.values()) {
      Part<O> last = parts.get(parts.size() - 1);
      last.rows().clear();
      emptied.add(last);
    }
    spare.clear();
    spare.addAll(emptied);
    tables.clear();
    truncates.clear();
    truncatesTaken = 0;
    repeats = 0;
    refused.clear();
    lastPlan = null;
    lastRows = null;
  }
}
