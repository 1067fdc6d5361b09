package dashboards

import (
	"context"

	"pingxin/pipelines/store"
)

// blacklistPage shows the candidates for the blacklist. It lists nobody: a person decides.
type blacklistPage struct {
	*base
	Candidates []candidateView
	Suppliers  int
}

// candidateView is one ground of one supplier.
type candidateView struct {
	Supplier, ID, URL, Level, LevelClass string
	Ground                               string
	Evidence                             []string
	Since                                string
	Run                                  string
}

func (s *Server) blacklist(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("blacklist", b.T("nav.blacklist"))
	all, err := v.Candidates(ctx, b.query.Get("supplier"))
	if err != nil {
		return nil, err
	}
	p := &blacklistPage{base: b, Candidates: b.candidateViews(all)}
	seen := map[string]bool{}
	for _, c := range all {
		seen[c.SupplierID] = true
	}
	p.Suppliers = len(seen)
	return p, nil
}

func (b *base) candidateViews(all []store.Candidate) []candidateView {
	views := make([]candidateView, len(all))
	for i, c := range all {
		views[i] = candidateView{Supplier: c.SupplierName, ID: c.SupplierID, URL: b.Supplier(c.SupplierID), Level: b.named("level", c.Level),
			LevelClass: b.LevelClass(c.Level),
			Ground:     b.named("ground", c.Ground), Evidence: c.Evidence, Since: day(c.SinceOn), Run: whole(int64(c.FromRun))}
	}
	return views
}
