-- Facts of the blacklist. A listing is made by the decision on a case, and by nothing else; the latest row of a case and
-- supplier says how long it holds.
CREATE TABLE listing (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, case_no VARCHAR NOT NULL, supplier_id VARCHAR NOT NULL,
  listed_on DATE NOT NULL, until_on DATE NOT NULL, ended_on DATE, end_cause VARCHAR, document_no VARCHAR);
-- What other authorities list; it stays theirs, and changes no rating.
CREATE TABLE external_listing (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, list VARCHAR NOT NULL, uscc VARCHAR NOT NULL, name VARCHAR NOT NULL,
  listed_on DATE NOT NULL, until_on DATE, removed_on DATE, authority VARCHAR NOT NULL, document_no VARCHAR, cause VARCHAR);
-- Days off and worked weekends by the yearly notices of the State Council, beside those that the program ships.
CREATE TABLE holiday (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, from_on DATE NOT NULL, to_on DATE NOT NULL, day VARCHAR NOT NULL,
  occasion VARCHAR NOT NULL, notice VARCHAR NOT NULL);
-- The history of every case, a row for each step. Append-only.
CREATE TABLE case_step (case_no VARCHAR NOT NULL, step_no INTEGER NOT NULL, kind VARCHAR NOT NULL,
  party VARCHAR NOT NULL,             -- supplier whom the step is about; empty: the whole case
  account VARCHAR NOT NULL,           -- id of who took it
  noted_at TIMESTAMP NOT NULL,
  content VARCHAR NOT NULL,           -- JSON: what else the step says, as blacklist.Step
  PRIMARY KEY (case_no, step_no));
-- The watch list: putting a supplier on it and taking it off are rows of their own. The latest one of a supplier holds.
CREATE TABLE watch_entry (entry_id INTEGER PRIMARY KEY, supplier_id VARCHAR NOT NULL, watched BOOLEAN NOT NULL,
  until_on DATE,                      -- first day on which nobody watches it any more; NULL where it is taken off
  reason VARCHAR NOT NULL, account VARCHAR NOT NULL, name VARCHAR NOT NULL, on_day DATE NOT NULL, noted_at TIMESTAMP NOT NULL);
