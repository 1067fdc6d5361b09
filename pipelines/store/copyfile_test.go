package store

import (
	"os"
	"path/filepath"
	"testing"
)

// A key that only its owner reads is copied so that only its owner reads the copy.
func TestACopyIsForTheSameReaders(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "survey.key"), filepath.Join(t.TempDir(), "copy.key")
	if err := os.WriteFile(from, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := copyFile(from, to); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has the mode %v, %v; expected 0600", info.Mode(), err)
	}
}
