package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFatalFailureIsSurvived: after a fatal failure the database is opened again by whoever comes next, with every
// receipt; after more than one in ten minutes the process is told to end.
func TestFatalFailureIsSurvived(t *testing.T) {
	var mu sync.Mutex
	var fail bool
	var told []error
	clock := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	o := smallOptions
	o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return clock }
	o.Failed = func(err error) { mu.Lock(); defer mu.Unlock(); told = append(told, err) }
	o.fault = func() error {
		mu.Lock()
		defer mu.Unlock()
		if !fail {
			return nil
		}
		fail = false
		return errors.New("FATAL Error: the database has been invalidated because of a previous fatal error")
	}
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	acceptBase(t, s)
	failNow := func(after time.Duration) {
		t.Helper()
		mu.Lock()
		fail, clock = true, clock.Add(after)
		mu.Unlock()
		if _, err := numberedScores(0).acceptInto(t.Context(), s); err == nil {
			t.Fatal("a commit that failed was receipted")
		}
		if receipts := sound(t, s); len(receipts) != len(base) {
			t.Fatalf("%d receipts, expected %d", len(receipts), len(base))
		}
	}
	failNow(0)
	failNow(11 * time.Minute)
	if len(told) != 0 {
		t.Errorf("two failures eleven minutes apart ended the process: %v", told)
	}
	failNow(9 * time.Minute)
	if len(told) != 1 {
		t.Fatalf("the process was told to end %d times, expected once", len(told))
	}
	says(t, told[0], "failed 2 times within 10m0s", "started anew")
	accept(t, s, numberedScores(0))
	sound(t, s)
}

// TestReadersMeetTheFailure: reads and writes under way while the database is opened again end or go on, and nobody waits
// for ever.
func TestReadersMeetTheFailure(t *testing.T) {
	fails := make(chan struct{}, 1)
	o := smallOptions
	o.fault = func() error {
		select {
		case <-fails:
			return errors.New("FATAL Error: the database has been invalidated")
		default:
			return nil
		}
	}
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	acceptBase(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := s.Read(ctx, func(ctx context.Context, r *Reader) error {
					var n int
					if err := r.Scan(ctx, []any{&n}, `SELECT count(*) FROM contract`); err != nil {
						return err
					}
					if n != 3 {
						t.Errorf("%d contracts, expected 3", n)
					}
					return nil
				})
				if err != nil {
					t.Errorf("a read failed: %v", err)
					return
				}
			}
		})
	}
	for n := range 6 {
		if n%2 == 1 {
			fails <- struct{}{}
		}
		if _, err := numberedScores(n).acceptInto(ctx, s); (err == nil) != (n%2 == 0) {
			t.Errorf("file %d: %v", n, err)
		}
	}
	close(stop)
	readers.Wait()
	if ctx.Err() != nil {
		t.Error("it took more than twenty seconds")
	}
	sound(t, s)
}

// TestFullDiskHeals: a database that a full disk made fail works again within ten seconds after space was freed, in the
// same process, with every receipt.
func TestFullDiskHeals(t *testing.T) {
	dir := smallDisk(t, "160m")
	o := smallOptions
	o.Failed = func(err error) { t.Errorf("a full disk ended the process: %v", err) }
	s, err := Open(t.Context(), filepath.Join(dir, "data"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	acceptBase(t, s)
	given := sound(t, s)
	full := filepath.Join(dir, "ballast")
	file := looseScores(1, 100_000)
	small := file.acceptance()
	small.File.Bytes = 100 // so that the guard lets it pass
	if _, err := s.Accept(t.Context(), small, &fillingReader{file.reader(), func() { ballast(t, full) }}); err == nil {
		t.Fatal("the file was accepted on a full disk")
	}
	if _, err := looseScores(2, 100).acceptInto(t.Context(), s); err == nil {
		t.Error("a file was accepted while the disk was full")
	}
	if err := os.Remove(full); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	for {
		if _, err = file.acceptInto(t.Context(), s); err == nil {
			break
		}
		if time.Since(freed) > 10*time.Second {
			t.Fatalf("ten seconds after space was freed: %v", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Logf("healed %v after space was freed; broken before: %v", time.Since(freed).Round(time.Millisecond), !s.health.tried.IsZero())
	if kept := sound(t, s); len(kept) != len(given)+1 {
		t.Errorf("%d receipts, expected %d", len(kept), len(given)+1)
	}
}

// TestBackup: a backup taken while others write is whole, is kept in number, and comes back as it was.
func TestBackup(t *testing.T) {
	home := t.TempDir()
	backups := filepath.Join(home, "backups")
	o := smallOptions
	o.Backups = backups
	s, err := Open(t.Context(), filepath.Join(home, "data"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	acceptBase(t, s)
	if err := os.WriteFile(filepath.Join(home, "data", "secret.key"), []byte("a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	stop := make(chan struct{})
	writing.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				accept(t, s, numberedScores(n))
			}
		}
	})
	writing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				lingerOverTables(t, s)
			}
		}
	})
	var last Backup
	for range 3 {
		if last, err = s.Backup(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	writing.Wait()
	all, err := Backups(backups)
	if err != nil || len(all) != 2 || all[0].Path != last.Path {
		t.Fatalf("%d backups (%v), expected the last two", len(all), err)
	}
	if entries, err := os.ReadDir(backups); err != nil || len(entries) != 2 {
		t.Errorf("the directory of backups holds %v (%v)", entries, err)
	}
	if path, at, ok, err := s.LastBackup(); path != last.Path || !at.Equal(last.At) || !ok || err != nil {
		t.Errorf("the last backup is said to be %s of %v (%t, %v)", path, at, ok, err)
	}
	restored := filepath.Join(home, "restored")
	if err := Restore(t.Context(), last, restored, smallOptions); err != nil {
		t.Fatal(err)
	}
	again := openAt(t, restored)
	if again.Recovery() != nil {
		t.Errorf("the restored store had to be recovered: %v", again.Recovery())
	}
	receipts := sound(t, again)
	if given := sound(t, s); len(receipts) != last.Receipts || receipts[len(receipts)-1] != given[len(receipts)-1] {
		t.Errorf("%d receipts were restored, expected %d", len(receipts), last.Receipts)
	}
	if text, err := os.ReadFile(filepath.Join(restored, "secret.key")); err != nil || string(text) != "a key" {
		t.Errorf("the key came back as %q (%v)", text, err)
	}
	for name := range last.Tables {
		if name != "schema_migration" && number(t, again, `SELECT count(*) FROM "`+name+`"`) != last.Tables[name].Rows {
			t.Errorf("table %s has another number of rows", name)
		}
	}
	says(t, Restore(t.Context(), last, restored, smallOptions), restored, "not empty")
}

// lingerOverTables reads which tables there are, those of a copy that a backup is making among them, and stays in its transaction.
func lingerOverTables(t *testing.T, s *Store) {
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		var tables int
		defer time.Sleep(200 * time.Millisecond)
		return r.Scan(ctx, []any{&tables}, `SELECT count(*) FROM duckdb_tables()`)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDamagedBackup: a backup of which a byte changed is not restored, whichever it was.
func TestDamagedBackup(t *testing.T) {
	home := t.TempDir()
	o := smallOptions
	o.Backups = filepath.Join(home, "backups")
	s, err := Open(t.Context(), filepath.Join(home, "data"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	acceptBase(t, s)
	b, err := s.Backup(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(b.Parts, Part{Name: manifestFile}) {
		path := filepath.Join(b.Path, p.Name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := flipAt(path, len(text)/2); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "restored")
		damaged, err := OpenBackup(b.Path)
		if err == nil {
			err = Restore(t.Context(), damaged, to, smallOptions)
		}
		says(t, err, "backup "+b.Path, "take another backup")
		if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a directory was left behind", p.Name)
		}
		if err := os.WriteFile(path, text, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenBackup(home); err == nil || !strings.Contains(err.Error(), "found no backup") {
		t.Errorf("a directory without backups gave %v", err)
	}
}
