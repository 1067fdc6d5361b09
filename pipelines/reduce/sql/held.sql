-- grain: one row per rating, grade, candidate and proposal that holds for the published run $1, with the name of its table; of
-- some suppliers only, those in $2; and one per settlement advice, of some contracts only
SELECT 'rating' AS kind, row_hash FROM rating WHERE from_run <= $1 AND until_run > $1{{.Among "supplier_id" 2}}
UNION ALL
SELECT 'assessment_grade', row_hash FROM assessment_grade WHERE from_run <= $1 AND until_run > $1{{.Among "supplier_id" 2}}
UNION ALL
SELECT 'blacklist_candidate', row_hash FROM blacklist_candidate WHERE from_run <= $1 AND until_run > $1{{.Among "supplier_id" 2}}
UNION ALL
SELECT 'budget_proposal', row_hash FROM budget_proposal WHERE from_run <= $1 AND until_run > $1{{.Among "supplier_id" 2}}
UNION ALL
SELECT 'settlement_advice', row_hash FROM settlement_advice WHERE from_run <= $1 AND until_run > $1 AND {{.Contracts}}
