-- What each holder has, computed anew for those that are touched.
-- result: balance_by_holder
-- key: holder
-- maintain: refresh
-- affected: accounts (holder)
-- index: accounts (holder)

SELECT holder, count(*) AS accounts, sum(balance) AS total, max(account_id) AS newest, md5(string_agg(note, '' ORDER BY account_id)) AS notes
FROM accounts WHERE holder IS NOT NULL GROUP BY holder
