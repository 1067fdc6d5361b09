-- How organisations are reached: facts, as the files say. Only those who look into clues see them.
CREATE TABLE organisation_contact (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, org_id VARCHAR NOT NULL,
  contact VARCHAR NOT NULL,           -- kind of it: phone, email, address, person
  value VARCHAR NOT NULL,
  until_on DATE);                     -- last day on which it held; NULL: it holds

-- Clues for review, as every run finds them.
CREATE TABLE clue (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL,
  clue_id VARCHAR NOT NULL,           -- the same in every run that finds the same thing
  rule VARCHAR NOT NULL, about VARCHAR NOT NULL, subject VARCHAR NOT NULL,
  purchaser_id VARCHAR, supplier_id VARCHAR, item_code VARCHAR,
  budget_year SMALLINT NOT NULL,      -- 0: about several
  n INTEGER NOT NULL, seen DOUBLE, line DOUBLE, p_value DOUBLE, amount_fen BIGINT NOT NULL,
  evidence VARCHAR NOT NULL,          -- JSON list of clues.Evidence
  row_hash VARCHAR NOT NULL);

-- What a person found of a clue. Append-only: of several verdicts on one clue the last stands.
CREATE TABLE clue_verdict (verdict_id INTEGER PRIMARY KEY, clue_id VARCHAR NOT NULL, rule VARCHAR NOT NULL,
  verdict VARCHAR NOT NULL,           -- confirmed, explained, unclear
  reason VARCHAR NOT NULL,
  run_id INTEGER NOT NULL, row_hash VARCHAR NOT NULL, -- the run and the figures that were looked at
  given_by VARCHAR NOT NULL, given_at TIMESTAMP NOT NULL);
