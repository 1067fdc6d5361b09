package store

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A small disk of its own: spareBytes and a little more.
const smallDisk = "size=100m"

// On a full disk a file is refused before anything is written; what was accepted stays, and with room again work goes on.
func TestFullDisk(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("pingxin-test", mount, "tmpfs", 0, smallDisk); err != nil {
		t.Skipf("this test needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mount, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	dir := filepath.Join(mount, "data")
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustAccept(t, s, "organisation", "before", organisations("before", 10))
	ballast := filepath.Join(mount, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 60<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = accept(t.Context(), s, "organisation", "during", organisations("during", 10))
	if err == nil || !strings.Contains(err.Error(), "free") {
		t.Errorf("with 40 MB left a file was not refused with a sentence: %v", err)
	}
	// The rest of the disk goes too: even a small write must fail cleanly.
	if err := os.WriteFile(filepath.Join(mount, "more"), make([]byte, 60<<20), 0o600); err == nil {
		t.Fatal("the disk is larger than it should be")
	}
	if _, err := accept(t.Context(), s, "organisation", "full", organisations("full", 10)); err == nil {
		t.Error("a file was accepted on a full disk")
	}
	for _, name := range []string{"ballast", "more"} {
		if err := os.Remove(filepath.Join(mount, name)); err != nil {
			t.Fatal(err)
		}
	}
	mustAccept(t, s, "organisation", "after", organisations("after", 10))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if n := number(t, s, `SELECT count(*) FROM organisation`); n != 20 {
		t.Errorf("%d organisations, expected the 20 that were receipted", n)
	}
}
