package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestSecondProcessIsRefused: a directory that another process holds is refused with a sentence, and free again when
// that process ends.
func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	holder := child(t, "hold", dir)
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child said %q (%v)", line, err)
	}

	_, err = Open(t.Context(), dir, smallOptions)
	says(t, err, dir, "another pingxin has it open", fmt.Sprintf("process %d", holder.Process.Pid), "stop it")
	if !errors.Is(err, ErrHeld) {
		t.Errorf("errors.Is(err, ErrHeld) is false of %v", err)
	}

	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := holder.Wait(); err != nil {
		t.Fatalf("the holder ended with %v after a second start was refused", err)
	}
	openAt(t, dir)
}

// TestHolderKeepsItsStore: a refused second start, of another process or of this one, leaves the holder undisturbed.
func TestHolderKeepsItsStore(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	code, stderr := runChild(t, "open", dir)
	if code != exitHeld || !strings.Contains(stderr, dir) {
		t.Errorf("the second process ended with %d and said %q; expected %d and the directory", code, stderr, exitHeld)
	}
	if _, err := Open(t.Context(), dir, smallOptions); !errors.Is(err, ErrHeld) {
		t.Errorf("a second Open in one process gave %v", err)
	}
	if code, stderr := runChild(t, "open", dir); code != exitHeld {
		t.Errorf("after the refusals the directory opened elsewhere: exit %d, %q", code, stderr)
	}
	acceptBase(t, s)
	closeStore(t, s)
	if code, stderr := runChild(t, "open", dir); code != 0 {
		t.Errorf("the closed directory did not open elsewhere: exit %d, %q", code, stderr)
	}
}

// TestDatabaseFileStaysLocked is trap 5: whoever opens and closes the database file inside the process drops the
// database's lock on it. So after everything that the package does with an open store, a process that passes by our own
// lock must still be refused.
func TestDatabaseFileStaysLocked(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	acceptBase(t, s)
	accept(t, s, numberedScores(0))
	if _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	if err := s.Room(1); err != nil {
		t.Fatal(err)
	}
	if err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error { _, _, err := LatestPublished(ctx, r); return err }); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, smallOptions); !errors.Is(err, ErrHeld) {
		t.Fatalf("a second Open gave %v", err)
	}
	if code, stderr := runChild(t, "open-file", dir); code != exitHeld || !strings.Contains(stderr, "lock") {
		t.Errorf("another process opened the database file: exit %d, %q", code, stderr)
	}
}
