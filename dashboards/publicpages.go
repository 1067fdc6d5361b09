package dashboards

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// publicIndexPage says what is public.
type publicIndexPage struct {
	*publicPage
	Totals store.PublicTotals
	Grades table
	Facts  [][2]string
}

func (s *Server) publicIndex(ctx context.Context, r *store.Reader, p *publicPage) (any, error) {
	d := &publicIndexPage{publicPage: p}
	d.Title = p.T("public.index.now")
	if p.Release == nil {
		return d, nil
	}
	counts, totals, err := store.PublicGrades(ctx, r)
	if err != nil {
		return nil, err
	}
	d.Totals = totals
	d.Grades = table{Caption: p.T("public.index.grades"), Head: p.base.columns("col.grade", "#col.contracts", "#col.share")}
	for _, id := range p.gradesOf() {
		if n, share := counts[id], 0.0; n > 0 {
			share = float64(n) / float64(totals.Contracts)
			mark := p.base.grade(id)
			mark.URL = p.To("/public/results", "grade", id)
			d.Grades.Rows = append(d.Grades.Rows, []cell{mark, text(p.CountInt(n)), text(percent(share, 1))})
		}
	}
	d.Facts = p.releaseFacts()
	return d, nil
}

func (p *publicPage) releaseFacts() [][2]string {
	l := p.Release
	return [][2]string{{p.T("public.fact.release"), whole(int64(l.Number))}, {p.T("public.fact.as_of"), day(l.AsOf)}, {p.T("public.fact.at"), p.Moment(l.At)},
		{p.T("public.fact.hash"), l.Hash}, {p.T("public.fact.previous"), orNone(l.Previous)}, {p.T("public.fact.run_hash"), l.RunHash}, {p.T("public.fact.publisher"), p.Bureau}}
}

// publicResultsPage is a list with its filters.
type publicResultsPage struct {
	*publicPage
	Answer  string
	List    table
	Pages   pages
	Filters filters
	Files   string // path of the exports before their dots; empty: none
}

func (s *Server) publicResults(ctx context.Context, r *store.Reader, p *publicPage) (any, error) {
	d := &publicResultsPage{publicPage: p, Files: "/public/results"}
	d.Title = p.T("public.results.title")
	page, err := p.base.pageOf()
	if err != nil {
		return nil, err
	}
	filter, err := p.base.publicFilter(store.PublicContractSorts)
	if err != nil {
		return nil, err
	}
	if d.Filters, err = p.base.publicFilters(ctx, r); err != nil {
		return nil, err
	}
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	rows, totals, err := store.PublicContracts(ctx, r, filter)
	if err != nil {
		return nil, err
	}
	d.Answer = p.T("public.results.found", "N", totals.Contracts, "Shown", p.CountInt(totals.Contracts), "Money", p.Money(totals.AmountFen), "Unit", p.UnitName(), "Mean", orNone(number(totals.Mean, 1)),
		"Withheld", p.CountInt(totals.Withheld))
	d.Pages = p.base.paging(page, totals.Contracts)
	d.List = p.base.publicTable(rows, filter)
	return d, nil
}

// publicFilter reads the filters of a public list from the address.
func (b *base) publicFilter(sorts map[string]string) (store.PublicFilter, error) {
	q := b.query
	f := store.PublicFilter{Search: q.Get("q"), Purchaser: q.Get("purchaser"), Item: q.Get("item"), Grade: q.Get("grade")}
	var err error
	if f.Year, err = wholeOf(q, "year"); err != nil {
		return f, err
	}
	f.Sort, f.Descending, err = sortOf(q, sorts)
	return f, err
}

func (b *base) publicFilters(ctx context.Context, r *store.Reader) (filters, error) {
	choices, err := store.PublicChoices(ctx, r)
	if err != nil {
		return filters{}, err
	}
	return b.newFilters(field{Name: "q"}, field{Name: "year", Choices: choices.Years}, field{Name: "purchaser", Choices: choices.Purchasers}, field{Name: "item", Choices: choices.Items},
		field{Name: "grade", Choices: b.gradeChoices()}), nil
}

func (b *base) publicTable(rows []store.PublicContract, f store.PublicFilter) table {
	t := table{Caption: b.T("public.page.results"), Empty: b.T("public.results.empty"), Head: b.columns("col.contract", "col.purchaser", "col.supplier", "col.item", "#col.year", "$col.amount",
		"col.grade?grade_bands", "#col.value?evaluation", "public.col.note")}
	for i, key := range []string{"contract", "purchaser", "supplier", "item", "year", "amount", "", "value", ""} {
		first := "asc"
		if t.Head[i].Number {
			first = "desc"
		}
		if key != "" {
			b.sortable(&t.Head[i], key, f.Sort, direction(f.Descending), first)
		}
	}
	for _, r := range rows {
		grade := b.grade(gradeOrStatus(r.Grade, scoring.Status(r.Status)))
		if r.Status == string(scoring.Provisional) {
			grade.Sub = b.T("status.provisional")
		}
		t.Rows = append(t.Rows, []cell{{Text: orText(r.Name, r.ContractNo), Sub: r.ContractNo, Strong: true}, text(r.Purchaser), text(r.Supplier), text(r.Item), text(whole(int64(r.Year))),
			text(b.Money(r.AmountFen)), grade, {Text: number(r.Value, 2), Bar: b.spanOf(r.Value, r.Low, r.High)}, text(b.withheld(r.Withheld))})
	}
	return t
}

// withheld says why numbers are left out; empty where none is.
func (b *base) withheld(why string) string {
	if why == "" {
		return ""
	}
	return b.T("public.withheld."+why, "N", store.MinRecipients)
}

// exportPublic is the list of results as a file.
func (s *Server) exportPublic(ctx context.Context, b *base) (list *sheet, stem string, err error) {
	err = s.released(ctx, b, func(ctx context.Context, r *store.Reader, p *publicPage) error {
		if p.Release == nil {
			return errNoPage
		}
		filter, err := p.base.publicFilter(store.PublicContractSorts)
		if err != nil {
			return err
		}
		said, err := p.base.publicFilters(ctx, r)
		if err != nil {
			return err
		}
		filter.Limit = allRows
		rows, _, err := store.PublicContracts(ctx, r, filter)
		if err != nil {
			return err
		}
		stem = fmt.Sprintf("public-results-release%d", p.Release.Number)
		list = &sheet{Name: p.T("public.page.results"), About: append(p.base.about(p.T("public.page.results"), said), p.releaseFacts()[0], p.releaseFacts()[3])}
		for _, key := range []string{"col.contract", "export.name", "col.purchaser", "col.supplier", "col.item", "col.year", "export.amount", "col.grade", "col.value", "public.column.low", "public.column.high", "public.col.note"} {
			list.Head = append(list.Head, p.T(key))
		}
		for _, c := range rows {
			list.Rows = append(list.Rows, []any{c.ContractNo, c.Name, c.Purchaser, c.Supplier, c.Item, int64(c.Year), fen(c.AmountFen), p.Grade(orText(c.Grade, c.Status)), c.Value, c.Low, c.High, p.base.withheld(c.Withheld)})
		}
		return nil
	})
	return list, stem, err
}

// publicListPage is a table below a sentence.
type publicListPage struct {
	*publicPage
	Answer, Note string
	List         table
	Pages        *pages // nil: the list is whole
	More         *table
	MoreTitle    string
}

func (s *Server) publicCatalogue(ctx context.Context, r *store.Reader, p *publicPage) (any, error) {
	d := &publicListPage{publicPage: p}
	d.Title = p.T("public.catalogue.title")
	if p.Release == nil {
		return d, nil
	}
	items, err := store.PublicCatalogue(ctx, r)
	if err != nil {
		return nil, err
	}
	d.List = table{Caption: d.Title, Empty: p.T("public.empty"), Head: p.base.columns("public.column.item_code", "col.item", "public.column.purchasable", "#col.contracts", "#col.mean?weighted_mean", "$col.amount")}
	bought := 0
	for _, i := range items {
		count := cell{Text: p.CountInt(i.Contracts)}
		if i.Contracts > 0 {
			count.URL = p.To("/public/results", "item", i.Code)
			bought++
		}
		may := p.T("public.truth.false")
		if i.Purchasable {
			may = p.T("public.truth.true")
		}
		d.List.Rows = append(d.List.Rows, []cell{text(i.Code), text(i.Name), text(may), count, text(number(i.Mean, 1)), text(p.Money(i.AmountFen))})
	}
	d.Answer = p.T("public.catalogue.answer", "Items", p.CountInt(len(items)), "Bought", p.CountInt(bought))
	return d, nil
}

func (s *Server) publicPlans(ctx context.Context, r *store.Reader, p *publicPage) (any, error) {
	d := &publicListPage{publicPage: p, Answer: p.T("public.plans.none")}
	d.Title = p.T("public.plans.title")
	page, err := p.base.pageOf()
	if err != nil || p.Release == nil {
		return d, err
	}
	all, total, fen, err := store.PublicPlans(ctx, r, pageSize, (page-1)*pageSize)
	if err != nil || total == 0 {
		return d, err
	}
	d.Answer = p.T("public.plans.found", "N", total, "Shown", p.CountInt(total), "Money", p.Money(fen), "Unit", p.UnitName())
	d.List = table{Caption: d.Title, Empty: p.T("public.empty"), Head: p.base.columns("public.column.project", "#col.year", "col.purchaser", "col.item", "public.column.method", "$col.amount")}
	for _, i := range all {
		d.List.Rows = append(d.List.Rows, []cell{{Text: i.Project, Sub: i.No, Strong: true}, text(whole(int64(i.Year))), text(i.Purchaser), text(i.Item), text(p.T("plan.method." + i.Method)), text(p.Money(i.AmountFen))})
	}
	shown := p.base.paging(page, total)
	d.Pages = &shown
	return d, nil
}

func (s *Server) publicChanges(ctx context.Context, r *store.Reader, p *publicPage) (any, error) {
	d := &publicListPage{publicPage: p}
	d.Title = p.T("public.changes.title")
	if p.Release == nil {
		return d, nil
	}
	releases, err := store.Releases(ctx, r)
	if err != nil {
		return nil, err
	}
	changes, err := store.PublicChanges(ctx, r, p.Release.Number)
	if err != nil {
		return nil, err
	}
	d.Answer = p.T("public.changes.answer", "N", len(changes), "Release", p.Release.Number)
	if len(changes) > shownChanges {
		d.Note = p.T("public.changes.more", "N", p.CountInt(shownChanges))
	}
	d.List = table{Caption: p.T("public.changes.list"), Empty: p.T("public.changes.nothing"), Head: p.base.columns("public.column.subject", "public.column.id", "public.column.change", "public.col.before", "public.col.after", "public.column.cause")}
	for _, c := range changes[:min(shownChanges, len(changes))] {
		d.List.Rows = append(d.List.Rows, []cell{text(p.base.named("public.subject", c.Subject)), text(c.ID), text(p.base.named("public.change", c.Change)), p.base.publicStanding(c.Subject, c.GradeBefore, c.Before),
			p.base.publicStanding(c.Subject, c.GradeAfter, c.After), text(p.base.causes(c.Cause))})
	}
	d.MoreTitle, d.More = p.T("public.changes.chain"), p.chainTable(releases)
	return d, nil
}

// shownChanges is how many changes of a release the page lists; the data has all.
const shownChanges = 500

func (p *publicPage) chainTable(releases []store.Release) *table {
	t := &table{Caption: p.T("public.changes.chain"), Head: p.base.columns("#public.column.release", "public.column.as_of", "public.fact.at", "#public.column.run", "public.column.hash", "public.fact.reason")}
	for _, l := range releases {
		t.Rows = append(t.Rows, []cell{text(whole(int64(l.Number))), text(day(l.AsOf)), text(p.Moment(l.At)), text(whole(int64(l.Run))), {Text: l.Hash, Code: true}, text(l.Reason)})
	}
	return t
}

// publicStanding is a grade or level with its number below it.
func (b *base) publicStanding(subject, grade string, value float64) cell {
	if grade == "" {
		return cell{}
	}
	c := b.grade(grade)
	if subject == "supplier" {
		c = b.level(grade)
	}
	c.Sub = number(value, 2)
	return c
}

// causes are the causes of a change in words.
func (b *base) causes(words string) string {
	var all []string
	for _, cause := range strings.Split(words, ",") {
		if cause != "" {
			all = append(all, b.named("cause", cause))
		}
	}
	return strings.Join(all, b.T("public.and"))
}

// publicDataPage lists the files of the last release.
type publicDataPage struct {
	*publicPage
	Files table
	Facts [][2]string
}

// PublicDir is the folder in the data directory that holds the last release as it was published, for the server to hand out.
const PublicDir = "public"

// publicRoot is the folder of the last release.
func (s *Server) publicRoot() string {
	return filepath.Join(s.config.Store.Dir(), PublicDir, "current")
}

func (s *Server) publicData(_ context.Context, _ *store.Reader, p *publicPage) (any, error) {
	d := &publicDataPage{publicPage: p}
	d.Title = p.T("public.data.title")
	if p.Release == nil {
		return d, nil
	}
	d.Facts = p.releaseFacts()
	d.Files = table{Caption: p.T("public.data.files"), Empty: p.T("public.data.gone"), Head: p.base.columns("public.col.file", "#public.data.size", "public.col.meaning")}
	names, err := fs.Glob(os.DirFS(s.publicRoot()), "data/*")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range append(names, "ocds/release-package.json", "policy.toml", "manifest.json", "SHA256SUMS") {
		info, err := os.Stat(filepath.Join(s.publicRoot(), filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("files of the release: %w", err)
		}
		meaning := p.T("public.file." + name)
		if table, ok := strings.CutPrefix(name, "data/"); ok {
			table, _, _ = strings.Cut(table, ".")
			meaning = p.T("public.table." + table)
		}
		d.Files.Rows = append(d.Files.Rows, []cell{{Text: name, URL: "/public/files/" + name}, text(p.T("public.data.kilobytes", "N", locale.Count((info.Size()+1023)/1024))), text(meaning)})
	}
	return d, nil
}

// publicFile hands out a file of the last release.
func (s *Server) publicFile(w http.ResponseWriter, r *http.Request) {
	root, err := os.OpenRoot(s.publicRoot())
	if err != nil {
		s.fail(w, r, errNoPage)
		return
	}
	defer root.Close()
	f, err := root.Open(r.PathValue("file"))
	if err != nil {
		s.fail(w, r, errNoPage)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		s.fail(w, r, errNoPage)
		return
	}
	http.ServeContent(w, r, info.Name(), info.ModTime(), f) // which a browser may ask for in parts
}
