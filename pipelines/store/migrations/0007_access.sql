-- Who may sign in, with what a program may ask, and which evaluator judges which contract. Rows are replaced, so none of
-- these tables has a key constraint: the one writer keeps ids unique.
CREATE TABLE account (account_id VARCHAR NOT NULL, -- random, never used again
  login VARCHAR NOT NULL,             -- what is typed to sign in, in lower case
  name VARCHAR NOT NULL,              -- as pages show it
  role VARCHAR NOT NULL,              -- access.Role
  org_id VARCHAR NOT NULL,            -- that a purchaser, evaluator or supplier acts for; empty: none
  email VARCHAR NOT NULL,             -- by which an identity of the single sign-on is linked, in lower case; empty: none
  password VARCHAR NOT NULL,          -- argon2id with its parameters; empty: none can be used
  password_due BOOLEAN NOT NULL,      -- it was given by somebody else, to be changed at the first sign-in
  factor VARCHAR NOT NULL,            -- secret of the second factor; empty: none
  factor_step BIGINT NOT NULL,        -- time step of the last code used, so that none is used twice
  recovery VARCHAR NOT NULL,          -- JSON list of the hashes of unused recovery codes
  issuer VARCHAR NOT NULL, subject VARCHAR NOT NULL, -- of the single sign-on; empty: not linked
  disabled BOOLEAN NOT NULL,
  created_at TIMESTAMP NOT NULL, changed_at TIMESTAMP NOT NULL);
CREATE TABLE token (token_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL, label VARCHAR NOT NULL,
  hash VARCHAR NOT NULL,              -- sha256 of the secret, which is shown once
  actions VARCHAR NOT NULL,           -- JSON list of access.Action
  created_at TIMESTAMP NOT NULL, expires_at TIMESTAMP NOT NULL, revoked_at TIMESTAMP);
CREATE TABLE assignment (contract_no VARCHAR NOT NULL, evaluator_org VARCHAR NOT NULL,
  due_on DATE,                        -- by which scores are expected
  assigned_at TIMESTAMP NOT NULL, assigned_by VARCHAR NOT NULL, -- account
  declared VARCHAR NOT NULL,          -- '': not yet; none: no conflict; conflict
  reason VARCHAR NOT NULL,            -- what the conflict is
  declared_at TIMESTAMP, declared_by VARCHAR NOT NULL,
  ended_at TIMESTAMP);                -- taken away; NULL: stands
