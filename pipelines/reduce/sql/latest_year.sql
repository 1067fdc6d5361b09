-- grain: one row, the latest budget year up to $3 of the published run $1, the latest up to $4 now, and whether a batch since watermark $2 moved a contract from one year to another
SELECT coalesce((SELECT max(budget_year) FROM evaluation WHERE from_run <= $1 AND until_run > $1 AND budget_year <= $3), 0)::INTEGER AS before,
       coalesce((SELECT max(budget_year) FROM contract WHERE batch_id <= {{.Watermark}} AND budget_year <= $4), 0)::INTEGER AS now,
       EXISTS (SELECT 1 FROM contract early SEMI JOIN (SELECT contract_key, budget_year FROM contract WHERE batch_id > $2) late
               ON early.contract_key = late.contract_key AND early.budget_year <> late.budget_year WHERE early.batch_id <= $2) AS moved
