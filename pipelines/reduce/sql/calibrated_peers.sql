-- grain: one row per peer group of calibration $1, ordered by id
SELECT peer, mean, variance, n FROM calibration_peer WHERE calibration_id = $1 ORDER BY peer
