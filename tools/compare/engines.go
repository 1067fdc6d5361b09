package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// engine is a program that is compared: the words of its command, to which what it has to do is added.
type engine struct {
	name    string
	command []string
	phased  bool // it is asked for load, compute and export apart, else for all at once and says how long each took
	served  bool // it has to be started and stopped
}

var engines = []engine{
	{"SQLite", []string{"sh", "engines/sqlite.sh"}, true, false},
	{"PostgreSQL", []string{"sh", "engines/postgresql.sh"}, true, true},
	{"R data.table", []string{"Rscript", "engines/datatable.R"}, false, false},
	{"Polars", []string{"python3", "engines/with_polars.py"}, false, false},
	{"DuckDB, the same SQL", []string{"sh", "engines/duckdb.sh"}, true, false},
}

// measured is what a program was seen to take and to find.
type measured struct {
	name, version        string
	load, compute        float64 // seconds, medians
	evaluation, supplier float64 // largest differences from pingxin: of contracts, of suppliers
	contracts, suppliers int
}

// comparison is one comparison under way.
type comparison struct {
	dir, program string
	repeat       int
	log          io.Writer

	evaluations, suppliers map[string]float64 // pingxin's
	results                []measured
	absent                 []string
}

// measure asks pingxin and then the others, those of the given names where there are some.
func (c *comparison) measure(ctx context.Context, names []string) error {
	if err := c.pingxin(ctx); err != nil {
		return err
	}
	for _, e := range engines {
		if len(names) > 0 && !slices.Contains(names, e.name) {
			continue
		}
		version, err := c.command(ctx, append(e.command, "version")...)
		if err != nil {
			c.absent = append(c.absent, e.name)
			continue
		}
		m, err := c.ask(ctx, e)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		m.name, m.version = e.name, strings.TrimSpace(version)
		c.results = append(c.results, m)
	}
	return nil
}

// command runs a command in the directory and returns what it printed.
func (c *comparison) command(ctx context.Context, words ...string) (string, error) {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// timed runs a command and returns the seconds that it took.
func (c *comparison) timed(ctx context.Context, words ...string) (float64, error) {
	began := time.Now()
	_, err := c.command(ctx, words...)
	return time.Since(began).Seconds(), err
}

// pingxin measures the program: the checked, archived and receipted import of the scores, and the whole run.
func (c *comparison) pingxin(ctx context.Context) error {
	version, err := c.command(ctx, c.program, "version")
	if err != nil {
		return err
	}
	load, compute := make([]float64, c.repeat), make([]float64, c.repeat)
	for i := range c.repeat {
		if load[i], compute[i], err = c.pingxinOnce(ctx); err != nil {
			return err
		}
	}
	if _, err := c.command(ctx, c.program, "export", "evaluation", "--out", "pingxin.csv", "--data", "data"); err != nil {
		return err
	}
	if c.evaluations, err = readColumn(filepath.Join(c.dir, "pingxin.csv"), "contract_no", "value"); err != nil {
		return err
	}
	c.suppliers = suppliersOf(c.evaluations)
	c.results = append(c.results, measured{name: "pingxin", version: strings.TrimSpace(version), load: median(load), compute: median(compute), contracts: len(c.evaluations), suppliers: len(c.suppliers)})
	c.say("pingxin", load, compute)
	return nil
}

func (c *comparison) pingxinOnce(ctx context.Context) (load, compute float64, err error) {
	if err := os.RemoveAll(filepath.Join(c.dir, "data")); err != nil {
		return 0, 0, err
	}
	for _, kind := range []string{"organisation", "catalog_item", "contract"} {
		if _, err := c.command(ctx, c.program, "import", kind, kind+".csv", "--data", "data"); err != nil {
			return 0, 0, err
		}
	}
	if load, err = c.timed(ctx, c.program, "import", "score", "score.csv", "--policy", "policy.toml", "--data", "data"); err != nil {
		return 0, 0, err
	}
	compute, err = c.timed(ctx, c.program, "run", "--as-of", "2025-12-31", "--policy", "policy.toml", "--data", "data")
	return load, compute, err
}

// suppliersOf weights pingxin's evaluations by the amounts, in the order of contracts: its own rating weights by age and by
// the logarithm of the amount, which the others were not asked for.
func suppliersOf(evaluations map[string]float64) map[string]float64 {
	sums, amounts := map[string]float64{}, map[string]float64{}
	for i := range len(evaluations) {
		amount := float64(amountOf(i))
		sums[supplierOf(i)] += evaluations[numberOf(i)] * amount
		amounts[supplierOf(i)] += amount
	}
	for id := range sums {
		sums[id] /= amounts[id]
	}
	return sums
}

// ask measures a program and compares what it finds.
func (c *comparison) ask(ctx context.Context, e engine) (m measured, err error) {
	load, compute := make([]float64, c.repeat), make([]float64, c.repeat)
	for i := range c.repeat {
		if load[i], compute[i], err = c.askOnce(ctx, e); err != nil {
			return m, err
		}
	}
	c.say(e.name, load, compute)
	m = measured{load: median(load), compute: median(compute)}
	if m.evaluation, m.contracts, err = c.differ("evaluation.csv", c.evaluations); err != nil {
		return m, err
	}
	m.supplier, m.suppliers, err = c.differ("supplier.csv", c.suppliers)
	return m, err
}

// askOnce measures a program once, from an empty store.
func (c *comparison) askOnce(ctx context.Context, e engine) (load, compute float64, err error) {
	for _, old := range []string{"sqlite.db", "duckdb.db", "evaluation.csv", "supplier.csv"} {
		if err := os.RemoveAll(filepath.Join(c.dir, old)); err != nil {
			return 0, 0, err
		}
	}
	if !e.phased {
		return c.askWhole(ctx, e)
	}
	if e.served {
		if _, err := c.command(ctx, append(e.command, "start")...); err != nil {
			return 0, 0, err
		}
		defer func() {
			_, stopping := c.command(context.WithoutCancel(ctx), append(e.command, "stop")...)
			err = errors.Join(err, stopping)
		}()
	}
	if load, err = c.timed(ctx, append(e.command, "load")...); err != nil {
		return 0, 0, err
	}
	if compute, err = c.timed(ctx, append(e.command, "compute")...); err != nil {
		return 0, 0, err
	}
	_, err = c.command(ctx, append(e.command, "export")...)
	return load, compute, err
}

// askWhole asks a program that does everything in one process.
func (c *comparison) askWhole(ctx context.Context, e engine) (load, compute float64, err error) {
	said, err := c.command(ctx, append(e.command, "run")...)
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscanf(said, "load %g\ncompute %g", &load, &compute); err != nil {
		return 0, 0, fmt.Errorf("found %q, expected how long loading and computing took: %w", said, err)
	}
	return load, compute, nil
}

// differ compares a file of two columns with what pingxin found: the largest difference, and the number of rows.
func (c *comparison) differ(name string, want map[string]float64) (most float64, rows int, err error) {
	got, err := readColumn(filepath.Join(c.dir, name), "", "")
	if err != nil {
		return 0, 0, err
	}
	if len(got) != len(want) {
		return 0, 0, fmt.Errorf("%s: found %d rows, pingxin has %d", name, len(got), len(want))
	}
	for id, value := range want {
		other, found := got[id]
		if !found {
			return 0, 0, fmt.Errorf("%s: %s is missing", name, id)
		}
		most = max(most, math.Abs(value-other))
	}
	return most, len(got), nil
}

// readColumn reads a CSV file's numbers by their key: the named columns, or without a header the first two.
func readColumn(path, key, value string) (map[string]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k, v := 0, 1
	if key != "" {
		rows[0][0] = strings.TrimPrefix(rows[0][0], "\ufeff")
		if k, v = slices.Index(rows[0], key), slices.Index(rows[0], value); k < 0 || v < 0 {
			return nil, fmt.Errorf("%s: found the columns %v, expected %s and %s", path, rows[0], key, value)
		}
		rows = rows[1:]
	}
	all := make(map[string]float64, len(rows))
	for _, row := range rows {
		if all[row[k]], err = strconv.ParseFloat(row[v], 64); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, row[k], err)
		}
	}
	return all, nil
}

func median(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }

func (c *comparison) say(name string, load, compute []float64) {
	fmt.Fprintf(c.log, "%s: load %.2f s, compute %.2f s\n", name, load, compute)
}

// print writes the table as Markdown.
func (c *comparison) print(w io.Writer, rows int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d scores of %d contracts and %d suppliers, medians of %d.\n\n", rows, len(c.evaluations), len(c.suppliers), c.repeat)
	b.WriteString("| program | version | load s | compute s | both, of pingxin | evaluations differ by | suppliers differ by |\n|---|---|---:|---:|---:|---:|---:|\n")
	own := c.results[0].load + c.results[0].compute
	for i, m := range c.results {
		evaluation, supplier := "", ""
		if i > 0 {
			evaluation, supplier = fmt.Sprintf("%.1e", m.evaluation), fmt.Sprintf("%.1e", m.supplier)
		}
		fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f | %.2f | %s | %s |\n", m.name, m.version, m.load, m.compute, (m.load+m.compute)/own, evaluation, supplier)
	}
	if len(c.absent) > 0 {
		fmt.Fprintf(&b, "\nNot installed here: %s.\n", strings.Join(c.absent, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// differing is an error when a program's results are not pingxin's.
func (c *comparison) differing() error {
	for _, m := range c.results {
		if m.evaluation > agreed || m.supplier > agreed {
			return fmt.Errorf("%s differs by %g and %g, expected at most %g", m.name, m.evaluation, m.supplier, agreed)
		}
	}
	return nil
}
