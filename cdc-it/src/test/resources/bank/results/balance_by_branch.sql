-- What each branch holds, by differences.
-- result: balance_by_branch
-- key: branch
-- maintain: delta
-- over: accounts
-- count: accounts
-- add: accounts, total

SELECT branch, count(*) AS accounts, coalesce(sum(balance), 0) AS total
FROM accounts WHERE branch IS NOT NULL GROUP BY branch
