-- grain: one row per year of which the result of any inspection was accepted, ordered by year
SELECT DISTINCT year::INTEGER AS year FROM inspection WHERE batch_id <= {{.Watermark}} ORDER BY year
