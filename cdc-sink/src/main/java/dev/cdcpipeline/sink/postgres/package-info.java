/**
 * Rows and ledger into PostgreSQL in one transaction: table metadata, SQL, types, staging. Nothing
 * here knows Connect.
 */
package dev.cdcpipeline.sink.postgres;
