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

// MostEvidenceMB is the most MiB that all files of one objection may have by any policy.
const MostEvidenceMB = 100

// Check returns everything that is wrong with the table; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	for _, w := range []struct {
		key    string
		window workdays.Window
	}{{"comment", p.Comment}, {"review", p.Review}, {"route", p.Route}, {"answer", p.Answer}} {
		faults = append(faults, w.window.Check("process."+w.key)...)
	}
	if p.EvidenceFiles < 1 {
		faults = append(faults, fmt.Errorf("process.evidence_files: found %d, expected 1 or more", p.EvidenceFiles))
	}
	if p.EvidenceMB < 1 || p.EvidenceFiles*p.EvidenceMB > MostEvidenceMB {
		faults = append(faults, fmt.Errorf("process.evidence_mb: found %d, expected 1 or more, and at most %d with all %d files", p.EvidenceMB, MostEvidenceMB, p.EvidenceFiles))
	}
	return faults
}

// EvidenceBytes is the most bytes of one file.
func (p *Policy) EvidenceBytes() int64 { return int64(p.EvidenceMB) << 20 }
