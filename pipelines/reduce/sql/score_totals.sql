-- grain: one row, what scores.sql must add up to
SELECT count(*) AS scores, coalesce(sum(score_e4), 0)::BIGINT AS total
FROM score
WHERE {{contracts}} AND scored_on <= $1
