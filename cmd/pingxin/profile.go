package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"pingxin/pipelines/store"
)

// profile collects what a command costs into a directory: cpu.pprof and heap.pprof for `go tool pprof`, queries.txt with a
// line per statement of the database, the dearest first, and queries.json with the plan of each.
type profile struct {
	dir        string
	cpu        *os.File
	mu         sync.Mutex
	statements []store.Profile
}

// profileUsage says what --profile does.
const profileUsage = "directory for cpu.pprof, heap.pprof, queries.txt and queries.json: what it costs and where"

// startProfile makes the directory and begins to measure.
func startProfile(dir string) (*profile, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("directory of the profile: %w", err)
	}
	cpu, err := os.Create(filepath.Join(dir, "cpu.pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, errors.Join(err, cpu.Close())
	}
	return &profile{dir: dir, cpu: cpu}, nil
}

// profiled runs f and writes what it cost into a directory; into none when dir is empty.
func (s *settings) profiled(dir string, f func() error) (err error) {
	if dir == "" {
		return f()
	}
	if s.profile, err = startProfile(dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.profile.stop()) }()
	return f()
}

// add takes a statement in; it is what a store tells.
func (p *profile) add(s store.Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.statements = append(p.statements, s)
}

// stop ends the measuring and writes what was found.
func (p *profile) stop() error {
	pprof.StopCPUProfile()
	return errors.Join(p.cpu.Close(), p.writeHeap(), p.writeQueries(), p.writePlans())
}

func (p *profile) writeHeap() error {
	f, err := os.Create(filepath.Join(p.dir, "heap.pprof"))
	if err != nil {
		return err
	}
	runtime.GC() // so that it holds what is live
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}

func (p *profile) writePlans() error {
	f, err := os.Create(filepath.Join(p.dir, "queries.json"))
	if err != nil {
		return err
	}
	lines := json.NewEncoder(f)
	for _, s := range p.statements {
		err = errors.Join(err, lines.Encode(s))
	}
	return errors.Join(err, f.Close())
}

// cost is that of all statements with one text, up to the numbers in it.
type cost struct {
	statement        string
	times            int
	seconds, cpu     float64
	scanned, handed  int64 // rows read from tables, and rows that came out
	largest, spilled int64 // bytes: of memory in use at once, and of temporary files
}

func (p *profile) writeQueries() error {
	f, err := os.Create(filepath.Join(p.dir, "queries.txt"))
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(f, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "seconds\tcpu seconds\ttimes\trows scanned\trows out\tpeak MiB\tspilled MiB\t statement\n")
	for _, c := range p.costs() {
		fmt.Fprintf(w, "%.4f\t%.4f\t%d\t%d\t%d\t%d\t%d\t %s\n", c.seconds, c.cpu, c.times, c.scanned, c.handed, c.largest>>20, c.spilled>>20, c.statement)
	}
	return errors.Join(w.Flush(), f.Close())
}

// costs puts the statements with one beginning together, the dearest first.
func (p *profile) costs() []cost {
	at := map[string]*cost{}
	for _, s := range p.statements {
		title := titleOf(s.Statement)
		if at[title] == nil {
			at[title] = &cost{statement: title}
		}
		at[title].add(s.Plan.Metrics)
	}
	all := make([]cost, 0, len(at))
	for _, c := range at {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b cost) int {
		return cmp.Or(cmp.Compare(b.seconds, a.seconds), cmp.Compare(a.statement, b.statement))
	})
	return all
}

func (c *cost) add(metrics map[string]string) {
	number := func(name string) float64 {
		x, _ := strconv.ParseFloat(metrics[name], 64) // a metric that a statement lacks counts nothing
		return x
	}
	c.times++
	c.seconds += number("LATENCY")
	c.cpu += number("CPU_TIME")
	c.scanned += int64(number("CUMULATIVE_ROWS_SCANNED"))
	c.handed += int64(number("ROWS_RETURNED"))
	c.largest = max(c.largest, int64(number("SYSTEM_PEAK_BUFFER_MEMORY")))
	c.spilled = max(c.spilled, int64(number("SYSTEM_PEAK_TEMP_DIR_SIZE")))
}

// titleOf is how a statement is listed: the first line of it, which names the grain of a query that has a file of its own,
// or as much as a line shows.
func titleOf(statement string) string {
	const width = 120
	title, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(statement), "-- grain: "), "\n")
	if letters := []rune(title); len(letters) > width {
		title = string(letters[:width])
	}
	return title
}
