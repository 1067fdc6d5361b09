-- What may be bought, and from whom. catalog_item stays the register of every code that was ever used; a version of the
-- guidance catalogue says of each code whether it may be bought. A version has no force before it is adopted, and its
-- entries take no more changes after: whoever wants others adopts the next version.
CREATE TABLE catalog_entry (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, version_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL,
  listing VARCHAR NOT NULL,           -- guidance, procurement (of the procurement catalogue too) or negative (may not be bought)
  content VARCHAR,                    -- what the service comprises
  reason VARCHAR, authority VARCHAR); -- why it may not be bought, and by which rule; NULL only where it may
CREATE TABLE catalog_adoption (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, version_id VARCHAR NOT NULL, title VARCHAR NOT NULL,
  in_force_on DATE NOT NULL,          -- first day; it ends where the next version begins
  authority VARCHAR NOT NULL, document_no VARCHAR, reason VARCHAR NOT NULL);

-- What the register holds of a supplier beside its organisation, as of its latest row.
CREATE TABLE supplier_registration (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, registrar VARCHAR NOT NULL,
  status VARCHAR NOT NULL,            -- active, dissolved (注销) or revoked (撤销)
  ended_on DATE,                      -- of the dissolution or revocation
  certificate_until DATE,             -- last day of the certificate; NULL: without end
  tax_exempt_from DATE, tax_exempt_until DATE);
CREATE TABLE supplier_training (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, supplier_id VARCHAR NOT NULL, held_on DATE NOT NULL,
  topic VARCHAR NOT NULL, organiser VARCHAR, hours DOUBLE NOT NULL, persons INTEGER NOT NULL);
