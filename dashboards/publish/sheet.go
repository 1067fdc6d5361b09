package publish

import (
	"fmt"

	"pingxin/credit/checkcode"
)

// SheetVerdict says what a published folder says of a printed sheet.
type SheetVerdict struct {
	Release   int                 `json:"release"`
	Hash      string              `json:"hash"`    // of the folder, by which the next release names it
	Genuine   bool                `json:"genuine"` // the code belongs to what is published; compare the paper with Statement
	Published bool                `json:"published"`
	Statement checkcode.Statement `json:"statement"` // what is published of the supplier; empty when nothing is
}

// OtherReleaseError says that a code is of another release than the folder.
type OtherReleaseError struct {
	Asked, Found int
	Hash         string // of the folder of the release that was asked for; empty: this folder does not know it
}

func (e *OtherReleaseError) Error() string {
	text := fmt.Sprintf("the code is of release %d and the folder is release %d: check it against the folder of release %d", e.Asked, e.Found, e.Asked)
	if e.Hash != "" {
		text += ", whose SHA256SUMS has the SHA-256 " + e.Hash
	}
	return text
}

// CheckSheet says whether a code, as it was read by checkcode.Parse, is of what a folder says of a supplier. It needs the folder
// alone, and no secret: first every file is compared with the list of checksums. A folder that was changed is a *FaultError,
// the folder of another release an *OtherReleaseError.
func CheckSheet(dir string, ref checkcode.Reference) (v SheetVerdict, err error) {
	m, hash, err := readManifest(dir)
	if err != nil {
		return v, err
	}
	v.Release, v.Hash = m.Release, hash
	if _, err := checkSums(dir); err != nil {
		return v, err
	}
	if ref.Release != m.Release {
		other := &OtherReleaseError{Asked: ref.Release, Found: m.Release}
		err := eachRow(dir, &releases, func(r *rowReader) {
			if r.whole("release") == ref.Release {
				other.Hash = r.text("hash")
			}
		})
		if err != nil {
			return v, err
		}
		return v, other
	}
	v.Statement, v.Published, err = statement(dir, &m, ref.Supplier)
	v.Genuine = v.Published && ref.Matches(&v.Statement)
	return v, err
}

// statement is what a folder says of a supplier; published is false when it rates none of that id.
func statement(dir string, m *manifest, supplier string) (s checkcode.Statement, published bool, err error) {
	s = checkcode.Statement{Release: m.Release, Run: m.Run.Number, RunHash: m.Run.Hash, AsOf: m.Run.AsOf, Supplier: supplier}
	err = eachRow(dir, &ratings, func(r *rowReader) {
		if r.cells[0] != supplier {
			return
		}
		published = true
		s.Status, s.Level, s.Stars, s.Score = r.text("status"), r.text("level"), r.text("stars"), checkcode.Number(r.text("score"))
		s.Evaluations = r.text("evaluations")
	})
	if err != nil || !published {
		return checkcode.Statement{}, false, err
	}
	err = eachRow(dir, &organisations, func(r *rowReader) {
		if r.cells[0] == supplier {
			s.USCC, s.Name, s.Type = r.text("uscc"), r.text("name"), r.text("supplier_type")
		}
	})
	if err != nil {
		return s, published, err
	}
	err = eachRow(dir, &assessments, func(r *rowReader) {
		if r.cells[0] == supplier {
			s.Grade, s.GradeUntil = checkcode.Grade(r.text("grade"), r.text("status")), r.text("valid_until")
		}
	})
	if err != nil {
		return s, published, err
	}
	var entries []checkcode.Entry
	err = eachRow(dir, &events, func(r *rowReader) {
		if r.cells[0] == supplier {
			entries = append(entries, checkcode.Entry{ID: r.text("event_id"), Severity: r.text("severity"), Kind: r.text("kind"), On: r.text("occurred_on"), Ends: r.text("ends_on"),
				Repaired: r.text("repaired_on")})
		}
	})
	s.Record = checkcode.Record(entries)
	return s, published, err
}
