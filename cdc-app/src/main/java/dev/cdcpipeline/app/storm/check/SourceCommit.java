package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.model.event.Lsn;

/**
 * The source as of one commit.
 *
 * @param number in commit order; 0 is the source before the first
 * @param xid the transaction's id
 * @param lsn of the commit's record
 * @param audited whether the transaction has left its row in the audit
 * @param counts the number of rows of each table, in the order of the history's tables
 * @param sums the digests of the tables
 */
record SourceCommit(int number, long xid, Lsn lsn, boolean audited, long[] counts, long[] sums) {}
