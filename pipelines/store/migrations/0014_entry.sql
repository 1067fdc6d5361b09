-- Facts that somebody entered on a page: a row of a kind of file each, which becomes a batch of its own. Rows stay, so that
-- no number is given twice.
CREATE TABLE entry (entry_id INTEGER NOT NULL, kind VARCHAR NOT NULL,
  cells VARCHAR NOT NULL,             -- JSON object: column -> text of the cell
  mark VARCHAR NOT NULL,              -- random, so that no two entries are the same bytes
  reason VARCHAR NOT NULL,
  entered_by VARCHAR NOT NULL,        -- as in the audit log
  entered_at TIMESTAMP NOT NULL,
  batch_id INTEGER NOT NULL,          -- that holds it; 0: none yet
  refused VARCHAR NOT NULL);          -- why no batch can take it any more; empty: it can
