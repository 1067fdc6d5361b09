package publish

import (
	"embed"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"

	"pingxin/dashboards"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

//go:embed pages/page.html
var pageFiles embed.FS

// pageTemplates are the frame of every page, and the door to both languages.
var pageTemplates = template.Must(template.ParseFS(pageFiles, "pages/page.html"))

// site writes the pages of one language.
type site struct {
	*locale.Texts
	*bundle
	manifest *manifest
	before   []store.Release
}

// page is one page: sentences, then sections of sentences, facts and a table.
type page struct {
	*site
	File     string // its name in the folder of a language
	Of       string // page of the navigation that it belongs to
	Title    string
	Lead     []string
	Sections []section
	Pager    *pager
}

type section struct {
	ID, Title string
	Text      []string
	Items     []string // as a list
	Commands  []string
	Facts     [][2]string
	Grid      *grid
}

type grid struct {
	Caption string
	Head    []gridHead
	Rows    [][]gridCell
	Empty   string
}

type gridHead struct {
	Label  string
	Number bool
}

type gridCell struct{ Text, URL, Sub, Class string }

// pager leads through the pages of a list; empty addresses lead nowhere.
type pager struct{ Previous, Next, Shown string }

// sitePages are the pages of the navigation, in order, as the last parts of their keys.
var sitePages = []string{"index", "results", "plans", "catalogue", "credit", "changes", "data", "methods"}

type siteLink struct {
	Text, URL string
	Current   bool
}

// Navigation are the links to the pages.
func (p *page) Navigation() []siteLink {
	links := make([]siteLink, len(sitePages))
	for i, name := range sitePages {
		links[i] = siteLink{p.T("public.page." + name), name + ".html", name == p.Of}
	}
	return links
}

// Foot says what the page is of.
func (p *page) Foot() string {
	return p.T("public.foot", "Release", p.manifest.Release, "Run", p.run.ID, "Day", p.asOf(), "Policy", p.run.PolicyID, "Program", p.Program)
}

// writePages writes the pages of both languages.
func (b *bundle) writePages(m *manifest, before []store.Release) error {
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	for name, content := range dashboards.StaticFiles("app.css", "icon.svg") {
		if err := b.write("static/"+name, content); err != nil {
			return err
		}
	}
	if err := b.render("index.html", "door", map[string]*locale.Texts{"ZH": texts[locale.Chinese], "EN": texts[locale.English]}); err != nil {
		return err
	}
	for _, lang := range locale.Languages {
		s := &site{Texts: texts[lang], bundle: b, manifest: m, before: before}
		for _, write := range []func() error{s.index, s.results, s.plans, s.catalogue, s.credit, s.changeLog, s.data, s.methods} {
			if err := write(); err != nil {
				return fmt.Errorf("pages in %s: %w", lang, err)
			}
		}
	}
	return nil
}

// put writes a page.
func (s *site) put(p *page) error {
	p.site = s
	return s.render(s.Language+"/"+p.File, "page", p)
}

func (b *bundle) render(name, frame string, data any) error {
	text, err := dashboards.Fill(pageTemplates, frame, data)
	if err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	w, err := b.create(name)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.close()
}

// pageRows is how many rows of a list stand on one page: a browser shows so many at once without a wait.
const pageRows = 500

// paged writes a list of any length as pages of pageRows: the first is first+"-1.html". fill makes the page of some rows.
func (s *site) paged(first string, total int, fill func(from, to int) *page) error {
	pages := max(1, (total+pageRows-1)/pageRows)
	name := func(n int) string { return first + "-" + strconv.Itoa(n) + ".html" }
	for n := 1; n <= pages; n++ {
		from, to := (n-1)*pageRows, min(n*pageRows, total)
		p := fill(from, to)
		p.File = name(n)
		p.Pager = &pager{Shown: s.T("pager.shown", "First", count(min(from+1, total)), "Last", count(to), "Total", count(total))}
		if n > 1 {
			p.Pager.Previous = name(n - 1)
		}
		if n < pages {
			p.Pager.Next = name(n + 1)
		}
		if err := s.put(p); err != nil {
			return err
		}
	}
	return nil
}

// columns are the titles of a table by the keys of their texts; one that begins with # is of numbers.
func (s *site) columns(keys ...string) []gridHead {
	heads := make([]gridHead, len(keys))
	for i, key := range keys {
		if key[0] == '#' {
			heads[i].Number, key = true, key[1:]
		}
		heads[i].Label = s.T(key)
	}
	return heads
}

func cells(texts ...string) []gridCell {
	row := make([]gridCell, len(texts))
	for i, t := range texts {
		row[i].Text = t
	}
	return row
}

func count(n int) string { return locale.Count(int64(n)) }

// number writes a value with some decimals; none where there is none.
func number(v float64, decimals int) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(scoring.Round(v, decimals), 'f', decimals, 64)
}

// money writes an amount in ten thousand yuan, rounded to two decimals.
func money(fen int64) string {
	const fenPerWan = 1_000_000
	return locale.Count(fen/fenPerWan) + fmt.Sprintf(".%02d", fen%fenPerWan*100/fenPerWan)
}

// named is the name of a word of a group of words, or the word.
func (s *site) named(group, word string) string {
	if key := group + "." + word; s.Has(key) {
		return s.T(key)
	}
	return word
}

// grade is the cell of a grade, or of the status without one.
func (s *site) grade(grade, status string) gridCell {
	bands := s.policy.Evaluation.Bands
	at := slices.IndexFunc(bands, func(b scoring.Band) bool { return b.ID == grade })
	if at < 0 {
		return gridCell{Text: s.named("status", status), Class: "gx"}
	}
	return gridCell{Text: s.inLanguage(bands[at].Name, grade), Class: shade(at, len(bands))}
}

// shades is how many colours there are for the places of an order.
const shades = 5

// shade is the colour class of a place in an order: g0 the best, g4 the worst.
func shade(at, of int) string {
	if at == of-1 {
		return "g" + strconv.Itoa(shades-1)
	}
	return "g" + strconv.Itoa(min(at, shades-2))
}

// level is the cell of a credit level, or of the status without one.
func (s *site) level(level, status string) gridCell {
	if s.policy.Credit != nil {
		for i, l := range s.policy.Credit.Levels {
			if l.ID == level {
				return gridCell{Text: level, Class: "g" + strconv.Itoa(i*(shades-1)/max(1, len(s.policy.Credit.Levels)-1))}
			}
		}
	}
	return gridCell{Text: s.named("status", status), Class: "gx"}
}

func (s *site) inLanguage(n scoring.Name, id string) string {
	if s.Language == locale.English && n.EN != "" {
		return n.EN
	}
	if n.ZH != "" {
		return n.ZH
	}
	return id
}

// interval writes the bounds of a value.
func interval(low, high float64) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return ""
	}
	return number(low, 1) + "–" + number(high, 1)
}
