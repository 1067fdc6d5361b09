-- How evaluations become final, and what the public asks. Append-only: of several rows about one thing the one with the
-- highest number counts. Announcing a year makes thousands of rows, so none of these tables has a key constraint: the
-- one writer keeps numbers unique. account is an id, name what the account was called then. Facts come as files or are
-- entered on a page; what people wrote stays out of them, so that no file of the archive holds it.

-- Facts: one row is what is known of an objection or a complaint, the latest batch counts.
CREATE TABLE objection (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, objection_no VARCHAR NOT NULL, contract_no VARCHAR NOT NULL,
  filed_on DATE NOT NULL, outcome VARCHAR, -- upheld, partly, rejected, withdrawn; NULL: not decided
  decided_on DATE, correction_batch INTEGER);
CREATE TABLE complaint (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, complaint_no VARCHAR NOT NULL, contract_no VARCHAR NOT NULL,
  received_on DATE NOT NULL, subject VARCHAR NOT NULL, channel VARCHAR,
  outcome VARCHAR,                    -- founded, partly, unfounded; NULL: not resolved
  answered_on DATE);

-- A version of an evaluation was announced to its supplier. The version is its official result: a run that changes only
-- what is shown beside it leaves the announcement standing.
CREATE TABLE announcement (announcement_id INTEGER NOT NULL, contract_no VARCHAR NOT NULL, run_id INTEGER NOT NULL,
  row_hash VARCHAR NOT NULL,          -- of the row of evaluation as it was announced
  result VARCHAR NOT NULL,            -- status, value, interval and grades, as store.officialResult writes them
  value DOUBLE, grade VARCHAR NOT NULL,
  closes_on DATE NOT NULL,            -- last day for comments and objections
  account VARCHAR NOT NULL, name VARCHAR NOT NULL, announced_at TIMESTAMP NOT NULL);
-- What follows for an announced version: final or public.
CREATE TABLE announcement_step (entry INTEGER NOT NULL, announcement_id INTEGER NOT NULL, contract_no VARCHAR NOT NULL, step VARCHAR NOT NULL,
  reason VARCHAR NOT NULL, account VARCHAR NOT NULL, name VARCHAR NOT NULL, done_at TIMESTAMP NOT NULL);
CREATE TABLE process_comment (comment_id INTEGER NOT NULL, contract_no VARCHAR NOT NULL, announcement_id INTEGER NOT NULL, wording VARCHAR NOT NULL,
  account VARCHAR NOT NULL, name VARCHAR NOT NULL, role VARCHAR NOT NULL, done_at TIMESTAMP NOT NULL);
CREATE TABLE objection_filing (objection_no VARCHAR NOT NULL, contract_no VARCHAR NOT NULL, announcement_id INTEGER NOT NULL,
  indicator VARCHAR NOT NULL,         -- that it is about; empty: the whole
  grounds VARCHAR NOT NULL, account VARCHAR NOT NULL, name VARCHAR NOT NULL, filed_on DATE NOT NULL, filed_at TIMESTAMP NOT NULL,
  review_by DATE NOT NULL);
CREATE TABLE objection_evidence (objection_no VARCHAR NOT NULL, contract_no VARCHAR NOT NULL, place INTEGER NOT NULL, file_name VARCHAR NOT NULL,
  media_type VARCHAR NOT NULL, bytes BIGINT NOT NULL, sha256 VARCHAR NOT NULL, -- under which the archive has it
  account VARCHAR NOT NULL, added_at TIMESTAMP NOT NULL);
CREATE TABLE objection_decision (objection_no VARCHAR NOT NULL, contract_no VARCHAR NOT NULL, outcome VARCHAR NOT NULL, reasons VARCHAR NOT NULL,
  batch_id INTEGER,                   -- that superseded or withdrew scores; NULL: none had to
  account VARCHAR NOT NULL, name VARCHAR NOT NULL, role VARCHAR NOT NULL, decided_on DATE NOT NULL, decided_at TIMESTAMP NOT NULL);

-- Questions and complaints of the public, and what was done with them.
CREATE TABLE inquiry (inquiry_no VARCHAR NOT NULL, kind VARCHAR NOT NULL, -- question or complaint
  subject VARCHAR NOT NULL, contract_no VARCHAR NOT NULL, -- empty: of none
  wording VARCHAR NOT NULL, code_hash VARCHAR NOT NULL,   -- sha256 of the code with which whoever asked looks it up
  channel VARCHAR NOT NULL,           -- web, or how the bureau came to know of it
  account VARCHAR NOT NULL,           -- who noted it; empty: the public form
  received_on DATE NOT NULL, received_at TIMESTAMP NOT NULL, route_by DATE NOT NULL);
CREATE TABLE inquiry_step (entry INTEGER NOT NULL, inquiry_no VARCHAR NOT NULL, step VARCHAR NOT NULL, -- a dueprocess.InquiryStep
  purchaser_id VARCHAR NOT NULL,      -- to whom it is routed
  wording VARCHAR NOT NULL,           -- the answer, or the reason of the step
  published VARCHAR NOT NULL,         -- the question as it is published, without what names a person
  outcome VARCHAR NOT NULL, due_on DATE,
  account VARCHAR NOT NULL, name VARCHAR NOT NULL, role VARCHAR NOT NULL, done_at TIMESTAMP NOT NULL);
