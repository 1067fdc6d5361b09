package survey

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines/store"
)

// A test that kills a process runs this test program again in this role.
const (
	roleVariable = "PINGXIN_SURVEY_ROLE"
	dirVariable  = "PINGXIN_SURVEY_DIR"
)

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) == "" {
		os.Exit(m.Run())
	}
	if err := answerUntilKilled(context.Background(), os.Getenv(dirVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	tokenFile = "tokens" // beside the store, as those who hold the links
	// collectEvery is after how many sheets the child collects, so that kills fall into every step of it.
	collectEvery = 3
)

// answerUntilKilled hands in every sheet of the file that is not used yet, prints the token of each that it was thanked
// for, and collects every now and then.
func answerUntilKilled(ctx context.Context, dir string) error {
	st, err := store.Open(ctx, dir, smallOptions)
	if err != nil {
		return err
	}
	d, err := openDesk(ctx, st, noon().now)
	if err != nil {
		return err
	}
	tokens, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if err != nil {
		return err
	}
	for i, token := range strings.Fields(string(tokens)) {
		switch err := d.Answer(ctx, token, all(d, "satisfied")); {
		case err == nil:
			fmt.Println(token)
		case !errors.Is(err, ErrUsed):
			return err
		}
		if i%collectEvery == 0 {
			if _, err := Collect(ctx, st); err != nil {
				return err
			}
		}
	}
	return errors.New("nobody killed it")
}

// Killed at any moment between links and scores, whoever was thanked is in the scores once, and nobody is in them twice.
func TestKilledWhileAnswersComeIn(t *testing.T) {
	trials := 8
	if os.Getenv("PINGXIN_LONG") != "" {
		trials = 200
	}
	if testing.Short() {
		t.Skip("kills a process some times: left out of the short tests")
	}
	o := &office{t: t, clock: noon(), dir: t.TempDir()}
	thanked := map[string]bool{}
	for trial := range trials {
		o.reopen(func() {
			issued := o.issue("HT-2", 150)
			if err := os.WriteFile(filepath.Join(o.dir, tokenFile), []byte(strings.Join(issued.Tokens, "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
		})
		for _, token := range killedAfter(t, o.dir, time.Duration(150+rand.IntN(500))*time.Millisecond) {
			thanked[token] = true
		}
		o.reopen(func() { o.checkEachOnce(trial, thanked) })
	}
	if len(thanked) < trials {
		t.Errorf("only %d sheets were handed in during %d trials: the kills came too early to say anything", len(thanked), trials)
	}
}

// reopen opens the store for the time of f.
func (o *office) reopen(f func()) {
	o.t.Helper()
	st := openStore(o.t, o.dir)
	var err error
	if o.Desk, err = openDesk(o.t.Context(), st, o.clock.now); err != nil {
		o.t.Fatal(err)
	}
	f()
	if err := st.Close(); err != nil {
		o.t.Fatal(err)
	}
}

// killedAfter runs the child, kills it some time after its first sheet, and returns the tokens of whom it thanked.
func killedAfter(t *testing.T, dir string, patience time.Duration) (thanked []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=answer", dirVariable+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if thanked = append(thanked, lines.Text()); len(thanked) == 1 {
			time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed
	if len(thanked) == 0 {
		t.Fatal("the child ended before its first sheet")
	}
	return thanked
}

// checkEachOnce collects what is left and compares links, sheets and scores.
func (o *office) checkEachOnce(trial int, thanked map[string]bool) {
	o.t.Helper()
	for token := range thanked {
		if err := o.look(token); !errors.Is(err, ErrUsed) {
			o.t.Fatalf("trial %d: a sheet that was thanked for: %v", trial, err)
		}
	}
	o.collect()
	row := o.query(`SELECT (SELECT count(*) FROM survey_link WHERE state = 'used'), (SELECT count(DISTINCT rater_key) FROM score), (SELECT count(*) FROM score),
		(SELECT count(*) FROM score_superseded), (SELECT count(*) FROM survey_answer)`)[0]
	var used, sheets, scores, replaced, waiting int
	if _, err := fmt.Sscan(strings.Join(row, " "), &used, &sheets, &scores, &replaced, &waiting); err != nil {
		o.t.Fatal(err)
	}
	if sheets != used || scores != 3*used || replaced != 0 || waiting != 0 || used < len(thanked) {
		o.t.Fatalf("trial %d: %d links used, %d thanked, %d sheets, %d scores, %d replaced, %d waiting; expected a sheet of 3 scores for each link, once", trial, used, len(thanked), sheets,
			scores, replaced, waiting)
	}
}
