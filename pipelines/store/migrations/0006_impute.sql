-- What may stand for a missing party: what it gave on a leaf to the contracts of a peer group. Only under a policy that asks for it.
CREATE TABLE calibration_quartile (calibration_id INTEGER NOT NULL, peer VARCHAR NOT NULL, indicator VARCHAR NOT NULL, party UTINYINT NOT NULL,
  value DOUBLE NOT NULL,              -- lower quartile, points
  spread DOUBLE NOT NULL,             -- root of the mean squared distance from it, points
  n INTEGER NOT NULL);                -- contracts
