-- grain: one row per narrative written by the day $1, ordered by contract and author; of several descriptions the one of the
-- latest batch counts
SELECT contract_no, author_id, held.party, held.written_on, held.narrative
FROM (SELECT contract_no, author_id, arg_max({'party': party, 'written_on': written_on, 'narrative': narrative}, batch_id) AS held
      FROM narrative WHERE batch_id <= {{.Watermark}} GROUP BY contract_no, author_id)
WHERE held.written_on <= $1
ORDER BY contract_no, author_id
