-- Who did what, when: append-only, numbered from 1, each entry's chain covering the one before. Cell values never stand here.
CREATE TABLE audit (number BIGINT NOT NULL, happened_at TIMESTAMP NOT NULL,
  actor VARCHAR NOT NULL,             -- account or user of the console; empty: the program itself
  role VARCHAR NOT NULL,              -- of the actor at that time
  action VARCHAR NOT NULL,            -- code, translated by the pages
  subject VARCHAR NOT NULL,           -- what it was done to, for example batch:12
  detail VARCHAR NOT NULL,
  request VARCHAR NOT NULL,           -- id that the server's log has too; empty: none
  previous VARCHAR NOT NULL,          -- chain of the entry before; empty in the first
  chain VARCHAR NOT NULL);            -- SHA-256 of the entry's JSON with an empty chain
