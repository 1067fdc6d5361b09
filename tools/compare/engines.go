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

// cost is what a part of the work took: by the clock, and of all processors, which on a machine that others use says more
// of the program. Both in seconds.
type cost struct{ clock, processor float64 }

func (c cost) plus(other cost) cost {
	return cost{c.clock + other.clock, c.processor + other.processor}
}

// median is that of each of the two.
func median(costs []cost) cost {
	middle := func(of func(cost) float64) float64 {
		values := make([]float64, len(costs))
		for i, c := range costs {
			values[i] = of(c)
		}
		return slices.Sorted(slices.Values(values))[len(values)/2]
	}
	return cost{middle(func(c cost) float64 { return c.clock }), middle(func(c cost) float64 { return c.processor })}
}

// measured is what a program was seen to take and to find.
type measured struct {
	name, version        string
	loads, computes      []cost
	evaluation, supplier float64 // largest differences from pingxin: of contracts, of suppliers
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

// measure asks pingxin and the others, those of the given names where there are some. All are asked in turn and then again,
// so that what else the machine does meets each of them.
func (c *comparison) measure(ctx context.Context, names []string) error {
	version, err := c.command(ctx, c.program, "version")
	if err != nil {
		return err
	}
	c.results = []measured{{name: "pingxin", version: strings.TrimSpace(version)}}
	var asked []engine
	for _, e := range engines {
		if len(names) > 0 && !slices.Contains(names, e.name) {
			continue
		}
		version, err := c.command(ctx, append(e.command, "version")...)
		if err != nil {
			c.absent = append(c.absent, e.name)
			continue
		}
		asked = append(asked, e)
		c.results = append(c.results, measured{name: e.name, version: strings.TrimSpace(version)})
	}
	for range c.repeat {
		if err := c.pingxin(ctx, &c.results[0]); err != nil {
			return err
		}
		for i, e := range asked {
			if err := c.ask(ctx, e, &c.results[i+1]); err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
		}
	}
	return nil
}

// command runs a command in the directory and returns what it printed.
func (c *comparison) command(ctx context.Context, words ...string) (string, error) {
	out, _, err := c.spend(ctx, words...)
	return out, err
}

// spend runs a command in the directory and returns what it printed, and what it and all that it started took.
func (c *comparison) spend(ctx context.Context, words ...string) (string, cost, error) {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &errs
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return "", cost{}, fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), cost{time.Since(began).Seconds(), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}, nil
}

// pingxin measures the program once: the checked, archived and receipted import of the scores into an empty store, and the
// whole run.
func (c *comparison) pingxin(ctx context.Context, m *measured) error {
	if err := os.RemoveAll(filepath.Join(c.dir, "data")); err != nil {
		return err
	}
	for _, kind := range []string{"organisation", "catalog_item", "contract"} {
		if _, err := c.command(ctx, c.program, "import", kind, kind+".csv", "--data", "data"); err != nil {
			return err
		}
	}
	_, load, err := c.spend(ctx, c.program, "import", "score", "score.csv", "--policy", "policy.toml", "--data", "data")
	if err != nil {
		return err
	}
	_, compute, err := c.spend(ctx, c.program, "run", "--as-of", "2025-12-31", "--policy", "policy.toml", "--data", "data")
	if err != nil {
		return err
	}
	c.note(m, load, compute)
	if _, err := c.command(ctx, c.program, "export", "evaluation", "--out", "pingxin.csv", "--data", "data"); err != nil {
		return err
	}
	if c.evaluations, err = readColumn(filepath.Join(c.dir, "pingxin.csv"), "contract_no", "value"); err != nil {
		return err
	}
	c.suppliers = suppliersOf(c.evaluations)
	return nil
}

// note keeps what a program took.
func (c *comparison) note(m *measured, load, compute cost) {
	m.loads, m.computes = append(m.loads, load), append(m.computes, compute)
	fmt.Fprintf(c.log, "%s: load %.2f s (processors %.2f s), compute %.2f s (%.2f s)\n", m.name, load.clock, load.processor, compute.clock, compute.processor)
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

// ask measures a program once, from an empty store, and compares what it finds.
func (c *comparison) ask(ctx context.Context, e engine, m *measured) error {
	for _, old := range []string{"sqlite.db", "duckdb.db", "evaluation.csv", "supplier.csv"} {
		if err := os.RemoveAll(filepath.Join(c.dir, old)); err != nil {
			return err
		}
	}
	once := c.askWhole
	if e.phased {
		once = c.askPhases
	}
	load, compute, err := once(ctx, e)
	if err != nil {
		return err
	}
	c.note(m, load, compute)
	evaluation, err := c.differ("evaluation.csv", c.evaluations)
	if err != nil {
		return err
	}
	supplier, err := c.differ("supplier.csv", c.suppliers)
	m.evaluation, m.supplier = max(m.evaluation, evaluation), max(m.supplier, supplier)
	return err
}

// askPhases asks a program that loads, computes and exports by a command each.
func (c *comparison) askPhases(ctx context.Context, e engine) (load, compute cost, err error) {
	if e.served {
		if _, err := c.command(ctx, append(e.command, "start")...); err != nil {
			return load, compute, err
		}
		defer func() {
			_, stopping := c.command(context.WithoutCancel(ctx), append(e.command, "stop")...)
			err = errors.Join(err, stopping)
		}()
	}
	if load, err = c.phase(ctx, e, "load"); err != nil {
		return load, compute, err
	}
	if compute, err = c.phase(ctx, e, "compute"); err != nil {
		return load, compute, err
	}
	_, err = c.command(ctx, append(e.command, "export")...)
	return load, compute, err
}

// phase runs one part of the work; a server says itself what it has used of the processors.
func (c *comparison) phase(ctx context.Context, e engine, what string) (all cost, err error) {
	var before, after float64
	if e.served {
		if before, err = c.spent(ctx, e); err != nil {
			return all, err
		}
	}
	if _, all, err = c.spend(ctx, append(e.command, what)...); err != nil || !e.served {
		return all, err
	}
	after, err = c.spent(ctx, e)
	all.processor += after - before
	return all, err
}

// spent is what a server and all that it started have used of the processors so far.
func (c *comparison) spent(ctx context.Context, e engine) (seconds float64, err error) {
	said, err := c.command(ctx, append(e.command, "spent")...)
	if err == nil {
		_, err = fmt.Sscan(said, &seconds)
	}
	return seconds, err
}

// askWhole asks a program that does everything in one process.
func (c *comparison) askWhole(ctx context.Context, e engine) (load, compute cost, err error) {
	said, err := c.command(ctx, append(e.command, "run")...)
	if err != nil {
		return load, compute, err
	}
	if _, err := fmt.Sscanf(said, "load %g %g\ncompute %g %g", &load.clock, &load.processor, &compute.clock, &compute.processor); err != nil {
		return load, compute, fmt.Errorf("found %q, expected how long loading and computing took by the clock and of the processors: %w", said, err)
	}
	return load, compute, nil
}

// differ compares a file of two columns with what pingxin found, and returns the largest difference.
func (c *comparison) differ(name string, want map[string]float64) (most float64, err error) {
	got, err := readColumn(filepath.Join(c.dir, name), "", "")
	if err != nil {
		return 0, err
	}
	if len(got) != len(want) {
		return 0, fmt.Errorf("%s: found %d rows, pingxin has %d", name, len(got), len(want))
	}
	for id, value := range want {
		other, found := got[id]
		if !found {
			return 0, fmt.Errorf("%s: %s is missing", name, id)
		}
		most = max(most, math.Abs(value-other))
	}
	return most, nil
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

// print writes the table as Markdown.
func (c *comparison) print(w io.Writer, rows int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d scores of %d contracts and %d suppliers, medians of %d.\n\n", rows, len(c.evaluations), len(c.suppliers), c.repeat)
	b.WriteString("| program | version | load s | compute s | both, of pingxin | load, processors s | compute, processors s | both, of pingxin | evaluations differ by | suppliers differ by |\n")
	b.WriteString("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	own := median(c.results[0].loads).plus(median(c.results[0].computes))
	for i, m := range c.results {
		evaluation, supplier := "", ""
		if i > 0 {
			evaluation, supplier = fmt.Sprintf("%.1e", m.evaluation), fmt.Sprintf("%.1e", m.supplier)
		}
		load, compute := median(m.loads), median(m.computes)
		both := load.plus(compute)
		fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %s | %s |\n", m.name, m.version, load.clock, compute.clock, both.clock/own.clock,
			load.processor, compute.processor, both.processor/own.processor, evaluation, supplier)
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
