# SQLite by its shell: no journal, a gigabyte of cache, and the index that makes the ranks a walk through it.
set -eu
case $1 in
version) sqlite3 --version | cut -d' ' -f1 ;;
load) sqlite3 sqlite.db <<SQL
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY;
CREATE TABLE score (contract_no TEXT NOT NULL, indicator TEXT NOT NULL, party TEXT NOT NULL, evaluator_id TEXT NOT NULL, score REAL NOT NULL, scored_on TEXT NOT NULL);
.read engines/tables.sql
.mode csv
.import --skip 1 score.csv score
.import --skip 1 compared/contract.csv contract
.import --skip 1 compared/leaf_weight.csv leaf_weight
.import --skip 1 compared/party_weight.csv party_weight
CREATE INDEX by_cell ON score (contract_no, indicator, party, score);
ANALYZE;
SQL
	;;
compute) sqlite3 sqlite.db <<SQL
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY; PRAGMA threads = 2;
.read engines/evaluate.sql
SQL
	;;
export) sqlite3 -csv sqlite.db "SELECT contract_no, printf('%.17g', value) FROM evaluation" > evaluation.csv
	sqlite3 -csv sqlite.db "SELECT supplier_id, printf('%.17g', value) FROM supplier" > supplier.csv ;;
esac
