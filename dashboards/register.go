package dashboards

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"pingxin/credit/register"
	"pingxin/pipelines/store"
)

// registerPage asks who may take on a contract: the register of suppliers with what it points out.
type registerPage struct {
	*basis
	Answer  []string
	States  []tab
	List    table
	Pages   pages
	Filters filters
}

// registerStates are the states by which the register is filtered, in the order of the tabs.
var registerStates = []string{"", "active", "dissolved", "revoked", "unknown", "open", "exempt", "trained", "untrained"}

func (s *Server) supplierRegister(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("register", b.T("register.title"))
	p := &registerPage{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	filter, err := b.registerFilter()
	if err != nil {
		return nil, err
	}
	counts, err := v.RegisterCounts(ctx)
	if err != nil {
		return nil, err
	}
	p.Answer = []string{b.T("register.answer", "Total", b.CountInt(counts[""]), "Active", b.CountInt(counts["active"]), "Ended", b.CountInt(counts["dissolved"]+counts["revoked"]), "Unknown", b.CountInt(counts["unknown"])),
		b.T("register.answer.care", "Open", b.CountInt(counts["open"]), "N", counts["open"], "Exempt", b.CountInt(counts["exempt"]), "Trained", b.CountInt(counts["trained"]))}
	for _, state := range registerStates {
		p.States = append(p.States, tab{Label: b.T("register.state."+orText(state, "all")) + " " + b.CountInt(counts[state]), URL: b.Here("state", state), Current: state == filter.State})
	}
	if p.Filters, err = b.registerFilters(ctx, v); err != nil {
		return nil, err
	}
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	rows, found, err := v.Register(ctx, filter)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, found)
	p.List = b.registerTable(rows, filter)
	return p, nil
}

func (b *base) registerFilter() (store.RegisterFilter, error) {
	f := store.RegisterFilter{Search: b.query.Get("q"), Type: b.query.Get("type"), State: b.query.Get("state")}
	if !slices.Contains(registerStates, f.State) {
		return f, &badFilter{Name: "state", Found: f.State, Expected: "state"}
	}
	var err error
	f.Sort, f.Descending, err = sortOf(b.query, store.RegisterSorts)
	return f, err
}

func (b *base) registerFilters(ctx context.Context, v *store.View) (filters, error) {
	types, err := b.supplierTypes(ctx, v)
	return b.newFilters(field{Name: "q"}, types), err
}

func (b *base) registerTable(rows []store.RegisterRow, f store.RegisterFilter) table {
	t := table{Caption: b.T("register.title"), Empty: b.T("register.empty"), Head: b.columns("col.supplier", "supplier.type", "register.col.status", "register.col.registered", "register.col.certificate", "register.col.exempt",
		"#register.col.training", "#col.contracts", "register.col.findings")}
	t.Head[len(t.Head)-1].Name = true
	b.sortableBy(&t, []string{"name", "", "", "registered", "certificate", "exempt", "training", "contracts", ""}, f.Sort, f.Descending)
	for i := range rows {
		r := &rows[i]
		contracts := link(b.CountInt(r.Contracts), b.To("/evaluations", "supplier", r.ID))
		if r.Contracts == 0 {
			contracts = text("0")
		}
		trained := cell{Text: b.CountInt(r.Trainings)}
		if !r.LastTraining.IsZero() {
			trained.Sub = day(r.LastTraining)
		}
		t.Rows = append(t.Rows, []cell{{Text: r.Name, Sub: r.USCC, URL: b.Supplier(r.ID), Strong: true}, text(b.named("supplier_type", r.Type)), b.registerStatus(r), {Text: day(r.RegisteredOn), Sub: r.Registrar},
			text(day(r.CertificateUntil)), text(b.exemption(r)), trained, contracts, {List: b.findings(r)}})
	}
	return t
}

// registerStatus is the status of a registration with the day on which it ended.
func (b *base) registerStatus(r *store.RegisterRow) cell {
	c := cell{Text: b.T("register.status." + orText(r.Status, "unknown"))}
	if !r.EndedOn.IsZero() {
		c.Sub, c.Class = day(r.EndedOn), "g4"
	}
	return c
}

// exemption says for which days a supplier is exempt from tax.
func (b *base) exemption(r *store.RegisterRow) string {
	if r.TaxExemptFrom.IsZero() {
		return ""
	}
	if r.TaxExemptUntil.IsZero() {
		return b.T("catalogue.from", "From", day(r.TaxExemptFrom))
	}
	return b.T("catalogue.between", "From", day(r.TaxExemptFrom), "Until", day(r.TaxExemptUntil))
}

// findings are what is pointed out of a supplier on the day of the run; nothing under a policy that points nothing out.
func (b *base) findings(r *store.RegisterRow) []string {
	if b.labels.register == nil {
		return nil
	}
	return b.Notes(b.labels.register.Findings(register.Entry{Type: r.Type, Code: r.USCC, Sharing: r.Sharing, Known: r.Status != "", Status: r.Status, CertificateUntil: r.CertificateUntil,
		ExemptUntil: r.TaxExemptUntil, Open: r.Open}, b.Run.AsOf))
}

func (s *Server) exportRegister(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	filter, err := b.registerFilter()
	if err != nil {
		return nil, err
	}
	filter.Limit = allRows
	rows, _, err := v.Register(ctx, filter)
	if err != nil {
		return nil, err
	}
	said, err := b.registerFilters(ctx, v)
	out := &sheet{Name: b.T("nav.register"), About: append(b.about(b.T("register.title"), said), [2]string{b.T("register.col.status"), b.T("register.state." + orText(filter.State, "all"))}), Head: b.titles("col.supplier_id",
		"col.supplier", "supplier.uscc", "supplier.type", "register.col.registered", "register.col.registrar", "register.col.status", "register.col.ended", "register.col.certificate", "register.col.exempt_from",
		"register.col.exempt_until", "register.col.training", "register.col.hours", "register.col.last_training", "col.contracts", "col.amount_yuan", "register.col.findings")}
	for i := range rows {
		r := &rows[i]
		out.Rows = append(out.Rows, []any{r.ID, r.Name, r.USCC, b.named("supplier_type", r.Type), dayOrEmpty(r.RegisteredOn), r.Registrar, b.T("register.status." + orText(r.Status, "unknown")), dayOrEmpty(r.EndedOn),
			dayOrEmpty(r.CertificateUntil), dayOrEmpty(r.TaxExemptFrom), dayOrEmpty(r.TaxExemptUntil), int64(r.Trainings), r.Hours, dayOrEmpty(r.LastTraining), int64(r.Contracts), fen(r.AmountFen), strings.Join(b.findings(r), " ")})
	}
	return out, err
}

// registration is what the credit file shows of the register.
type registration struct {
	Facts     [][2]string
	Findings  []string
	Trainings table
}

// registration reads what the register holds of a supplier.
func (b *base) registration(ctx context.Context, v *store.View, id string) (*registration, error) {
	r, err := v.Registered(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &registration{Findings: b.findings(&r), Facts: [][2]string{{b.T("register.col.status"), b.registerStatus(&r).Text}, {b.T("register.col.registrar"), orNone(r.Registrar)},
		{b.T("register.col.certificate"), day(r.CertificateUntil)}, {b.T("register.col.exempt"), orNone(b.exemption(&r))}, {b.T("register.col.training"), b.T("register.training.sum", "N", strconv.Itoa(r.Trainings), "Hours",
			number(r.Hours, 0))}}}
	if !r.EndedOn.IsZero() {
		p.Facts = append(p.Facts, [2]string{b.T("register.col.ended"), day(r.EndedOn)})
	}
	trainings, err := v.Trainings(ctx, id)
	p.Trainings = table{Caption: b.T("register.trainings"), Head: b.columns("register.col.held", "register.col.topic", "register.col.organiser", "#register.col.hours", "#register.col.persons")}
	for _, t := range trainings {
		p.Trainings.Rows = append(p.Trainings.Rows, []cell{text(day(t.HeldOn)), text(t.Topic), text(t.Organiser), text(number(t.Hours, 1)), text(b.CountInt(t.Persons))})
	}
	return p, err
}
