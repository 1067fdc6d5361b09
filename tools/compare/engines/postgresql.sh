# PostgreSQL on a cluster of its own, tuned for one large question: nothing is logged, sorts and hashes stay in memory, both
# cores work.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
sql() { as "$bin/psql" -q -v ON_ERROR_STOP=1 -h "$PWD/pg" -d postgres "$@"; }
case $1 in
version) "$bin/postgres" --version | sed 's/.* \([0-9.]*\) .*/\1/' ;;
start) rm -rf pg; mkdir pg; if [ "$(id -u)" = 0 ]; then chown postgres pg; chmod 755 .; fi
	as "$bin/initdb" -D pg/data -A trust --no-sync --locale=C > pg.log
	as "$bin/pg_ctl" -D pg/data -w -l "$PWD/pg/server.log" -o "-h '' -k '$PWD/pg' -c shared_buffers=2GB -c work_mem=1GB -c maintenance_work_mem=1GB -c hash_mem_multiplier=4 -c max_wal_size=16GB -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c jit=on -c max_parallel_workers_per_gather=2" start >> pg.log ;;
load) sql <<SQL
CREATE UNLOGGED TABLE score (contract_no TEXT NOT NULL, indicator TEXT NOT NULL, party TEXT NOT NULL, evaluator_id TEXT NOT NULL, score DOUBLE PRECISION NOT NULL, scored_on DATE NOT NULL);
\\i engines/tables.sql
\\copy score FROM score.csv CSV HEADER
\\copy contract FROM compared/contract.csv CSV HEADER
\\copy leaf_weight FROM compared/leaf_weight.csv CSV HEADER
\\copy party_weight FROM compared/party_weight.csv CSV HEADER
VACUUM ANALYZE;
SQL
	;;
compute) sql -f engines/evaluate.sql ;;
export) sql -c "\\copy evaluation TO STDOUT CSV" > evaluation.csv
	sql -c "\\copy supplier TO STDOUT CSV" > supplier.csv ;;
spent) master=$(head -n 1 pg/data/postmaster.pid) # what it and its children have used, those that have ended among them
	cat /proc/[0-9]*/stat 2> /dev/null | sed 's/(.*)/name/' | awk -v master="$master" -v tick="$(getconf CLK_TCK)" \
		'$1 == master { used += $14 + $15 + $16 + $17 } $4 == master { used += $14 + $15 } END { print used / tick }' ;;
stop) as "$bin/pg_ctl" -D pg/data -m immediate stop > /dev/null; rm -rf pg ;;
esac
