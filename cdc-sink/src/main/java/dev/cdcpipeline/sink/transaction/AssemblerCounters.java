package dev.cdcpipeline.sink.transaction;

/**
 * What an assembler has done and holds.
 *
 * @param releasedTransactions since it was made
 * @param repeatedTransactions ENDs of transactions that were applied or already waiting
 * @param repeatedChanges changes that were applied or already waiting
 * @param supersededRows rows of snapshots that the connector has begun anew since
 * @param bufferedBytes encoded bytes in memory now
 * @param spilledBytes bytes on disk now
 * @param openTransactions transactions not released, complete or not
 */
public record AssemblerCounters(
    long releasedTransactions,
    long repeatedTransactions,
    long repeatedChanges,
    long supersededRows,
    long bufferedBytes,
    long spilledBytes,
    long openTransactions) {}
