package dueprocess

import (
	"fmt"

	"pingxin/scoring/workdays"
)

// Policy is the table [process] of a policy: how long everybody has, and how much evidence an objection may bring.
type Policy struct {
	Comment workdays.Window `toml:"comment"` // for the supplier's comments and objection, after the announcement
	Review  workdays.Window `toml:"review"`  // for the decision, after the objection
	Route   workdays.Window `toml:"route"`   // for the bureau to route a question or complaint, after it came
	Answer  workdays.Window `toml:"answer"`  // for its answer, after it was routed

	EvidenceFiles int `toml:"evidence_files"` // most files of one objection
	EvidenceMB    int `toml:"evidence_mb"`    // most MiB of one file
}

// The limits of what a policy may allow: one form is held in memory while its files are checked.
const (
	mostFiles = 20
	mostMB    = 50
)

// Check returns everything that is wrong with the table; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	for _, w := range []struct {
		key    string
		window workdays.Window
	}{{"comment", p.Comment}, {"review", p.Review}, {"route", p.Route}, {"answer", p.Answer}} {
		faults = append(faults, w.window.Check("process."+w.key)...)
	}
	between := func(key string, found, most int) {
		if found < 1 || found > most {
			faults = append(faults, fmt.Errorf("process.%s: found %d, expected 1 to %d", key, found, most))
		}
	}
	between("evidence_files", p.EvidenceFiles, mostFiles)
	between("evidence_mb", p.EvidenceMB, mostMB)
	return faults
}

// EvidenceBytes is the most bytes of one file.
func (p *Policy) EvidenceBytes() int64 { return int64(p.EvidenceMB) << 20 }
