-- What lets an ordinary night leave alone what nothing concerns.
ALTER TABLE run ADD COLUMN row_set BLOB;       -- hash of the set of all rows that hold for the run, from which its hash is made
ALTER TABLE rating ADD COLUMN good_until DATE; -- first later day on which anything may follow otherwise for the supplier; NULL: none
