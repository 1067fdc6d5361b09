-- grain: one row per peer group, leaf and party of which calibration $1 keeps a lower quartile, in that order
SELECT peer, indicator, party, value, spread, n FROM calibration_quartile WHERE calibration_id = $1 ORDER BY peer, indicator, party
