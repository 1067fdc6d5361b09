package dashboards

import (
	"context"
	"net/http"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// publicPage is what every page below /public has: the release that it speaks of, and the pages beside it.
type publicPage struct {
	*base
	Release *store.Release // nil: nothing was released yet
	Tabs    []tab
}

// publicTabs are the pages below /public that the public's shell leads to, in order: the last part of their path, which is
// also their name in the texts ("public.tab."+key). One with an empty key is /public itself.
var publicTabs = []string{"", "credit", "check"}

// public registers a page below /public, which everybody may open. read sees the last release, nil before the first, and
// answers with what the template shows; it has to embed the page that it is handed.
func (s *Server) public(path, name string, read func(context.Context, *store.Reader, *publicPage) (any, error)) {
	s.handle("GET /public"+path, access.ReadPublic, func(w http.ResponseWriter, r *http.Request) {
		p := &publicPage{base: s.newBase(r)}
		var data any
		err := s.config.Store.Read(r.Context(), func(ctx context.Context, r *store.Reader) error {
			last, released, err := store.LastRelease(ctx, r)
			if err != nil {
				return err
			}
			if released {
				p.Release = &last
			}
			p.tabs()
			data, err = read(ctx, r, p)
			return err
		})
		s.answer(w, r, name, data, err)
	})
}

// tabs are the links of the shell.
func (p *publicPage) tabs() {
	for _, key := range publicTabs {
		path := "/public"
		if key != "" {
			path += "/" + key
		}
		p.Tabs = append(p.Tabs, tab{Label: p.T("public.tab." + key), URL: p.To(path), Current: p.path == path})
	}
}
