-- grain: one row per table of results and grade, level or, without one, state of the rows that hold after the run $1; for the
-- proposals one row with their money
SELECT 'evaluation' AS kind, coalesce(grade, status) AS grade, count(*) AS number, 0::BIGINT AS base_fen, 0::BIGINT AS change_fen
FROM evaluation WHERE from_run <= $1 AND until_run > $1 GROUP BY grade, status
UNION ALL
SELECT 'rating', coalesce(level, status), count(*), 0, 0 FROM rating WHERE from_run <= $1 AND until_run > $1 GROUP BY level, status
UNION ALL
SELECT 'blacklist_candidate', '', count(*), 0, 0 FROM blacklist_candidate WHERE from_run <= $1 AND until_run > $1
UNION ALL
SELECT 'clue', '', count(*), 0, 0 FROM clue WHERE from_run <= $1 AND until_run > $1
UNION ALL
SELECT 'budget_proposal', '', count(*), coalesce(sum(base_fen), 0)::BIGINT, coalesce(sum(change_fen), 0)::BIGINT
FROM budget_proposal WHERE from_run <= $1 AND until_run > $1
