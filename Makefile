# pingxin. `make help` lists what can be made. Go, a C compiler and make are all that has to be there beforehand.

# The store moves data as Arrow, which its driver only builds with this tag.
export GOFLAGS := $(GOFLAGS) -tags=duckdb_arrow
export CGO_ENABLED := 1
VERSION := $(shell git describe --always --dirty 2>/dev/null)

.PHONY: build demo test test-long reproduce bench bench-compare growth compare lint refresh-echarts refresh-axe refresh-openapi clean help

build: ## build bin/pingxin
	go build -ldflags "-X main.version=$(VERSION)" -o bin/pingxin ./cmd/pingxin

demo: build ## make a sample district, run three nights and serve it on http://127.0.0.1:8080
	bin/pingxin demo

test: setup ## run every test; installs what the browser tests need where it can
	go vet ./...
	go test -timeout 30m ./...

test-long: setup ## the tests with more rounds
	PINGXIN_LONG=1 go test -timeout 80m ./...

reproduce: build ## reproduce the published programmes of testdata/programmes
	bin/pingxin reproduce all

bench: build ## measure against bare DuckDB; writes bench.json and, for bench-compare, bench.txt
	bin/pingxin bench --scores 10000000 --repeat 6 --json --samples bench.txt > bench.json
	cat bench.json

bench-compare: ## compare two files of measurements: make bench-compare OLD=before.txt NEW=bench.txt
	@test -f "$(OLD)" -a -f "$(NEW)" || { echo "say which two: make bench-compare OLD=before.txt NEW=bench.txt (make bench writes bench.txt)"; exit 1; }
	go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da $(OLD) $(NEW)

growth: build ## measure how the cost of a run grows, and draw it: docs/growth.jsonl, docs/growth.svg
	bin/pingxin bench --scores 100000000 --memory 3GB --growth docs/growth.jsonl
	go run ./tools/growth

compare: build ## compute the same with SQLite, PostgreSQL, R data.table, Polars and DuckDB, those that are installed
	go run ./tools/compare

lint: ## static checks
	go vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"

refresh-echarts: ## fetch the chart library anew from npm
	rm -rf build/echarts && mkdir -p build/echarts
	cd build/echarts && npm pack echarts@6.1.0 && tar xzf echarts-6.1.0.tgz
	cp build/echarts/package/dist/echarts.min.js build/echarts/package/LICENSE build/echarts/package/NOTICE dashboards/static/echarts/

refresh-axe: ## fetch anew from npm what the browser tests look for barriers with
	rm -rf build/axe && mkdir -p build/axe
	cd build/axe && npm pack axe-core@4.14.1 && tar xzf axe-core-4.14.1.tgz
	cp build/axe/package/axe.min.js build/axe/package/LICENSE dashboards/testdata/axe/

refresh-openapi: ## write docs/openapi.json, the description of the HTTP API, anew
	go test ./dashboards/api -run 'TestDescription$$' -update

.PHONY: setup
setup:
	@tools/setup.sh

clean: ## remove what was built
	rm -rf bin build bench.json bench.txt

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 18
