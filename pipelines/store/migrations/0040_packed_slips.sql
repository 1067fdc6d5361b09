-- Slips are packed by zstd: in a quarter of the room that the database needs by itself, and at less cost. It would try each way of
-- packing texts on all of them first, and takes the one that finds repetitions within 2,048 rows (docs/performance.md).
CREATE TABLE evaluation_packed (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, contract_key INTEGER NOT NULL, contract_no VARCHAR NOT NULL,
  name VARCHAR, purchaser_id VARCHAR NOT NULL, supplier_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL, budget_year SMALLINT NOT NULL,
  amount_fen BIGINT NOT NULL, start_on DATE NOT NULL, end_on DATE NOT NULL, recipients INTEGER,
  status VARCHAR NOT NULL, value DOUBLE, low DOUBLE, high DOUBLE, se DOUBLE, plain DOUBLE,
  grade VARCHAR, uncapped_grade VARCHAR, n_purchaser INTEGER NOT NULL, n_recipient INTEGER NOT NULL, n_third_party INTEGER NOT NULL,
  missing VARCHAR NOT NULL, caps VARCHAR NOT NULL, warnings VARCHAR NOT NULL,
  last_on DATE, good_until DATE,
  parts BLOB NOT NULL USING COMPRESSION zstd,
  row_hash VARCHAR NOT NULL,
  raw DOUBLE, adjusted DOUBLE, shrunken DOUBLE, reliability DOUBLE,
  dimensions BLOB);
INSERT INTO evaluation_packed BY NAME SELECT * FROM evaluation;
DROP TABLE evaluation;
ALTER TABLE evaluation_packed RENAME TO evaluation;
