package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// sampleKinds are the files of the first night in the order in which they refer to each other.
var sampleKinds = []string{"organisation", "catalog_item", "contract", "target", "progress", "payment", "score", "credit_event"}

// TestBackupAndRestore: what was backed up comes back with every table, the drill computes the published run again, and
// doctor knows of it.
func TestBackupAndRestore(t *testing.T) {
	data, home := imported(t, sampleKinds...), t.TempDir()
	backups, restored := filepath.Join(home, "backups"), filepath.Join(home, "restored")
	wants(t, must(t, "--data", data, "doctor"), "no backup was made yet", "serve --backup-dir")
	published := decode[nightReport](t, must(t, "--data", data, "run", "--as-of", sampleDay, "--json"))
	for range 2 {
		wants(t, must(t, "--data", data, "backup", "--to", backups, "--keep", "1"), "8 receipts, run 1", "every table compared")
	}
	if listed := must(t, "backup", "list", "--to", backups); strings.Count(listed, "\n") != 1 {
		t.Errorf("the list of one kept backup is\n%s", listed)
	}
	wants(t, must(t, "--data", data, "doctor"), "last good backup: ", "0.0 days ago", backups)
	wants(t, must(t, "backup", "verify", "--to", backups), "is good", "run 1 computed in full comes out as published", published.Hash)
	wants(t, must(t, "--data", restored, "restore", "--from", backups), "8 receipts, run 1", "every file and table compared")
	wants(t, must(t, "--data", restored, "verify"), "holds")
	wants(t, refused(t, "--data", restored, "restore", "--from", backups), restored, "not empty", "--data")
	wants(t, refused(t, "--data", filepath.Join(home, "new"), "restore", "--from", home), home, "found no backup")
	wants(t, refused(t, "--data", data, "backup", "--keep", "-1"), "--keep", "-1")
}

// TestReplay: the archive of a data directory whose database is gone gives the same batches, and a full run over them the
// same hash, under the same calibration made again.
func TestReplay(t *testing.T) {
	data := imported(t, sampleKinds...)
	const later = "2026-01-31"
	night := func(data string) (hash string) {
		t.Helper()
		must(t, "--data", data, "calibrate", "--as-of", sampleDay)
		return decode[nightReport](t, must(t, "--data", data, "run", "--as-of", later, "--full", "--json")).Hash
	}
	published := night(data)
	journal := readFile(t, filepath.Join(data, "receipts.jsonl"))
	if err := os.Remove(filepath.Join(data, "pingxin.db")); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	wants(t, must(t, "--data", again, "replay", "--from", data), "8 files were imported again", "missing: all runs")
	if readFile(t, filepath.Join(again, "receipts.jsonl")) != journal {
		t.Error("the receipts changed")
	}
	wants(t, must(t, "--data", again, "doctor"), "8 receipts")
	if hash := night(again); hash != published {
		t.Errorf("the run over what was imported again is %s, published was %s", hash, published)
	}
	wants(t, refused(t, "--data", again, "replay", "--from", data), again, "not empty")
	wants(t, refused(t, "--data", filepath.Join(t.TempDir(), "x"), "replay", "--from", t.TempDir()), "found no journal of receipts")
	wants(t, refused(t, "--data", filepath.Join(t.TempDir(), "x"), "replay"), "--from")

	// Opening the directory itself does the same.
	wants(t, must(t, "--data", data, "doctor"), "8 receipts")
	if hash := night(data); hash != published {
		t.Errorf("the run over what the opening brought in again is %s, published was %s", hash, published)
	}
}

// TestReplayOfPartsAndMappings: a file that was read by a mapping and without its bad rows is read so again, and a
// withdrawn one is withdrawn again.
func TestReplayOfPartsAndMappings(t *testing.T) {
	data, dir := imported(t, "organisation", "catalog_item", "contract"), t.TempDir()
	header := strings.Replace(scoreHeader, "score,", "分数,", 1)
	mapped := file(t, dir, "mapped.csv", header+goodScore+strings.Replace(goodScore, "00090", "99999", 1))
	kind, err := intake.KindOf("score")
	if err != nil {
		t.Fatal(err)
	}
	options := intake.Options{Indicators: func(string) ([]string, bool, string) { return []string{"purchaser"}, true, "" },
		Choice: intake.Choice{Mapping: map[string]string{"分数": "score"}}}
	s := settings{data: data}
	if err := s.with(t.Context(), func(st *store.Store) error {
		in, err := intake.Accept(t.Context(), st, kind, intake.File{Name: "mapped.csv", Path: mapped}, options, intake.As{Scope: store.Everything, Partial: true})
		if err != nil || in.Receipt.LeftOut != 1 || in.Receipt.Reading == "" {
			t.Fatalf("accepted as %+v (%v), expected a reading with one row left out", in.Receipt, err)
		}
		_, err = st.Withdraw(t.Context(), 4, store.Uploader{}, "scored by mistake")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	wants(t, must(t, "--data", again, "replay", "--from", data), "5 files were imported again")
	wants(t, must(t, "--data", again, "doctor"), "5 receipts")
}
