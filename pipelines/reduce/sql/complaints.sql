-- grain: one row per complaint received by $1, ordered by number; of several descriptions the one of the latest batch counts
SELECT complaint_no, held.contract_no, held.received_on, CASE WHEN held.answered_on <= $1 THEN held.answered_on END AS answered_on
FROM (SELECT complaint_no, arg_max({'contract_no': contract_no, 'received_on': received_on, 'answered_on': answered_on}, batch_id) AS held
      FROM complaint WHERE batch_id <= {{.Watermark}} GROUP BY complaint_no)
WHERE held.received_on <= $1
ORDER BY complaint_no
