-- The recipients' survey. A link leads to its batch of links, an answer to its contract, and no column leads from one to
-- the other: see the package comment of pipelines/survey. No time is kept, only days.

-- One batch of links for one contract.
CREATE TABLE survey_issue (issue_id INTEGER NOT NULL, contract_no VARCHAR NOT NULL,
  label VARCHAR NOT NULL,             -- of the sampling frame; batches of one label draw on the same people
  channel VARCHAR NOT NULL,           -- how the links reach them: paper, sms, other
  frame INTEGER NOT NULL,             -- people in the frame; 0: not known
  links INTEGER NOT NULL, issued_on DATE NOT NULL,
  expires_on DATE NOT NULL,           -- last day on which its links can be used
  issued_by VARCHAR NOT NULL, reminders INTEGER NOT NULL);
CREATE TABLE survey_link (issue_id INTEGER NOT NULL, token_hash VARCHAR NOT NULL,
  nonce VARCHAR NOT NULL,             -- goes into the pseudonym of the answer; emptied when the link ends
  state VARCHAR NOT NULL);            -- open, used, void, closed
-- Answers that no batch of scores holds yet.
CREATE TABLE survey_answer (contract_no VARCHAR NOT NULL, evaluator_id VARCHAR NOT NULL, indicator VARCHAR NOT NULL, score_e4 INTEGER NOT NULL,
  answered_on DATE NOT NULL,
  collection INTEGER NOT NULL);       -- file that it is going into; 0: none yet
