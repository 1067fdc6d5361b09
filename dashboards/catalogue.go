package dashboards

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"pingxin/budget/catalogue"
	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// registerCatalogue lists the routes of the guidance catalogue.
func (s *Server) registerCatalogue() {
	s.page("GET /catalogue", access.ReadResults, "catalogue.html", s.catalogue)
	s.page("GET /catalogue/changes", access.ReadResults, "cataloguechanges.html", s.catalogueChanges)
	s.page("GET /catalogue/advice", access.ReadProgramme, "catalogueadvice.html", s.catalogueAdvice)
	s.still("/catalogue/versions", access.ReadResults, s.catalogueVersions)
	s.form("/catalogue/versions", access.AdoptCatalogue, s.adoptCatalogue, s.catalogueVersions)
	s.export("catalogue", access.ReadResults, s.exportCatalogue)
	s.export("catalogue-changes", access.ReadResults, s.exportChanges)
	s.export("catalogue-advice", access.ReadProgramme, s.exportAdvice)
	s.export("catalogue-next", access.ReadProgramme, s.exportNext)
}

// catalogueTabs are the pages about the catalogue, each with the action that it is.
func (b *base) catalogueTabs(current string) (tabs []tab) {
	for _, t := range []struct {
		path, key string
		action    access.Action
	}{
		{"/catalogue", "catalogue.tab.entries", access.ReadResults}, {"/catalogue/changes", "catalogue.tab.changes", access.ReadResults},
		{"/catalogue/versions", "catalogue.tab.versions", access.ReadResults}, {"/catalogue/advice", "catalogue.tab.advice", access.ReadProgramme},
	} {
		if b.May(t.action) {
			tabs = append(tabs, tab{Label: b.T(t.key), URL: b.To(t.path), Current: t.path == current})
		}
	}
	return tabs
}

// cataloguePage is the address of a version.
func (b *base) cataloguePage(version string) string { return b.To("/catalogue", "version", version) }

// inForce says when a version is in force.
func (b *base) inForce(c *store.CatalogVersion) string {
	switch {
	case !c.Adopted():
		return b.T("catalogue.draft")
	case c.UntilOn.IsZero():
		return b.T("catalogue.from", "From", day(c.InForceOn))
	}
	return b.T("catalogue.between", "From", day(c.InForceOn), "Until", day(c.UntilOn))
}

// listing is a listing in a word, with a mark where nothing may be bought.
func (b *base) listing(listing string) cell {
	c := cell{Text: b.T("catalogue.listing." + orText(listing, "unlisted"))}
	if listing == store.Negative {
		c.Class = "g4"
	}
	return c
}

// catalogueData shows one version: what may be bought on the day, and what may not and why.
type catalogueData struct {
	*basis
	Tabs     []tab
	Versions []tab
	Shown    store.CatalogVersion
	Answer   []string
	Listings []tab
	List     table
	Pages    pages
	Filters  filters
}

// versionOf is the version that the address names, or that is in force on the day of the run, or else the latest.
func (b *base) versionOf(ctx context.Context, v *store.View) (store.CatalogVersion, []store.CatalogVersion, error) {
	all, err := v.CatalogVersions(ctx)
	if err != nil || len(all) == 0 {
		return store.CatalogVersion{}, nil, err
	}
	wanted := func(c store.CatalogVersion) bool { return c.InForce(v.Run.AsOf) }
	named := b.query.Get("version")
	if named != "" {
		wanted = func(c store.CatalogVersion) bool { return c.ID == named }
	}
	at := slices.IndexFunc(all, wanted)
	if at < 0 && named != "" {
		return store.CatalogVersion{}, nil, store.ErrNotInRun
	}
	return all[max(at, 0)], all, nil
}

func (s *Server) catalogue(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("catalogue", b.T("catalogue.title"))
	p := &catalogueData{basis: b.basis, Tabs: b.catalogueTabs("/catalogue")}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	var versions []store.CatalogVersion
	if p.Shown, versions, err = b.versionOf(ctx, v); err != nil || len(versions) == 0 {
		return p, err
	}
	for i := range versions {
		p.Versions = append(p.Versions, tab{Label: versions[i].ID + " " + b.inForce(&versions[i]), URL: b.Here("version", versions[i].ID), Current: versions[i].ID == p.Shown.ID})
	}
	entries, err := v.CatalogEntries(ctx, p.Shown.ID)
	if err != nil {
		return nil, err
	}
	if err := p.say(ctx, v, entries); err != nil {
		return nil, err
	}
	for _, l := range []string{"", store.Guidance, store.Procurement, store.Negative} {
		p.Listings = append(p.Listings, tab{Label: b.T("catalogue.listing." + orText(l, "all")), URL: b.Here("listing", l), Current: b.query.Get("listing") == l})
	}
	p.Filters = b.newFilters(field{Name: "q"})
	entries = b.wantedEntries(entries)
	p.Pages = b.paging(page, len(entries))
	from := min((page-1)*pageSize, len(entries))
	p.List = b.entryTable(entries[from:min(from+pageSize, len(entries))])
	return p, nil
}

// wantedEntries are the entries that the address asks for.
func (b *base) wantedEntries(entries []store.CatalogEntry) []store.CatalogEntry {
	search, listing := strings.ToLower(strings.TrimSpace(b.query.Get("q"))), b.query.Get("listing")
	return slices.DeleteFunc(slices.Clone(entries), func(e store.CatalogEntry) bool {
		return listing != "" && e.Listing != listing || !strings.Contains(strings.ToLower(strings.Join([]string{e.ItemCode, e.Name, e.Parent, e.Content, e.Reason}, "\n")), search)
	})
}

// say answers how many services may be bought, how many may not, and what was bought against the catalogue.
func (p *catalogueData) say(ctx context.Context, v *store.View, entries []store.CatalogEntry) error {
	counts := map[string]int{}
	for _, e := range entries {
		counts[e.Listing]++
	}
	p.Answer = []string{p.T("catalogue.answer", "Title", orText(p.Shown.Title, p.Shown.ID), "Force", p.base.inForce(&p.Shown), "May", p.CountInt(counts[store.Guidance]+counts[store.Procurement]), "Procurement",
		p.CountInt(counts[store.Procurement]), "Negative", p.CountInt(counts[store.Negative]))}
	breaches, err := v.Breaches(ctx)
	if err != nil {
		return err
	}
	var forbidden, unlisted store.Breach
	for _, b := range breaches {
		sum := &unlisted
		if b.Listing == store.Negative {
			sum = &forbidden
		}
		sum.Contracts, sum.AmountFen = sum.Contracts+b.Contracts, sum.AmountFen+b.AmountFen
	}
	p.Answer = append(p.Answer, p.T("catalogue.breaches", "Forbidden", p.CountInt(forbidden.Contracts), "ForbiddenMoney", p.Money(forbidden.AmountFen), "Unlisted", p.CountInt(unlisted.Contracts), "UnlistedMoney",
		p.Money(unlisted.AmountFen), "Unit", p.UnitName()))
	return nil
}

func (b *base) entryTable(entries []store.CatalogEntry) table {
	t := table{Caption: b.T("catalogue.title"), Empty: b.T("catalogue.empty"), Head: b.columns("col.item", "col.item_group", "catalogue.col.nature", "catalogue.col.listing", "catalogue.col.content", "#col.contracts",
		"$col.amount")}
	for _, e := range entries {
		about := cell{Text: orNone(orText(e.Reason, e.Content)), Sub: e.Authority}
		contracts := link(b.CountInt(e.Contracts), b.To("/evaluations", "item", e.ItemCode))
		if e.Contracts == 0 {
			contracts = text("0")
		}
		t.Rows = append(t.Rows, []cell{{Text: e.Name, Sub: e.ItemCode, URL: b.itemPage(e.ItemCode), Strong: true}, text(e.Parent), text(b.nature(e.Nature)), b.listing(e.Listing), about, contracts,
			text(b.Money(e.AmountFen))})
	}
	return t
}

// nature names the nature of a service; one that the program does not know stands as it came.
func (b *base) nature(id string) string {
	if id == "" {
		return ""
	}
	return b.named("nature", id)
}

func (s *Server) exportCatalogue(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	version, _, err := b.versionOf(ctx, v)
	if err != nil {
		return nil, err
	}
	entries, err := v.CatalogEntries(ctx, version.ID)
	if err != nil {
		return nil, err
	}
	about := append(b.about(b.T("catalogue.title"), b.newFilters(field{Name: "q"})), [2]string{b.T("catalogue.col.version"), version.ID}, [2]string{b.T("catalogue.col.in_force"), b.inForce(&version)})
	out := &sheet{Name: b.T("nav.catalogue"), About: about, Head: b.titles("col.item_code", "col.item", "col.item_group", "catalogue.col.nature", "catalogue.col.listing", "catalogue.col.content", "catalogue.col.reason",
		"catalogue.col.authority", "col.contracts", "col.amount_yuan")}
	for _, e := range b.wantedEntries(entries) {
		out.Rows = append(out.Rows, []any{e.ItemCode, e.Name, e.Parent, b.nature(e.Nature), b.listing(e.Listing).Text, e.Content, e.Reason, e.Authority, int64(e.Contracts), fen(e.AmountFen)})
	}
	return out, nil
}

// drafts are the versions that can be adopted, beside the adoptions that the next run will show.
func drafts(ctx context.Context, v *store.View) (open []store.CatalogVersion, adopting []store.Choice, err error) {
	versions, err := v.CatalogVersions(ctx)
	if err != nil {
		return nil, nil, err
	}
	if adopting, err = v.Adopting(ctx); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(versions, func(c store.CatalogVersion) bool {
		return c.Adopted() || slices.ContainsFunc(adopting, func(a store.Choice) bool { return a.ID == c.ID })
	}), adopting, nil
}

// versionsData lists the versions, and lets the bureau adopt one.
type versionsData struct {
	*basis
	Tabs     []tab
	List     table
	Drafts   []store.Choice // that can be adopted
	Adopting []string       // adoptions that the next run will show, in words
	Today    string
}

// adoptionFields are the fields of the form, which are the columns of the kind.
var adoptionFields = []string{"version_id", "title", "in_force_on", "authority", "document_no", "reason"}

func (s *Server) catalogueVersions(r *http.Request, b *base) (string, any, error) {
	p := &versionsData{basis: b.basis, Tabs: b.catalogueTabs("/catalogue/versions"), Today: day(store.DayOf(s.config.Now()))}
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		b.name("catalogue", b.T("catalogue.versions.title"))
		versions, err := v.CatalogVersions(ctx)
		if err != nil {
			return err
		}
		open, adopting, err := drafts(ctx, v)
		if err != nil {
			return err
		}
		for _, a := range adopting {
			p.Adopting = append(p.Adopting, b.T("catalogue.adopting", "Version", a.ID, "From", a.Name))
		}
		p.List = p.base.versionTable(versions)
		for _, c := range open {
			p.Drafts = append(p.Drafts, store.Choice{ID: c.ID, Name: b.T("catalogue.draft.entries", "Version", c.ID, "N", c.Entries)})
		}
		return nil
	})
	return "catalogueversions.html", p, err
}

func (b *base) versionTable(versions []store.CatalogVersion) table {
	t := table{Caption: b.T("catalogue.versions.title"), Empty: b.T("catalogue.none"), Head: b.columns("catalogue.col.version", "catalogue.col.in_force", "#catalogue.col.entries", "#catalogue.col.negative",
		"catalogue.col.authority", "catalogue.col.why")}
	for i := range versions {
		c := &versions[i]
		t.Rows = append(t.Rows, []cell{{Text: c.ID, Sub: c.Title, URL: b.cataloguePage(c.ID), Strong: true}, text(b.inForce(c)), text(b.CountInt(c.Entries)), text(b.CountInt(c.Negative)),
			{Text: orNone(c.Authority), Sub: c.DocumentNo}, text(c.Reason)})
	}
	return t
}

// adoptCatalogue enters the adoption of a version. On a page it begins today or later: what was bought yesterday is
// judged by what was in force yesterday.
func (s *Server) adoptCatalogue(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	cells := map[string]string{}
	for _, name := range adoptionFields {
		cells[name] = strings.TrimSpace(r.PostFormValue(name))
	}
	as := intake.As{Uploader: store.Uploader{Account: b.Who.Account, Name: b.Who.Name}, Scope: b.Who.Scope(), Reason: cells["reason"]}
	if err := intake.CheckEntry(r.Context(), s.config.Store, "catalog_adoption", cells, as); err != nil {
		return "", err
	}
	from, err := time.Parse(time.DateOnly, cells["in_force_on"])
	if today := store.DayOf(s.config.Now()); err != nil || from.Before(today) {
		return "", &access.Refusal{Code: "force_past", Found: cells["in_force_on"], Expected: day(today)}
	}
	if err := s.config.Store.AdoptCatalogue(r.Context(), cells); err != nil {
		return "", err
	}
	return b.done("/catalogue/versions", "catalogue_adopted"), s.bringIn(r.Context())
}

// changesData shows what changed between two versions.
type changesData struct {
	*basis
	Tabs    []tab
	Sides   []field
	Answer  []string
	List    table
	Earlier string // version that the other is held against; empty: it is the first
	Later   string
}

// sides are the two versions that the address names: by default the one that is shown and the one before it.
func (b *base) sides(ctx context.Context, v *store.View) (from, to store.CatalogVersion, all []store.CatalogVersion, err error) {
	to, all, err = b.versionOf(ctx, v)
	if err != nil || len(all) == 0 {
		return from, to, all, err
	}
	at := slices.IndexFunc(all, func(c store.CatalogVersion) bool { return c.ID == to.ID })
	if at+1 < len(all) {
		from = all[at+1]
	}
	if named := b.query.Get("from"); named != "" {
		at := slices.IndexFunc(all, func(c store.CatalogVersion) bool { return c.ID == named })
		if at < 0 {
			return from, to, all, store.ErrNotInRun
		}
		from = all[at]
	}
	return from, to, all, nil
}

// change is what changed of one code, with the words for it.
type change struct {
	catalogue.Change
	Name string
}

func (b *base) changes(ctx context.Context, v *store.View, from, to string) ([]change, error) {
	var sides [2][]catalogue.Entry
	names := map[string]string{}
	for i, version := range []string{from, to} {
		entries, err := v.CatalogEntries(ctx, version)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			names[e.ItemCode] = e.Name
			sides[i] = append(sides[i], catalogue.Entry{Code: e.ItemCode, Content: e.Content, Reason: e.Reason, Authority: e.Authority, Listing: catalogue.Listing(e.Listing)})
		}
	}
	var all []change
	for _, c := range catalogue.Changes(sides[0], sides[1]) {
		all = append(all, change{c, names[c.Code]})
	}
	return all, nil
}

func (s *Server) catalogueChanges(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("catalogue", b.T("catalogue.changes.title"))
	p := &changesData{basis: b.basis, Tabs: b.catalogueTabs("/catalogue/changes")}
	from, to, versions, err := b.sides(ctx, v)
	if err != nil || len(versions) == 0 {
		return p, err
	}
	p.Earlier, p.Later = from.ID, to.ID
	var choices []store.Choice
	for i := range versions {
		choices = append(choices, store.Choice{ID: versions[i].ID, Name: versions[i].ID})
	}
	p.Sides = []field{{Name: "from", Label: b.T("catalogue.side.from"), Value: from.ID, Choices: choices}, {Name: "version", Label: b.T("catalogue.side.to"), Value: to.ID, Choices: choices}}
	all, err := b.changes(ctx, v, from.ID, to.ID)
	if err != nil {
		return nil, err
	}
	p.say(all)
	p.List = table{Caption: b.Title, Empty: b.T("catalogue.changes.none"), Head: b.columns("catalogue.col.change", "col.item", "catalogue.col.was", "catalogue.col.is", "catalogue.col.because")}
	for _, c := range all {
		p.List.Rows = append(p.List.Rows, []cell{text(b.T("catalogue.change." + string(c.Kind))), {Text: c.Name, Sub: c.Code, URL: b.itemPage(c.Code)}, b.listing(string(c.Was.Listing)), b.listing(string(c.Is.Listing)),
			{Text: orNone(orText(c.Is.Reason, c.Is.Content)), Sub: c.Is.Authority}})
	}
	return p, nil
}

// say counts the changes by kind.
func (p *changesData) say(all []change) {
	if p.Earlier == "" {
		p.Answer = []string{p.T("catalogue.changes.first", "To", p.Later)}
		return
	}
	var parts []string
	for _, kind := range catalogue.ChangeKinds {
		n := 0
		for _, c := range all {
			if c.Kind == kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, p.T("catalogue.count", "What", p.T("catalogue.change."+string(kind)), "N", n))
		}
	}
	said := p.T("catalogue.changes.none")
	if len(parts) > 0 {
		said = p.T("catalogue.changes.answer", "From", p.Earlier, "To", p.Later, "List", strings.Join(parts, p.T("list.comma")))
	}
	p.Answer = []string{said}
}

func (s *Server) exportChanges(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	from, to, _, err := b.sides(ctx, v)
	if err != nil {
		return nil, err
	}
	all, err := b.changes(ctx, v, from.ID, to.ID)
	about := append(b.about(b.T("catalogue.changes.title"), filters{}), [2]string{b.T("catalogue.side.from"), from.ID}, [2]string{b.T("catalogue.side.to"), to.ID})
	out := &sheet{Name: b.T("catalogue.tab.changes"), About: about, Head: b.titles("catalogue.col.change", "col.item_code", "col.item", "catalogue.col.was", "catalogue.col.is", "catalogue.col.reason", "catalogue.col.authority")}
	for _, c := range all {
		out.Rows = append(out.Rows, []any{b.T("catalogue.change." + string(c.Kind)), c.Code, c.Name, b.listing(string(c.Was.Listing)).Text, b.listing(string(c.Is.Listing)).Text, c.Is.Reason, c.Is.Authority})
	}
	return out, err
}
