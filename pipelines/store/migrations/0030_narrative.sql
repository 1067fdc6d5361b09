-- What a party wrote of the performance on a contract: facts, as the files say. Only those who look into clues see them.
CREATE TABLE narrative (batch_id INTEGER NOT NULL, row_no INTEGER NOT NULL, contract_no VARCHAR NOT NULL,
  party VARCHAR NOT NULL,             -- purchaser, supplier or third_party
  author_id VARCHAR NOT NULL,         -- an organisation, or a rater of one
  written_on DATE NOT NULL, narrative VARCHAR NOT NULL);
