-- grain: one row per contract or supplier whose result changed with the published run $1, ordered by both
SELECT subject, id, cause, before, after, by_program, by_correction, by_new_evidence, by_ageing, by_calibration, by_policy, grade_before, grade_after
FROM movement
WHERE run_id = $1
ORDER BY subject, id
