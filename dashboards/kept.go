package dashboards

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// content is what stands on a page between its head and its foot, with its title and its place in the navigation.
type content struct {
	title, nav string
	html       template.HTML
}

// Bytes is how much memory it takes.
func (c content) Bytes() int { return len(c.html) }

// keptPage is a page around content that may have been made before.
type keptPage struct {
	*basis
	Content template.HTML
}

// kept registers a page whose content takes long to make, such as a picture of the district: it is made once for all who ask the
// same in the same role and see the same contracts, and kept until a table is written that it was read from, or another run is
// published. Nothing in it may follow from anything but the address, the role, the store and the day: what greets somebody by
// name, or lists their views, stands around it.
func (s *Server) kept(pattern string, action access.Action, name string, read func(context.Context, *store.View, *base) (any, error)) {
	s.handle(pattern, action, func(w http.ResponseWriter, r *http.Request) {
		s.answerKept(w, r, access.From(r.Context()).Scope(), name, read)
	})
}

// answerKept answers with a page within a scope, with its content from memory where it is there.
func (s *Server) answerKept(w http.ResponseWriter, r *http.Request, scope store.Scope, name string, read func(context.Context, *store.View, *base) (any, error)) {
	if r.URL.Query().Has(drawingKey) { // a chart is cut out of the page's data
		s.answerWithin(w, r, scope, name, read)
		return
	}
	var made content
	b, err := s.recall(r, scope, func(ctx context.Context, v *store.View, b *base) (err error) {
		made, err = store.Remember(ctx, v, "content of "+name, askedBy(b, name), func() (content, error) { return s.make(ctx, v, b, name, read) })
		return err
	})
	b.name(made.nav, made.title)
	s.answer(w, r, "kept.html", keptPage{basis: b.basis, Content: made.html}, err)
}

// showsLoop are the kept pages in which the state of the nightly loop stands. The others hold while it changes: else everybody
// would wait for every page at the moment when a run begins to compute.
var showsLoop = map[string]bool{"overview.html": true}

// askedBy is what content depends on beside the store, the scope and the day.
func askedBy(b *base, name string) []any {
	status := ""
	if b.Status != nil && showsLoop[name] {
		status = fmt.Sprint(*b.Status)
	}
	return []any{string(b.Who.Role), b.path, b.query.Encode(), b.opensWithView(), status}
}

// make reads what a page shows and writes its content.
func (s *Server) make(ctx context.Context, v *store.View, b *base, name string, read func(context.Context, *store.View, *base) (any, error)) (content, error) {
	data, err := read(ctx, v, b)
	if err != nil {
		return content{}, err
	}
	var written bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&written, "content", data); err != nil {
		return content{}, fmt.Errorf("page %s: %w", name, err)
	}
	return content{title: b.Title, nav: b.Nav, html: template.HTML(written.String())}, nil // which the template has escaped
}
