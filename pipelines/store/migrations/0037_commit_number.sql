-- Each commit adds one: a transaction knows by it which committed version it sees, also where another commit is under way.
CREATE TABLE commit_number (number BIGINT NOT NULL);
INSERT INTO commit_number VALUES (0);
