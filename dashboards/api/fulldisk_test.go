package api_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pingxin/dashboards/api"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// TestFullDisk: a disk without room is told as that, to the client in a sentence and to the log with its figures.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	st, err := store.Open(t.Context(), dir, store.Options{Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := desk.Open(st, filepath.Join(dir, "uploads"), desk.Options{Indicators: anyIndicator})
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, api.Config{Store: st, Desk: d})
	p := problemOf(t, s.ask(t, "finance", http.MethodPost, "/uploads", strings.NewReader(`{"name": "score.csv", "size": 1000000}`), "Content-Type", "application/json"),
		http.StatusInsufficientStorage, "no-room")
	if strings.Contains(p.Detail+p.Mend, dir) || !strings.Contains(s.log.String(), "MiB free") {
		t.Errorf("the client is told %+v and the log\n%s", p, s.log)
	}
}
