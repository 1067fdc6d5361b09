CREATE TABLE contract (contract_no TEXT PRIMARY KEY, supplier_id TEXT NOT NULL, amount_yuan DOUBLE PRECISION NOT NULL);
CREATE TABLE leaf_weight (indicator TEXT PRIMARY KEY, weight DOUBLE PRECISION NOT NULL, parent TEXT NOT NULL, parent_weight DOUBLE PRECISION NOT NULL);
CREATE TABLE party_weight (indicator TEXT NOT NULL, party TEXT NOT NULL, weight DOUBLE PRECISION NOT NULL, PRIMARY KEY (indicator, party));
