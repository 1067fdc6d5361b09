-- grain: one row per accepted description of an incident, ordered by contract and incident, the latest of each last
SELECT contract_key, batch_id, incident_id, severity, occurred_on, closed_on, status = 'unfounded' AS unfounded
FROM incident
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
ORDER BY contract_key, incident_id, batch_id, row_no
