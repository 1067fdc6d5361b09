package dashboards

import (
	"strings"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// candidateView is one ground of one supplier.
type candidateView struct {
	Supplier, ID, URL, Level, LevelClass string
	Ground                               string
	Evidence                             []cell
	Since                                string
	Run                                  string
}

func (b *base) candidateViews(all []store.Candidate) []candidateView {
	views := make([]candidateView, len(all))
	for i, c := range all {
		views[i] = candidateView{Supplier: c.SupplierName, ID: c.SupplierID, URL: b.Supplier(c.SupplierID), Level: b.named("level", c.Level),
			LevelClass: b.LevelClass(c.Level),
			Ground:     b.named("ground", c.Ground), Evidence: b.evidence(c), Since: day(c.SinceOn), Run: whole(int64(c.FromRun))}
	}
	return views
}

// evidence says in words what a ground rests on, with the page where it can be seen. A kind of evidence that this
// version does not know stands as its id.
func (b *base) evidence(c store.Candidate) []cell {
	cells := make([]cell, len(c.Evidence))
	for i, id := range c.Evidence {
		kind, ref, _ := strings.Cut(id, ":")
		switch kind {
		case "evaluation":
			cells[i] = cell{Text: b.T("evidence.evaluation", "Ref", ref), URL: b.Contract(ref)}
		case "credit_event":
			cells[i] = cell{Text: b.T("evidence.credit_event", "Ref", ref), URL: b.Supplier(c.SupplierID)}
		case "clue":
			cells[i] = cell{Text: b.T("evidence.clue", "Ref", ref), URL: b.open(access.ReadClues, b.Clue(ref))}
		case "rating":
			_, conduct, _ := strings.Cut(ref, "=")
			cells[i] = cell{Text: b.T("evidence.rating", "Have", conduct), URL: b.Supplier(c.SupplierID)}
		default:
			cells[i] = cell{Text: id}
		}
	}
	return cells
}
