package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines/store"
)

// TestAudit: what a command did is in the log under the name of who ran it, and a log that was cut is told from a whole
// one, by its anchors and by a head that was noted.
func TestAudit(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract", "score")
	must(t, "--data", data, "run", "--as-of", sampleDay)
	list := must(t, "--data", data, "audit", "list")
	wants(t, list, "5 of 5 entries", "run_published", "run:1", "upload_accepted", "batch:4", console().Name+" (console)")
	entries := decode[[]store.AuditEntry](t, must(t, "--data", data, "audit", "list", "--action", store.UploadAccepted, "--subject", "batch:2", "--json"))
	if len(entries) != 1 || !strings.Contains(entries[0].Detail, "file catalog_item.csv") {
		t.Errorf("entries %+v", entries)
	}
	wants(t, must(t, "--data", data, "audit", "list", "--until", "2000-01-01"), "0 of 0 entries")
	state := decode[store.AuditState](t, must(t, "--data", data, "audit", "verify", "--json"))
	if state.Broken != nil || state.Entries != 5 {
		t.Errorf("state %+v", state)
	}
	head := fmt.Sprintf("%d:%s", state.Number, state.Chain)
	wants(t, must(t, "--data", data, "audit", "verify", "--head", head), "the chain holds: 5 entries, 5 anchors", head)
	wants(t, refused(t, "--data", data, "audit", "verify", "--head", "6:"+state.Chain), "entry 6 of the audit log is not the one that was noted: found chain nothing")
	wants(t, refused(t, "--data", data, "audit", "verify", "--head", "six"), `--head: found "six", expected NUMBER:CHAIN`)
	wants(t, refused(t, "--data", data, "audit", "list", "--limit", "0"), "--limit: found 0")

	anchors := filepath.Join(data, "audit.jsonl")
	if err := os.WriteFile(anchors, []byte(readFile(t, anchors)+`{"number":6,"chain":"ab"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := px("--data", data, "audit", "verify")
	if code != 1 {
		t.Errorf("a cut log is verified with exit code %d", code)
	}
	wants(t, out, "THE CHAIN IS BROKEN")
	wants(t, errs, "broken at 6 (missing): found no further entry, expected entries up to 6, chain ab")
}
