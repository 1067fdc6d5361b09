package dashboards

import (
	"cmp"
	"context"
	"slices"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// unready is a contract that lacked something when it was signed.
type unready struct {
	*store.ExecutionContract
	lacks []scoring.Note
}

// unready lists the wanted contracts that lacked something, those that lacked most first; what keeps only those that lacked
// that, unless it is empty. of is how many were looked at, causes how many lacked what.
func (k *executionBook) unready(w wanted, what string) (all []unready, of int, causes map[string]int) {
	causes = map[string]int{}
	for _, i := range k.wanted(w) {
		of++
		c := &k.contracts[i]
		lacks := k.rules.Readiness(&c.Contract)
		for _, n := range lacks {
			causes[n.Code]++
		}
		if len(lacks) > 0 && (what == "" || slices.ContainsFunc(lacks, func(n scoring.Note) bool { return n.Code == what })) {
			all = append(all, unready{c, lacks})
		}
	}
	slices.SortStableFunc(all, func(a, b unready) int { return cmp.Compare(len(b.lacks), len(a.lacks)) })
	return all, of, causes
}

func (s *Server) readiness(ctx context.Context, v *store.View, b *base) (any, error) {
	p, book, w, err := s.ledgerOf(ctx, v, b, "readiness")
	if book == nil || err != nil {
		return p, err
	}
	all, of, causes := book.unready(w, b.query.Get("lack"))
	p.filter(book, w.year, field{Name: "lack", Choices: b.lackChoices(causes)})
	everyone, _, _ := book.unready(w, "")
	p.Answers = []string{b.T("plan.readiness.answer", "Year", w.year, "Of", b.CountInt(of), "Ready", b.CountInt(of-len(everyone)), "N", len(everyone), "Shown", b.CountInt(len(everyone)),
		"Rate", rate(ratio(int64(of-len(everyone)), int64(of))))}
	p.Sections = append(p.Sections, ledgerSection{Title: b.T("plan.lacks"), Note: b.T("plan.lacks.note"), Table: b.lackTable(causes, of)})
	shown, err := cut(p, all)
	if err != nil {
		return nil, err
	}
	p.List = table{Caption: b.Title, Empty: b.T("plan.readiness.none"), Head: b.columns("col.contract", "col.purchaser", "plan.col.signed_on", "$col.amount", "plan.col.lacks")}
	p.List.Head[0].Name, p.List.Head[4].Name = true, true
	for _, u := range shown {
		p.List.Rows = append(p.List.Rows, []cell{p.contractCell(u.ExecutionContract), {Text: book.name(u.Purchaser), Sub: book.name(u.Item)}, text(day(u.SignedOn)),
			text(b.Money(u.AmountFen)), {Text: b.T("plan.findings", "N", len(u.lacks)), List: b.Notes(u.lacks)}})
	}
	return p, nil
}

// lackChoices are what contracts lacked, the most frequent first.
func (b *base) lackChoices(causes map[string]int) []store.Choice {
	var all []store.Choice
	for code, n := range causes {
		all = append(all, store.Choice{ID: code, Name: b.T("plan.lack." + code), Count: n})
	}
	slices.SortFunc(all, func(x, y store.Choice) int { return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.ID, y.ID)) })
	return all
}

// lackTable counts contracts by what they lacked.
func (b *base) lackTable(causes map[string]int, of int) table {
	t := table{Caption: b.T("plan.lacks"), Empty: b.T("plan.readiness.none"), Head: b.columns("plan.col.lack", "#col.contracts", "#col.share")}
	for _, c := range b.lackChoices(causes) {
		t.Rows = append(t.Rows, []cell{link(c.Name, b.Toggle("lack", c.ID)), text(b.CountInt(c.Count)), text(rate(ratio(int64(c.Count), int64(of))))})
	}
	return t
}
