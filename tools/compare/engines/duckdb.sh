# DuckDB from Python, with the same SQL.
set -eu
run() { python3 -c "import duckdb, sys; c = duckdb.connect('duckdb.db'); c.execute(sys.stdin.read())"; }
case $1 in
version) python3 -c "import duckdb; print(duckdb.__version__)" ;;
load) { cat engines/tables.sql; cat <<SQL
CREATE TABLE score AS SELECT * FROM read_csv('score.csv');
INSERT INTO contract SELECT * FROM read_csv('compared/contract.csv');
INSERT INTO leaf_weight SELECT * FROM read_csv('compared/leaf_weight.csv');
INSERT INTO party_weight SELECT * FROM read_csv('compared/party_weight.csv');
SQL
	} | run ;;
compute) sed 's#answers / 10#answers // 10#g' engines/evaluate.sql | run ;;
export) echo "COPY evaluation TO 'evaluation.csv' (HEADER false); COPY supplier TO 'supplier.csv' (HEADER false);" | run ;;
esac
