package dashboards

import (
	"context"

	"pingxin/pipelines/store"
)

// changesPage lists the announced results that have changed since: corrections, with the objection that they came of.
type changesPage struct {
	*basis
	Answer string
	List   table
	Pages  pages
}

func (s *Server) processChanges(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("process", b.T("process.changes.title"))
	p := &changesPage{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	changes, total, err := v.ChangedResults(ctx, pageSize, (page-1)*pageSize)
	p.Answer = b.T("process.changes.answer", "N", total, "Shown", b.CountInt(total))
	p.Pages = b.paging(page, total)
	p.List = table{Caption: b.T("process.changes.title"), Empty: b.T("process.changes.empty"),
		Head: b.columns("col.contract", "process.col.announced_on", "process.col.was", "process.col.became", "process.col.was_public", "process.col.objection")}
	for _, c := range changes {
		was, now := b.grade(c.GradeBefore), b.grade(c.GradeAfter)
		was.Sub, now.Sub = number(c.Before, 2), number(c.After, 2)
		p.List.Rows = append(p.List.Rows, []cell{{Text: orText(c.Name, c.ContractNo), Sub: c.ContractNo, URL: b.Process(c.ContractNo), Strong: true},
			text(b.momentDay(c.AnnouncedAt)), was, now, text(b.yesNo(c.WasPublic)), text(c.Objection)})
	}
	return p, err
}

func (b *base) yesNo(yes bool) string {
	if yes {
		return b.T("process.changes.yes")
	}
	return b.T("process.changes.no")
}

// exportChangedResults lists them all.
func (s *Server) exportChangedResults(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	changes, _, err := v.ChangedResults(ctx, allRows, 0)
	out := &sheet{Name: b.T("process.changes.title"), About: b.about(b.T("process.changes.title"), filters{}), Head: b.titles("col.contract_no", "col.contract",
		"process.col.announced_on", "col.before", "col.grade_before", "col.after", "col.grade_after", "process.col.was_public", "process.col.objection")}
	for _, c := range changes {
		out.Rows = append(out.Rows, []any{c.ContractNo, c.Name, b.momentDay(c.AnnouncedAt), c.Before, b.grade(c.GradeBefore).Text, c.After, b.grade(c.GradeAfter).Text,
			b.yesNo(c.WasPublic), c.Objection})
	}
	return out, err
}
