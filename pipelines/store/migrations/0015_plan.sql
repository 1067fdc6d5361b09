-- From plan to payment: what a department means to buy and may spend, what the bureau said of it, which contract came of
-- which plan, what contracts contain and when they are to be paid, how their targets came about, and for what a department
-- keeps staff. Facts as all others: append-only, of several rows with one key the one of the latest batch counts.
CREATE TABLE plan_item (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, plan_no VARCHAR NOT NULL, year SMALLINT NOT NULL,
  purchaser_id VARCHAR NOT NULL, item_code VARCHAR NOT NULL, project VARCHAR NOT NULL, amount_fen BIGINT NOT NULL,
  method VARCHAR NOT NULL, method_reason VARCHAR, status VARCHAR NOT NULL, submitted_on DATE);
CREATE TABLE plan_review (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, plan_no VARCHAR NOT NULL, review_no INTEGER NOT NULL,
  decision VARCHAR NOT NULL,
  approved_fen BIGINT,                -- of an approval; NULL: as much as was submitted
  reason VARCHAR NOT NULL, reviewed_on DATE NOT NULL, reviewer VARCHAR);
CREATE TABLE department_budget (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, year SMALLINT NOT NULL, purchaser_id VARCHAR NOT NULL,
  amount_fen BIGINT NOT NULL);        -- the department's whole budget of the year
CREATE TABLE budget_line (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, year SMALLINT NOT NULL, purchaser_id VARCHAR NOT NULL,
  item_code VARCHAR NOT NULL, source VARCHAR NOT NULL, amount_fen BIGINT NOT NULL);
CREATE TABLE contract_plan (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_no VARCHAR NOT NULL, plan_no VARCHAR NOT NULL);
CREATE TABLE payment_schedule (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_no VARCHAR NOT NULL, stage VARCHAR NOT NULL,
  due_on DATE NOT NULL, amount_fen BIGINT NOT NULL, payable VARCHAR NOT NULL);
-- Where a contract says it; NULL: it does not.
CREATE TABLE contract_content (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_no VARCHAR NOT NULL, scope VARCHAR,
  subject VARCHAR, quantity VARCHAR, quality VARCHAR, term VARCHAR, payment_terms VARCHAR, rights_duties VARCHAR, breach_liability VARCHAR);
CREATE TABLE target_source (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_no VARCHAR NOT NULL, indicator VARCHAR NOT NULL,
  source VARCHAR NOT NULL, document VARCHAR, set_on DATE NOT NULL);
CREATE TABLE staffed_function (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, year SMALLINT NOT NULL, purchaser_id VARCHAR NOT NULL,
  function VARCHAR NOT NULL, item_code VARCHAR NOT NULL, staff INTEGER NOT NULL, cost_fen BIGINT);
