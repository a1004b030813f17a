/**
 * Holds what every writer needs to know of the target: sessions and errors, the catalogue, types
 * and their text, names, and how tables follow their source's columns. Nothing here knows the
 * ledger, a writer or a result.
 */
package dev.cdcpipeline.sink.postgres;
