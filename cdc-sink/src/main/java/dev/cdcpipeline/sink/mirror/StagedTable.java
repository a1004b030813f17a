package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.sink.change.TableId;
import java.util.List;
import java.util.Optional;

/**
 * One table's part of a flush, as the results see it. The names are ready for SQL: quoted, and
 * qualified where needed.
 *
 * <p>{@code newRows} and {@code oldRows} have the mirror's source columns (no {@code _cdc_}
 * columns), same names and types.
 *
 * @param source the table at the source
 * @param mirror the mirror table
 * @param columns the mirror's source columns, unquoted, in order
 * @param keyColumns the key's columns, unquoted
 * @param newRows relation with the complete row after the flush of every touched key that then
 *     exists
 * @param oldRows relation with the complete row before the flush of every touched key that then
 *     existed; filled before the mirror is written
 * @param changes relation with one complete row per change in commit order, if the flush was asked
 *     to keep them for this table: the source columns and {@code _cdc_ordinal bigint} (order within
 *     the flush, from 1, over all tables), {@code _cdc_segment bigint} (number of the source
 *     transaction within the flush, from 1), {@code _cdc_op text} (r, c, u, d; a truncate is one d
 *     per row then alive), {@code _cdc_commit_seq bigint}, {@code _cdc_lsn pg_lsn}, {@code
 *     _cdc_source_order bigint}, {@code _cdc_commit_time timestamp}. A delete's row holds the last
 *     known values; a TOASTed value is filled in
 * @param rows how many keys were touched, at least; decides which plan suits
 */
public record StagedTable(
    TableId source,
    String mirror,
    List<String> columns,
    List<String> keyColumns,
    String newRows,
    String oldRows,
    Optional<String> changes,
    long rows) {}
