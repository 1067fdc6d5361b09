-- Scenarios of next year's budget that somebody saved, and those that were adopted. Append-only: of several adoptions the
-- last one stands, and every one keeps the amount of every contract, whatever later runs say.
CREATE TABLE scenario (scenario_id INTEGER PRIMARY KEY, name VARCHAR NOT NULL,
  run_id INTEGER NOT NULL,            -- published run on whose contracts it was computed
  for_year SMALLINT NOT NULL,         -- budget year that the money is for
  question VARCHAR NOT NULL,          -- what it assumes, as the page's address writes it; empty: what the policy proposes
  contracts INTEGER NOT NULL, base_fen BIGINT NOT NULL, next_fen BIGINT NOT NULL,
  hash VARCHAR NOT NULL,              -- of the amounts of all contracts
  saved_by VARCHAR NOT NULL, saved_at TIMESTAMP NOT NULL);
CREATE TABLE scenario_adoption (adoption_id INTEGER PRIMARY KEY, scenario_id INTEGER NOT NULL,
  reason VARCHAR NOT NULL,            -- in the words of who adopted it
  adopted_by VARCHAR NOT NULL, adopted_at TIMESTAMP NOT NULL);
CREATE TABLE scenario_amount (adoption_id INTEGER NOT NULL, contract_no VARCHAR NOT NULL, purchaser_id VARCHAR NOT NULL,
  supplier_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL, base_fen BIGINT NOT NULL, next_fen BIGINT NOT NULL, action VARCHAR NOT NULL);
