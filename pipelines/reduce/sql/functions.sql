-- grain: one row per function that a department keeps staff for in a year, ordered by year, department and function; of
-- several descriptions the one of the latest batch counts
SELECT year::INTEGER AS year, purchaser_id, function, held.item AS item_code, held.staff, coalesce(held.fen, 0) AS cost_fen
FROM (SELECT year, purchaser_id, function, arg_max({'item': item_code, 'staff': staff, 'fen': cost_fen}, batch_id) AS held
      FROM staffed_function WHERE batch_id <= {{.Watermark}} GROUP BY year, purchaser_id, function)
ORDER BY year, purchaser_id, function
