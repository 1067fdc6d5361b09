package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Tests that need a second process run this test program again in one of these roles.
const (
	roleVariable = "PINGXIN_STORE_ROLE"
	dirVariable  = "PINGXIN_STORE_DIR"
)

// exitHeld is the exit code of a child that was refused because another process holds what it asked for.
const exitHeld = 3

var roles = map[string]func(ctx context.Context, dir string) error{
	"hold":            holdUntilTold,
	"open":            openAndClose,
	"open-file":       openFileAlone,
	"leave-by-kill":   openAndDie,
	"accept":          acceptUntilKilled,
	"checkpoint":      checkpointUntilKilled,
	"accept-recorded": acceptRecorded,
}

func TestMain(m *testing.M) {
	role, child := roles[os.Getenv(roleVariable)]
	if !child {
		os.Exit(m.Run())
	}
	err := role(context.Background(), os.Getenv(dirVariable))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	switch {
	case err == nil:
		os.Exit(0)
	case errors.Is(err, ErrHeld):
		os.Exit(exitHeld)
	default:
		os.Exit(1)
	}
}

// child is this test program in a role, not yet started.
func child(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir)
	return cmd
}

// runChild runs a child to its end and returns its exit code (-1: a signal) and what it wrote to stderr.
func runChild(t *testing.T, role, dir string) (code int, stderr string) {
	t.Helper()
	cmd := child(t, role, dir)
	var out bytes.Buffer
	cmd.Stderr = &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run child %s: %v", role, err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// holdUntilTold holds the store until its stdin ends.
func holdUntilTold(ctx context.Context, dir string) error {
	s, err := Open(ctx, dir, smallOptions)
	if err != nil {
		return err
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close())
}

func openAndClose(ctx context.Context, dir string) error {
	s, err := Open(ctx, dir, smallOptions)
	if err != nil {
		return err
	}
	return s.Close()
}

// openFileAlone passes by the store's own lock, so that only the database's lock on its file can refuse it.
func openFileAlone(ctx context.Context, dir string) error {
	connector, err := duckdb.NewConnector(filepath.Join(dir, databaseFile), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHeld, err)
	}
	return sql.OpenDB(connector).Close()
}

// openAndDie opens the store, which may migrate it, and ends without closing it.
func openAndDie(ctx context.Context, dir string) error {
	if _, err := Open(ctx, dir, smallOptions); err != nil {
		return err
	}
	return syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

// compactEvery is after how many batches acceptUntilKilled compacts.
const compactEvery = 5

// acceptUntilKilled accepts one batch of scores after the other and prints each receipt as a line. It begins with the
// file that came last before, as somebody does who did not hear what became of it.
func acceptUntilKilled(ctx context.Context, dir string) error {
	s, err := Open(ctx, dir, smallOptions)
	if err != nil {
		return err
	}
	for _, f := range base {
		if _, err := f.acceptInto(ctx, s); err != nil {
			return err
		}
	}
	receipts, err := s.Receipts()
	if err != nil {
		return err
	}
	for n := max(0, len(receipts)-len(base)-1); ; n++ {
		in, err := numberedScores(n).acceptInto(ctx, s)
		if err != nil {
			return err
		}
		line, err := json.Marshal(in.Receipt)
		if err != nil {
			return err
		}
		if _, err := os.Stdout.Write(append(line, '\n')); err != nil {
			return err
		}
		if n%compactEvery == compactEvery-1 {
			if _, err := s.Compact(ctx); err != nil {
				return err
			}
		}
	}
}

// rowsOf is the number of rows in numberedScores: small ones, and now and then one of several row groups' writing.
func rowsOf(n int) int {
	if n%4 == 3 {
		return 20_000
	}
	return 100 + n%50
}

// numberedScores is the n-th file of the kill tests. Each corrects the first ten scores of the one before.
func numberedScores(n int) sheet {
	var f sheet
	for i := range rowsOf(n) {
		evaluator := fmt.Sprintf("E%d-%d", n, i)
		if i < 10 {
			evaluator = fmt.Sprintf("E%d", i)
		}
		f.rows = append(f.rows, score(fmt.Sprintf("C%d", 1+i%3), evaluator, 10_000*(i%100)+n%1000, "2025-06-01"))
	}
	return scores(f.rows...)
}

// checkpointUntilKilled writes a row and a checkpoint again and again, and prints a line once it has begun.
func checkpointUntilKilled(ctx context.Context, dir string) error {
	s, err := Open(ctx, dir, smallOptions)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
			_, err := w.Exec(ctx, `INSERT INTO compaction VALUES (?, 0, false)`, int32(n))
			return err
		})
		if err == nil {
			err = s.Checkpoint(ctx)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Println("begun")
		}
	}
}
