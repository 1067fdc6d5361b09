-- Releases of the results to the public, and what each says. Append-only: each names the hash of the one before, so that a
-- bundle that somebody kept shows whether it is one of them.
CREATE TABLE release (number INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, run_hash VARCHAR NOT NULL, as_of DATE NOT NULL,
  hash VARCHAR NOT NULL,              -- SHA-256 of the bundle's list of checksums
  previous VARCHAR NOT NULL,          -- hash of the release before; empty in the first
  content VARCHAR NOT NULL,           -- SHA-256 of the data alone: the same data are no new release
  evaluations BIGINT NOT NULL, evaluations_withheld BIGINT NOT NULL, ratings BIGINT NOT NULL, ratings_withheld BIGINT NOT NULL,
  reason VARCHAR NOT NULL,            -- in the words of who published it
  published_by VARCHAR NOT NULL, published_at TIMESTAMP NOT NULL);
CREATE TABLE public_contract (release INTEGER NOT NULL, contract_no VARCHAR NOT NULL, name VARCHAR NOT NULL,
  purchaser_id VARCHAR NOT NULL, purchaser VARCHAR NOT NULL, supplier_id VARCHAR NOT NULL, supplier VARCHAR NOT NULL,
  item_code VARCHAR NOT NULL, item VARCHAR NOT NULL, budget_year SMALLINT NOT NULL, amount_fen BIGINT NOT NULL,
  status VARCHAR NOT NULL, grade VARCHAR NOT NULL, value DOUBLE, low DOUBLE, high DOUBLE,
  withheld VARCHAR NOT NULL);         -- why numbers are missing; empty: none is withheld
CREATE TABLE public_supplier (release INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, uscc VARCHAR NOT NULL, name VARCHAR NOT NULL,
  supplier_type VARCHAR NOT NULL, status VARCHAR NOT NULL, level VARCHAR NOT NULL, stars SMALLINT NOT NULL, score DOUBLE,
  evaluations INTEGER NOT NULL, withheld VARCHAR NOT NULL);
CREATE TABLE release_change (release INTEGER NOT NULL, subject VARCHAR NOT NULL, id VARCHAR NOT NULL,
  change VARCHAR NOT NULL,            -- added, changed or removed
  cause VARCHAR NOT NULL,             -- causes of movement since the release before, with commas between them
  grade_before VARCHAR NOT NULL, grade_after VARCHAR NOT NULL, value_before DOUBLE, value_after DOUBLE);
