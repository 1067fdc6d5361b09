package pipelines_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// How often the kill test kills, and the variables that make it longer or repeat one of its seeds.
const (
	killTrials     = 50
	longKillTrials = 1000
	killsPerStore  = 10 // one after the other on one data directory
	killLanes      = 2  // at once
	longVariable   = "PINGXIN_LONG"
	seedVariable   = "PINGXIN_SEED"
	workVariable   = "PINGXIN_WORK_DIR" // data directory on which a child of the test works until it is killed
)

// durableDay is the day for which the nights of these tests are.
var durableDay = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	dir := os.Getenv(workVariable)
	if dir == "" {
		code := m.Run()
		_ = os.RemoveAll(filled.dir)
		os.Exit(code)
	}
	if err := work(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// deed is what a working child tells of after it was done.
type deed struct {
	Receipt *store.Receipt `json:"receipt,omitempty"`
	Run     int            `json:"run,omitempty"`
	Hash    string         `json:"hash,omitempty"`
	Backup  string         `json:"backup,omitempty"`
}

// work uploads, compacts, runs and backs up without end, and prints each deed as a line. It begins with the file that may
// have come last before, as somebody does who did not hear what became of it.
func work(ctx context.Context, dir string) error {
	st, err := store.Open(ctx, dir, durableOptions(dir))
	if err != nil {
		return err
	}
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		return err
	}
	receipts, err := st.Receipts()
	if err != nil {
		return err
	}
	for n := max(0, len(receipts)-1); ; n++ {
		in, err := bring(ctx, st, n)
		if err == nil {
			err = tell(deed{Receipt: &in.Receipt})
		}
		if err == nil && n%3 == 2 {
			_, err = st.Compact(ctx)
		}
		if err == nil && n%4 == 3 {
			var report pipelines.Report
			if report, err = pipelines.Run(ctx, st, pipelines.Options{AsOf: durableDay, Policy: p, Full: n%8 == 7}); err == nil {
				err = tell(deed{Run: report.ID, Hash: report.Hash})
			}
		}
		if err == nil && n%16 == 9 {
			var b store.Backup
			if b, err = st.Backup(ctx, 2); err == nil {
				err = tell(deed{Backup: b.Path})
			}
		}
		if err != nil {
			return err
		}
	}
}

func tell(d deed) error {
	text, err := json.Marshal(d)
	if err == nil {
		_, err = os.Stdout.Write(append(text, '\n'))
	}
	return err
}

func durableOptions(dir string) store.Options {
	return store.Options{Threads: 2, MemoryLimit: "512MB", Readers: 4, Backups: filepath.Join(filepath.Dir(dir), filepath.Base(dir)+"-backups"), Replay: intake.Again}
}

// numberedFile is the n-th file of scores; every other one corrects scores of the one before.
func numberedFile(n int) string {
	var b strings.Builder
	b.WriteString("contract_no,indicator,party,evaluator_id,score,scored_on\n")
	for i := range 60 + 400*(n%5/4) {
		fmt.Fprintf(&b, "HT2025-%05d,quality_attitude,purchaser,R%d-%d,%d.%02d,2025-12-01\n", 61+i%30, n/2, i, 60+(n+i)%40, n%100)
	}
	return b.String()
}

// bring uploads the n-th file.
func bring(ctx context.Context, st *store.Store, n int) (intake.Result, error) {
	kind, err := intake.KindOf("score")
	if err != nil {
		return intake.Result{}, err
	}
	f, err := os.CreateTemp("", "durable-*.csv")
	if err != nil {
		return intake.Result{}, err
	}
	defer os.Remove(f.Name())
	if _, err = io.WriteString(f, numberedFile(n)); err == nil {
		err = f.Close()
	}
	if err != nil {
		return intake.Result{}, err
	}
	return intake.Import(ctx, st, kind, f.Name(), intake.Options{Indicators: anyIndicator})
}

// durableStore is a data directory with the first night of the sample.
func durableStore(t *testing.T, dir string) (receipts int) {
	t.Helper()
	st, err := store.Open(t.Context(), dir, durableOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	importNight(t, st, sampleNights(t), 1)
	given, err := st.Receipts()
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(given)
}

// TestKillKeepsEverything kills a process that uploads, compacts, publishes nights and backs up, at random moments: every
// receipt that was printed stands, every row of it is there, every night that was printed stands with its hash, the
// published one comes out again, and every backup that was printed is whole.
func TestKillKeepsEverything(t *testing.T) {
	trials := killTrials
	if os.Getenv(longVariable) == "1" {
		trials = longKillTrials
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d gives the same moments again, as far as the machine does", seedVariable, seed)
	origin := filepath.Join(t.TempDir(), "origin")
	durableStore(t, origin)
	var lanes sync.WaitGroup
	var mu sync.Mutex
	count := map[string]int{}
	for lane := range killLanes {
		random := rand.New(rand.NewPCG(seed, uint64(lane)))
		lanes.Go(func() {
			for begun := lane * killsPerStore; begun < trials && !t.Failed(); begun += killLanes * killsPerStore {
				dir := filepath.Join(t.TempDir(), "data")
				if err := os.CopyFS(dir, os.DirFS(origin)); err != nil {
					t.Error(err)
					return
				}
				kills(t, random, dir, min(killsPerStore, trials-begun), &mu, count)
			}
		})
	}
	lanes.Wait()
	t.Logf("%v", count)
	if count["kills"] != trials && !t.Failed() || count["receipts"] < trials || count["runs"] < trials/10 {
		t.Errorf("%d trials gave %v: the kills came before the work", trials, count)
	}
}

// kills kills a number of times on one data directory.
func kills(t *testing.T, random *rand.Rand, dir string, n int, mu *sync.Mutex, count map[string]int) {
	var told []deed
	for trial := range n {
		deeds, moment := random.IntN(8), time.Duration(random.Int64N(int64(120*time.Millisecond)))
		if deeds == 0 { // anywhere from the start of the process on
			moment = time.Duration(random.Int64N(int64(300 * time.Millisecond)))
		}
		more, err := workUntilKilled(t, dir, deeds, moment)
		if err != nil {
			t.Errorf("trial %d: %v", trial, err)
			return
		}
		told = append(told, more...)
		rung := checkTold(t, dir, told, trial == n-1)
		mu.Lock()
		count["kills"]++
		for _, d := range more {
			switch {
			case d.Receipt != nil:
				count["receipts"]++
			case d.Backup != "":
				count["backups"]++
			default:
				count["runs"]++
			}
		}
		if rung != "" {
			count["recovered: "+rung]++
		}
		mu.Unlock()
		if t.Failed() {
			t.Errorf("trial %d, killed %v behind deed %d, left a store that lost something", trial, moment, deeds)
			return
		}
	}
}

// workUntilKilled runs a working child and kills it a moment after it told of a number of deeds.
func workUntilKilled(t *testing.T, dir string, deeds int, moment time.Duration) (told []deed, err error) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), workVariable+"="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	kill := func() { time.AfterFunc(moment, func() { _ = cmd.Process.Kill() }) } // one that has ended is judged below
	if deeds == 0 {
		kill()
	}
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // a line that was cut was not told
		}
		var d deed
		if err == nil {
			err = json.Unmarshal(line, &d)
		}
		if err != nil {
			return nil, fmt.Errorf("the child printed %q: %w", line, err)
		}
		told = append(told, d)
		if len(told) == deeds {
			kill()
		}
	}
	_ = cmd.Wait() // the state says more
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		return nil, fmt.Errorf("the child ended by itself (%v): %s", cmd.ProcessState, stderr.String())
	}
	return told, nil
}

// checkTold opens the store after a kill and compares it with everything that was told; whole also computes the published
// night again. It returns the rung by which the database was recovered, if it had to be.
func checkTold(t *testing.T, dir string, told []deed, whole bool) (rung string) {
	began := time.Now()
	st, err := store.Open(t.Context(), dir, durableOptions(dir))
	if err != nil {
		t.Error(err)
		return ""
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the store opened after %v", took)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	if r := st.Recovery(); r != nil {
		rung = r.Rung
		t.Log(r)
	}
	receipts, err := st.Receipts()
	if err != nil {
		t.Error(err)
		return rung
	}
	last := 0
	for _, d := range told {
		switch {
		case d.Receipt != nil:
			if n := d.Receipt.Number; n > len(receipts) || receipts[n-1] != *d.Receipt {
				t.Errorf("the receipt %+v that was given is not in the journal", *d.Receipt)
			}
		case d.Run > 0:
			last = d.Run
			checkRun(t, st, d)
		}
	}
	err = st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		findings, err := store.Examine(ctx, r, receipts)
		for _, f := range findings {
			t.Errorf("examine: %s", f)
		}
		published, ok, err2 := store.LatestPublished(ctx, r)
		if last > 0 && (!ok || published.ID < last) {
			t.Errorf("run %d is published, run %d was told of", published.ID, last)
		}
		if ok {
			last = published.ID
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
	if whole && last > 0 {
		if v, err := pipelines.Verify(t.Context(), st, last, pipelines.Options{}); err != nil || !v.Holds {
			t.Errorf("the published run %d does not come out again: %d differences (%v)", last, len(v.Differences), err)
		}
	}
	return rung
}

func checkRun(t *testing.T, st *store.Store, d deed) {
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		run, err := store.RunByID(ctx, r, d.Run)
		if err == nil && run.Hash != d.Hash {
			err = fmt.Errorf("run %d has the hash %s, told was %s", d.Run, run.Hash, d.Hash)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
