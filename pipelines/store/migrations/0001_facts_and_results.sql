-- Facts: append-only. Every row says the batch and the row of the file it came from; of several rows with one natural
-- key the one of the latest batch counts. Money is fen, scores are ten-thousandths of a point, time is UTC.
-- No DEFAULT with a function, no CHECK with a function, no secondary index: see the regression tests beside the store.

CREATE TABLE batch (
  batch_id     INTEGER PRIMARY KEY,   -- 1, 2, 3 ... in order of acceptance
  kind         VARCHAR NOT NULL,
  sha256       VARCHAR NOT NULL,      -- of the bytes as they came
  file_name    VARCHAR NOT NULL,
  row_count    BIGINT  NOT NULL,
  content_hash VARCHAR NOT NULL,      -- of the rows as they were stored
  superseded   BIGINT  NOT NULL,      -- rows of earlier batches that this one replaced
  accepted_at  TIMESTAMP NOT NULL,
  UNIQUE (kind, sha256)
);

-- Which contracts a batch touches, and the latest day of evidence in it: what an ordinary night has to look at again.
CREATE TABLE batch_contract (batch_id INTEGER NOT NULL, contract_key INTEGER NOT NULL, last_on DATE);

CREATE TABLE organisation (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, org_id VARCHAR NOT NULL, name VARCHAR NOT NULL,
  kind VARCHAR NOT NULL, uscc VARCHAR, supplier_type VARCHAR, division VARCHAR, registered_on DATE);
CREATE TABLE catalog_item (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, item_code VARCHAR NOT NULL, name VARCHAR NOT NULL,
  parent_code VARCHAR, nature VARCHAR, purchasable BOOLEAN NOT NULL);
-- contract_key orders by (budget_year, arrival): (budget_year - 2000) * 4194304 + a running number. It never changes.
CREATE TABLE contract (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_key INTEGER NOT NULL, contract_no VARCHAR NOT NULL,
  name VARCHAR, purchaser_id VARCHAR NOT NULL, supplier_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL, method VARCHAR NOT NULL,
  amount_fen BIGINT NOT NULL, signed_on DATE, start_on DATE NOT NULL, end_on DATE NOT NULL, budget_year SMALLINT NOT NULL,
  recipients INTEGER);
CREATE TABLE target (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_key INTEGER NOT NULL, indicator VARCHAR NOT NULL,
  target DOUBLE NOT NULL, unit VARCHAR, direction VARCHAR NOT NULL);
CREATE TABLE progress (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_key INTEGER NOT NULL, indicator VARCHAR NOT NULL,
  actual DOUBLE NOT NULL, as_of_on DATE NOT NULL);
CREATE TABLE payment (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_key INTEGER NOT NULL, stage VARCHAR NOT NULL,
  due_on DATE, paid_on DATE, amount_fen BIGINT NOT NULL);
CREATE TABLE credit_event (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, event_id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL, severity VARCHAR NOT NULL, occurred_on DATE NOT NULL, authority VARCHAR, document_no VARCHAR,
  ends_on DATE, repaired_on DATE, contract_no VARCHAR);
CREATE TABLE inspection (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, year SMALLINT NOT NULL,
  result VARCHAR NOT NULL);
CREATE TABLE assessment_item (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, section VARCHAR NOT NULL,
  item VARCHAR NOT NULL, points DOUBLE NOT NULL, max_points DOUBLE NOT NULL, assessed_on DATE NOT NULL);

-- The big one. Kept clustered by contract_key by the compaction step; narrow integers throughout.
CREATE TABLE indicator (indicator_key SMALLINT PRIMARY KEY, indicator VARCHAR NOT NULL UNIQUE);
CREATE TABLE rater (rater_key INTEGER NOT NULL, evaluator_id VARCHAR NOT NULL);
CREATE TABLE score (contract_key INTEGER NOT NULL, indicator_key SMALLINT NOT NULL, party UTINYINT NOT NULL, rater_key INTEGER NOT NULL,
  score_e4 INTEGER NOT NULL, scored_on DATE NOT NULL, batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL);
-- A corrected score moves here, with the batch that replaced it, so that any earlier night can be recomputed.
CREATE TABLE score_superseded (contract_key INTEGER NOT NULL, indicator_key SMALLINT NOT NULL, party UTINYINT NOT NULL,
  rater_key INTEGER NOT NULL, score_e4 INTEGER NOT NULL, scored_on DATE NOT NULL, batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL,
  by_batch INTEGER NOT NULL);

-- Runs. A run writes only the rows that differ from the published run's: a row holds for the runs from_run <= run < until_run
-- (until_run 2147483647: still holds).
CREATE TABLE run (run_id INTEGER PRIMARY KEY, as_of DATE NOT NULL, policy_id VARCHAR NOT NULL, policy_hash VARCHAR NOT NULL,
  policy_text VARCHAR NOT NULL, watermark INTEGER NOT NULL, is_full BOOLEAN NOT NULL, contracts BIGINT NOT NULL, touched BIGINT NOT NULL,
  hash VARCHAR NOT NULL, program VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP NOT NULL,
  steps VARCHAR NOT NULL,             -- JSON: [{"step":"reduce","ms":12,"rows":34}, ...]
  notes VARCHAR NOT NULL);            -- JSON: list of notes
CREATE TABLE published (slot INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, published_at TIMESTAMP NOT NULL);

CREATE TABLE evaluation (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, contract_key INTEGER NOT NULL, contract_no VARCHAR NOT NULL,
  name VARCHAR, purchaser_id VARCHAR NOT NULL, supplier_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL, budget_year SMALLINT NOT NULL,
  amount_fen BIGINT NOT NULL, start_on DATE NOT NULL, end_on DATE NOT NULL, recipients INTEGER,
  status VARCHAR NOT NULL, value DOUBLE, low DOUBLE, high DOUBLE, se DOUBLE, plain DOUBLE,
  grade VARCHAR, uncapped_grade VARCHAR, n_purchaser INTEGER NOT NULL, n_recipient INTEGER NOT NULL, n_third_party INTEGER NOT NULL,
  missing VARCHAR NOT NULL,           -- JSON list of parties
  caps VARCHAR NOT NULL,              -- JSON list of scoring.Cap
  warnings VARCHAR NOT NULL,          -- JSON list of scoring.Note
  last_on DATE, good_until DATE,
  parts BLOB NOT NULL,                -- the slip, packed: store.SlipTerms
  row_hash VARCHAR NOT NULL);

CREATE TABLE rating (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, status VARCHAR NOT NULL,
  score DOUBLE, level VARCHAR, uncapped_level VARCHAR, stars UTINYINT, performance DOUBLE, conduct DOUBLE NOT NULL,
  n_evaluations INTEGER NOT NULL, n_cases BIGINT NOT NULL,
  caps VARCHAR NOT NULL, reasons VARCHAR NOT NULL, lift VARCHAR NOT NULL, warnings VARCHAR NOT NULL,
  parts BLOB NOT NULL,                -- the terms, packed: store.RatingTerms
  row_hash VARCHAR NOT NULL);
CREATE TABLE assessment_grade (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, status VARCHAR NOT NULL,
  grade VARCHAR, points DOUBLE, assessed_on DATE, valid_until DATE, reasons VARCHAR NOT NULL, row_hash VARCHAR NOT NULL);
CREATE TABLE blacklist_candidate (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, ground VARCHAR NOT NULL,
  evidence VARCHAR NOT NULL, row_hash VARCHAR NOT NULL);
CREATE TABLE budget_proposal (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, contract_no VARCHAR NOT NULL, purchaser_id VARCHAR NOT NULL,
  supplier_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL, base_fen BIGINT NOT NULL, change_fen BIGINT NOT NULL, action VARCHAR NOT NULL,
  reasons VARCHAR NOT NULL, row_hash VARCHAR NOT NULL);
CREATE TABLE movement (run_id INTEGER NOT NULL, subject VARCHAR NOT NULL, id VARCHAR NOT NULL, cause VARCHAR NOT NULL,
  before DOUBLE, after DOUBLE, grade_before VARCHAR, grade_after VARCHAR);
