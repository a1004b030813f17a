-- What each session has written, by differences.
-- result: storm_sessions
-- key: session
-- maintain: delta
-- over: storm_rows
-- count: rows
-- add: rows, total

SELECT session, count(*) AS rows, coalesce(sum(value), 0) AS total
FROM storm_rows WHERE session IS NOT NULL GROUP BY session
