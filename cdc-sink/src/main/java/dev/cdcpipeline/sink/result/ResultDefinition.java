package dev.cdcpipeline.sink.result;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a result is and how it is kept: the content of one definition file. Immutable; tables are
 * named as the mirrors and results are, unqualified.
 *
 * @param file where it was read, for messages
 * @param text the whole file
 * @param target the result's table
 * @param kind how it is kept
 * @param key columns of the SELECT that tell its rows apart
 * @param select the SELECT, word for word, without a closing semicolon
 * @param affected for each table read, which keys a change of its rows touches
 * @param over the driving table of a delta, a log or a rule
 * @param slice columns of {@code over}: all rows that share them with a changed row are part of the
 *     difference ({@code count(DISTINCT …)} needs it); empty if only changed rows are
 * @param measures a SELECT over {@code over} alone that gives the differences instead of the
 *     SELECT; its columns that the SELECT lacks are kept in the table too
 * @param count the additive column that is zero when the group is gone
 * @param recompute condition over the new values under which the key is computed anew
 * @param additive columns whose difference is added
 * @param greatest columns that keep their greatest value
 * @param least columns that keep their least value
 * @param derived columns computed from others, with their expressions
 * @param lookups tables a log reads as of the change's commit
 * @param identity the log's identity column
 * @param rule the rule's name
 * @param grace how long a rule must be broken before it shows
 * @param types columns whose type is given rather than derived
 * @param indexes indexes the result's queries need
 * @param views views over the result, created with it
 */
public record ResultDefinition(
    String file,
    String text,
    String target,
    ResultKind kind,
    List<String> key,
    String select,
    List<Affected> affected,
    Optional<String> over,
    List<String> slice,
    Optional<String> measures,
    Optional<String> count,
    Optional<String> recompute,
    List<String> additive,
    List<String> greatest,
    List<String> least,
    Map<String, String> derived,
    List<Lookup> lookups,
    String identity,
    Optional<String> rule,
    Duration grace,
    Map<String, String> types,
    List<Index> indexes,
    Map<String, String> views) {

  /**
   * Which keys a changed row touches: its own columns, in the key's order, or a SELECT that reads
   * the changed rows as {@code changed_<table>}.
   */
  public record Affected(String table, List<String> columns, Optional<String> select) {}

  /** A table that a log reads by its key, which is in these columns of the driving table. */
  public record Lookup(String table, List<String> columns) {}

  /** An index wanted on a mirror or a result. */
  public record Index(String table, List<String> columns) {}

  /** The name in the catalogue: the table's, and the rule's where several rules share a table. */
  public String name() {
    return rule.map(r -> target + "." + r.toLowerCase(java.util.Locale.ROOT)).orElse(target);
  }

  /** The affected lines for one table; empty if it has none. */
  public List<Affected> affectedBy(String table) {
    return affected.stream().filter(a -> a.table().equals(table)).toList();
  }

  /** The tables whose changes the header says what to do with. */
  public Set<String> followed() {
    Set<String> tables = new LinkedHashSet<>();
    over.ifPresent(tables::add);
    affected.forEach(a -> tables.add(a.table()));
    lookups.forEach(l -> tables.add(l.table()));
    return tables;
  }

  /** Equal for equal text; tells whether a file changed. */
  public String checksum() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
