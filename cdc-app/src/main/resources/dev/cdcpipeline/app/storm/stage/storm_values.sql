-- What belongs together by value, computed anew for the values that are touched.
-- result: storm_values
-- key: value
-- maintain: refresh
-- affected: storm_rows (value)
-- index: storm_rows (value)

SELECT value, count(*) AS rows, max(id) AS newest, md5(string_agg(note, '' ORDER BY id)) AS notes
FROM storm_rows WHERE value IS NOT NULL GROUP BY value
