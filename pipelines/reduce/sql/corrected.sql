-- grain: one row per contract of which a batch after watermark $1 replaced something that an earlier one had said, ordered by key
SELECT contract_key FROM score_superseded WHERE by_batch > $1 AND batch_id <= $1
UNION
SELECT contract_key FROM contract SEMI JOIN (SELECT contract_key FROM contract WHERE batch_id > $1) USING (contract_key) WHERE batch_id <= $1
UNION
SELECT contract_key FROM target SEMI JOIN (SELECT contract_key, indicator FROM target WHERE batch_id > $1) USING (contract_key, indicator) WHERE batch_id <= $1
UNION
SELECT contract_key FROM progress SEMI JOIN (SELECT contract_key, indicator, as_of_on FROM progress WHERE batch_id > $1) USING (contract_key, indicator, as_of_on)
  WHERE batch_id <= $1
UNION
SELECT contract_key FROM payment SEMI JOIN (SELECT contract_key, stage FROM payment WHERE batch_id > $1) USING (contract_key, stage) WHERE batch_id <= $1
UNION
SELECT contract_key FROM incident SEMI JOIN (SELECT contract_key, incident_id FROM incident WHERE batch_id > $1) USING (contract_key, incident_id) WHERE batch_id <= $1
UNION
SELECT c.contract_key FROM contract c JOIN (SELECT supplier_id FROM credit_event SEMI JOIN (SELECT event_id FROM credit_event WHERE batch_id > $1) USING (event_id)
  WHERE batch_id <= $1) USING (supplier_id)
ORDER BY contract_key
