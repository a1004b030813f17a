-- One row for each change of an account.
-- result: account_events
-- maintain: log
-- over: accounts
-- key: commit_seq, source_lsn, source_order, account_id, event_type

SELECT a.account_id, a._cdc_op AS event_type, a.branch, a.holder, a.balance, md5(a.note) AS note_md5,
       a._cdc_commit_seq AS commit_seq, a._cdc_lsn AS source_lsn, a._cdc_source_order AS source_order
FROM accounts a
