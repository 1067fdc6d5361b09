package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// children are what the child process of a test may do with a data directory.
var children = map[string]func(dir string) error{"hold": hold, "accept": acceptForEver}

// hold opens the directory, says so, and stays until its input ends.
func hold(dir string) error {
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return s.Close()
}

// batchRows is the size of the batches of acceptForEver.
const batchRows = 500

// acceptForEver accepts one batch after the other and prints the batch of every receipt; now and then it compacts.
func acceptForEver(dir string) error {
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		return err
	}
	all, err := s.Receipts()
	if err != nil {
		return err
	}
	for i := len(all); ; i++ {
		name := fmt.Sprintf("batch%d-", i)
		a, err := accept(context.Background(), s, "organisation", name, organisations(name, batchRows))
		if err != nil {
			return err
		}
		fmt.Println(a.Receipt.Batch)
		if i%7 == 6 {
			if err := s.Checkpoint(context.Background()); err != nil {
				return err
			}
		}
	}
}

// child starts this program as a child on a data directory.
func child(t *testing.T, dir, job string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childOf+"="+dir, childJob+"="+job)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if job == "hold" {
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	cmd, says := child(t, dir, "hold")
	if !says.Scan() {
		t.Fatal("the child did not open the directory")
	}
	_, err := Open(t.Context(), dir, Options{})
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), fmt.Sprint(cmd.Process.Pid)) || !strings.Contains(err.Error(), dir) {
		t.Errorf("found %v, expected the directory and process %d", err, cmd.Process.Pid)
	}
}

// kills is how often the torture kills; with PINGXIN_LONG set, many times more.
const (
	kills     = 12
	killsLong = 300
)

// Killed at any moment, no receipted batch is lost and none is there by half.
func TestKilledAtAnyMoment(t *testing.T) {
	trials := kills
	if os.Getenv("PINGXIN_LONG") != "" {
		trials = killsLong
	}
	dir := t.TempDir()
	receipted := map[string]bool{}
	random := rand.New(rand.NewPCG(2015, 8)) // any seed does; this one is written down
	for trial := range trials {
		cmd, says := child(t, dir, "accept")
		patience := time.Duration(20+random.IntN(400)) * time.Millisecond
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		for says.Scan() {
			receipted[says.Text()] = true
		}
		_ = cmd.Wait() // killed
		timer.Stop()

		s, err := Open(t.Context(), dir, Options{})
		if err != nil {
			t.Fatalf("trial %d, killed after %v: %v", trial, patience, err)
		}
		if n := number(t, s, `SELECT count(*) FROM (SELECT batch_id, count(*) AS n FROM organisation GROUP BY ALL) WHERE n <> ?`, int32(batchRows)); n != 0 {
			t.Errorf("trial %d: %d batches are there by half", trial, n)
		}
		if n := number(t, s, `SELECT count(*) FROM batch FULL JOIN (SELECT DISTINCT batch_id FROM organisation) o USING (batch_id) WHERE o.batch_id IS NULL OR sha256 IS NULL`); n != 0 {
			t.Errorf("trial %d: %d batches without rows, or rows without a batch", trial, n)
		}
		for batch := range receipted {
			if number(t, s, `SELECT count(*) FROM organisation WHERE batch_id = CAST(? AS INTEGER)`, batch) != batchRows {
				t.Errorf("trial %d: the receipted batch %s is gone", trial, batch)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(receipted) < trials/2 {
		t.Errorf("only %d batches were receipted before %d kills: the kills come too early to show anything", len(receipted), trials)
	}
	t.Logf("%d batches receipted over %d kills", len(receipted), trials)
}
