-- None of these tables has a key constraint: the one writer keeps them unique.
-- Who brought a batch and how its file was read. A batch of the operator at the console has an empty account.
CREATE TABLE batch_upload (batch_id INTEGER NOT NULL, account VARCHAR NOT NULL,
  name VARCHAR NOT NULL,              -- of the account then
  reason VARCHAR NOT NULL,            -- why it replaces or withdraws what was accepted before; may be empty
  reading VARCHAR NOT NULL,           -- sha256 in the archive of how the file was read; empty: whole, by its own headers
  left_out BIGINT NOT NULL);          -- rows of the file that were not accepted
-- Closing and opening again of a contract's evaluation, each a row; the one with the highest entry holds.
CREATE TABLE contract_closing (entry INTEGER NOT NULL, contract_no VARCHAR NOT NULL, closed BOOLEAN NOT NULL, on_day DATE NOT NULL,
  account VARCHAR NOT NULL, reason VARCHAR NOT NULL, noted_at TIMESTAMP NOT NULL);
-- A withdrawal is a batch of its own: from it on the scores of the batch that it withdraws do not count.
CREATE TABLE withdrawal (batch_id INTEGER NOT NULL, withdrawn INTEGER NOT NULL);
-- Scores that count again since a withdrawal: they stand in score under the number of the withdrawal, and came from the
-- same row_no of origin_batch.
CREATE TABLE score_restored (batch_id INTEGER NOT NULL, contract_key INTEGER NOT NULL, indicator_key SMALLINT NOT NULL, party UTINYINT NOT NULL,
  rater_key INTEGER NOT NULL, origin_batch INTEGER NOT NULL);
