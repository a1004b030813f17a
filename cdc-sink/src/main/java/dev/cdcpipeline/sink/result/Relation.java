package dev.cdcpipeline.sink.result;

import java.util.List;

/**
 * A mirror or a result that a SELECT reads.
 *
 * @param name as definitions name it
 * @param table ready for SQL
 * @param columns without those that only the sink writes
 * @param keyColumns the primary key
 */
record Relation(String name, String table, List<String> columns, List<String> keyColumns) {}
