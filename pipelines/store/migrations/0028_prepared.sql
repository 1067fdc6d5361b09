-- What pages look up one by one, as each run leaves it: the answers of the store's own queries, kept as rows. A row holds from
-- from_run on, until until_run. They follow from the other tables and can be made again from them.

-- prepared: one row, the first run of which the rows are there; no row, none.
CREATE TABLE prepared (from_run INTEGER NOT NULL);
-- prepared_organisation: one row per organisation as the runs saw it.
CREATE TABLE prepared_organisation (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, org_id VARCHAR NOT NULL, name VARCHAR NOT NULL,
  kind VARCHAR NOT NULL, supplier_type VARCHAR NOT NULL, uscc VARCHAR NOT NULL, registered_on DATE);
-- prepared_supplier: one row per supplier with what the runs found of it, as lists of suppliers show it.
CREATE TABLE prepared_supplier (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, org_id VARCHAR NOT NULL, name VARCHAR NOT NULL,
  supplier_type VARCHAR NOT NULL, uscc VARCHAR NOT NULL, registered_on DATE, status VARCHAR NOT NULL, level VARCHAR NOT NULL,
  uncapped_level VARCHAR NOT NULL, stars UTINYINT NOT NULL, score DOUBLE, performance DOUBLE, conduct DOUBLE, n_evaluations INTEGER NOT NULL,
  n_cases BIGINT NOT NULL, assessment VARCHAR NOT NULL, grounds BIGINT NOT NULL, contracts BIGINT NOT NULL, money BIGINT NOT NULL);
-- prepared_contract: one row per contract of the runs with all by which it is searched.
CREATE TABLE prepared_contract (from_run INTEGER NOT NULL, until_run INTEGER NOT NULL, contract_key INTEGER NOT NULL,
  sought VARCHAR NOT NULL);           -- its number and name and those of its parties, in small letters, a line each

-- The slip's dimensions once more by themselves, packed: store.DimensionTerms. NULL in rows from before: they are in parts.
ALTER TABLE evaluation ADD COLUMN dimensions BLOB;
