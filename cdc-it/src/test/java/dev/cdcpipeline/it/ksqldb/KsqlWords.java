package dev.cdcpipeline.it.ksqldb;

import java.util.Set;

/** The words of ksqlDB's language that these files can meet. */
final class KsqlWords {
  /** Words that can't be names unless they are quoted, of ksqlDB 8. */
  static final Set<String> RESERVED =
      Set.of(
          ("ADVANCE ALL AND AS AT BEGINNING BETWEEN BY CASE CAST CATALOG CONNECTOR CONNECTORS"
               + " CREATE DAYS DECIMAL DELETE DESCRIBE DISTINCT DROP ELSE END EXISTS EXPORT"
               + " EXTENDED FALSE FROM FULL GROUP HAVING HOPPING HOURS IN INNER INSERT INTO IS JOIN"
               + " LEFT LIKE LIMIT LIST LOAD MATERIALIZED MILLISECOND MILLISECONDS MINUTES MONTHS"
               + " NAMESPACE NOT NULL ON OR OUTER PRINT PROPERTIES QUERIES QUERY RENAME RETENTION"
               + " RIGHT RUN SAMPLE SCRIPT SECONDS SELECT SIZE STREAM STREAMS TABLE TERMINATE THEN"
               + " TO TOPIC TOPICS TRUE TUMBLING UNSET VALUES VIEW WHEN WHERE WINDOW WITH WITHIN"
               + " YEARS")
              .split(" "));

  /** Reserved words that an expression is made of. */
  static final Set<String> OPERATORS =
      Set.of(
          "AND",
          "BETWEEN",
          "DISTINCT",
          "ELSE",
          "END",
          "FALSE",
          "IN",
          "IS",
          "LIKE",
          "NOT",
          "NULL",
          "OR",
          "THEN",
          "TRUE",
          "WHEN");

  static final Set<String> AGGREGATES =
      Set.of("COUNT", "EARLIEST_BY_OFFSET", "LATEST_BY_OFFSET", "MAX", "SUM");

  /** Aggregates that take a row of a table back: others can't be over a table. */
  static final Set<String> OVER_TABLES = Set.of("COUNT", "SUM");

  static final Set<String> FUNCTIONS = Set.of("COALESCE", "FROM_UNIXTIME");

  static final Set<String> TYPES =
      Set.of(
          "BIGINT",
          "BOOLEAN",
          "DECIMAL",
          "DOUBLE",
          "INT",
          "INTEGER",
          "STRING",
          "TIMESTAMP",
          "VARCHAR");

  static final Set<String> PSEUDO_COLUMNS =
      Set.of("ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND");

  private KsqlWords() {}
}
