-- grain: one row per narrative in a clue of the rule $2 of the published run $1, as its latest description has it, ordered by clue
-- and, within one, as the clue names them
WITH named AS (SELECT clue_id, seen, unnest(from_json(evidence, '[{"kind": "VARCHAR", "id": "VARCHAR", "note": "VARCHAR"}]')) AS e,
                      unnest(range(json_array_length(evidence)::BIGINT)) AS place
               FROM clue WHERE rule = $2 AND from_run <= $1 AND until_run > $1)
SELECT clue_id, seen, contract_no, author_id, arg_max(party, batch_id) AS party, arg_max(written_on, batch_id) AS written_on
FROM named JOIN narrative ON contract_no = e.id AND author_id = e.note
WHERE e.kind = 'narrative' AND batch_id <= {{.Watermark}}
GROUP BY clue_id, seen, place, contract_no, author_id
ORDER BY clue_id, place
