-- One row for each source transaction, in the order in which the sink applied them.
-- result: storm_log
-- maintain: log
-- over: storm_audit
-- key: commit_seq, source_lsn, source_order, xid
-- index: storm_log (xid)

SELECT a.xid, a._cdc_op AS op, a._cdc_commit_seq AS commit_seq, a._cdc_lsn AS source_lsn, a._cdc_source_order AS source_order
FROM storm_audit a
