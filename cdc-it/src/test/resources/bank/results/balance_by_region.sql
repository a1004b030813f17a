-- A result over a result.
-- result: balance_by_region
-- key: region
-- maintain: refresh
-- affected: balance_by_branch: SELECT branch % 2 AS region FROM changed_balance_by_branch

SELECT branch % 2 AS region, sum(accounts) AS accounts, sum(total) AS total
FROM balance_by_branch GROUP BY 1
