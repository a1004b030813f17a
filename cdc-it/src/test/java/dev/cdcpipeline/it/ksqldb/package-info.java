/**
 * Reads the statements of {@code infra/ksqldb} without a ksqlDB server: splits them, and resolves
 * every column in the schemas that a pipeline registers. It knows as much of ksqlDB's language as
 * these files use, and refuses the rest.
 */
package dev.cdcpipeline.it.ksqldb;
