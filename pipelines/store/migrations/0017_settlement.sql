-- What every run says of the settlement of each contract's fee.
CREATE TABLE settlement_advice (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, contract_key INTEGER NOT NULL, contract_no VARCHAR NOT NULL,
  purchaser_id VARCHAR NOT NULL, supplier_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL,
  amount_fen BIGINT NOT NULL, paid_fen BIGINT NOT NULL,
  payable_pct DOUBLE NOT NULL,        -- of the amount
  payable_fen BIGINT NOT NULL,        -- in all; with the action hold: if nothing held it back
  due_fen BIGINT NOT NULL,            -- of it, to be paid now
  attained_pct DOUBLE,                -- of the targets; NULL: no target has a reading that it can be held against
  action VARCHAR NOT NULL,            -- pay, reduce, recover, settled, interim or hold
  final BOOLEAN NOT NULL,             -- a final evaluation decided, not the share allowed without one
  reasons VARCHAR NOT NULL,           -- JSON list of scoring.Note
  row_hash VARCHAR NOT NULL);

-- Facts: what went wrong during a service. Of several rows about one incident of a contract the latest batch counts.
CREATE TABLE incident (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_key INTEGER NOT NULL, incident_id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,              -- safety, interruption, quality, funds, other
  severity VARCHAR NOT NULL,          -- general, large, major, grave: the four levels of China's Emergency Response Law
  occurred_on DATE NOT NULL,
  status VARCHAR NOT NULL,            -- open, closed, unfounded
  closed_on DATE,                     -- also of one that turned out to be none
  summary VARCHAR NOT NULL, measures VARCHAR);
