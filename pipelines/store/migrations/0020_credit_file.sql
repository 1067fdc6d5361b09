-- Applications to repair an offence, their proof and what was decided. Append-only: whoever applies, and whoever decides,
-- adds a row, and nothing is taken away, so that a refusal stays visible. What an accepted repair is worth to a rating is a
-- credit_event row with repaired_on, which the decision enters.
CREATE TABLE repair_application (application_id INTEGER PRIMARY KEY, supplier_id VARCHAR NOT NULL, event_id VARCHAR NOT NULL,
  statement VARCHAR NOT NULL,         -- what was put right, in the words of the supplier
  mended_on DATE NOT NULL,            -- day on which it was, as the supplier says
  decide_by DATE,                     -- last day for the decision; NULL: not known when it came in
  applied_by VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL);
CREATE TABLE repair_proof (application_id INTEGER NOT NULL, place INTEGER NOT NULL, -- 1, 2, 3 ... in an application
  file_name VARCHAR NOT NULL, media_type VARCHAR NOT NULL, bytes BIGINT NOT NULL,
  sha256 VARCHAR NOT NULL);           -- under which the archive has it
CREATE TABLE repair_decision (application_id INTEGER PRIMARY KEY, accepted BOOLEAN NOT NULL,
  repaired_on DATE,                   -- from which the offence fades; NULL: refused
  reason VARCHAR NOT NULL,            -- in the words of who decided
  decided_by VARCHAR NOT NULL, decided_at TIMESTAMP NOT NULL);
