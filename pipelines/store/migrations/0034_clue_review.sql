-- The inquiries of kind review: by each the supervision office asks somebody about a clue. What became of one is its steps.
CREATE TABLE clue_review (inquiry_no VARCHAR NOT NULL, clue_id VARCHAR NOT NULL);
