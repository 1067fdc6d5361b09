package dashboards

import (
	"context"
	"net/http"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// publicPage is what every page below /public has: the release that it speaks of, and the pages beside it.
type publicPage struct {
	*basis
	Release *store.Release // nil: nothing was released yet
	Tabs    []tab
}

// publicTabs are the pages below /public that the public's shell leads to, in order: the last part of their path, with
// its text. One with an empty part is /public itself.
var publicTabs = []struct{ path, key string }{{"", "public.page.index"}, {"results", "public.page.results"}, {"plans", "public.page.plans"}, {"catalogue", "public.page.catalogue"},
	{"credit", "creditfile.lookup"}, {"check", "creditfile.check"}, {"changes", "public.page.changes"}, {"questions", "question.tab"}, {"data", "public.page.data"}}

// registerPublic lists the pages for everybody.
func (s *Server) registerPublic() {
	s.public("", "public.html", s.publicIndex)
	s.public("/results", "publicresults.html", s.publicResults)
	s.public("/plans", "publiclist.html", s.publicPlans)
	s.public("/catalogue", "publiclist.html", s.publicCatalogue)
	s.public("/changes", "publiclist.html", s.publicChanges)
	s.public("/data", "publicdata.html", s.publicData)
	s.files("public/results", access.ReadPublic, s.exportPublic)
	s.bulky("GET /public/files/{file...}", access.ReadPublic, smallBody, s.publicFile)
	s.registerReleases()
}

// MinRecipients is the smallest number of recipients of whom anything is published together.
func (p *publicPage) MinRecipients() int { return store.MinRecipients }

// public registers a page below /public, which everybody may open. read sees the last release, nil before the first, and
// answers with what the template shows, which embeds the page that it is handed.
func (s *Server) public(path, name string, read func(context.Context, *store.Reader, *publicPage) (any, error)) {
	s.handle("GET /public"+path, access.ReadPublic, func(w http.ResponseWriter, r *http.Request) {
		var data any
		err := s.released(r.Context(), s.newBase(r), func(ctx context.Context, reader *store.Reader, p *publicPage) (err error) {
			data, err = read(ctx, reader, p)
			return err
		})
		s.answer(w, r, name, data, err)
	})
}

// released reads on one snapshot with the last release.
func (s *Server) released(ctx context.Context, b *base, read func(context.Context, *store.Reader, *publicPage) error) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	b.name("public", b.T("nav.public"))
	p := &publicPage{basis: b.basis}
	p.tabs()
	return s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		last, ok, err := store.LastRelease(ctx, r)
		if err != nil {
			return err
		}
		if ok {
			run, err := store.RunByID(ctx, r, last.Run)
			if err != nil {
				return err
			}
			p.Release, p.Run, p.PublishedAt, p.labels = &last, &run, last.At, s.labelsOf(&run)
		}
		return read(ctx, r, p)
	})
}

// tabs are the links of the shell.
func (p *publicPage) tabs() {
	for _, t := range publicTabs {
		path := "/public"
		if t.path != "" {
			path += "/" + t.path
		}
		p.Tabs = append(p.Tabs, tab{Label: p.T(t.key), URL: p.To(path), Current: p.path == path})
	}
}
