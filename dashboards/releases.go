package dashboards

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// releasesPage lists the releases for those who answer for them, with the form that publishes the next.
type releasesPage struct {
	*publicPage
	Answer string
	Run    *store.Run // the published run; nil: none
	List   table
	Can    bool
}

func (s *Server) registerReleases() {
	s.still("/releases", access.ReadProgramme, s.releases)
	s.form("/releases", access.PublishRelease, s.publishRelease, s.releases)
}

func (s *Server) releases(r *http.Request, b *base) (string, any, error) {
	d := &releasesPage{Can: b.May(access.PublishRelease) && s.config.PublishRelease != nil}
	err := s.released(r.Context(), b, func(ctx context.Context, reader *store.Reader, p *publicPage) error {
		d.publicPage = p
		b.name("releases", b.T("nav.releases"))
		all, err := store.Releases(ctx, reader)
		if err != nil {
			return err
		}
		d.Answer = b.T("releases.none")
		v, err := store.NewView(ctx, reader, access.From(ctx).Scope())
		switch {
		case errors.Is(err, store.ErrUnpublished):
		case err != nil:
			return err
		default:
			d.Run, d.PublishedAt = &v.Run, v.PublishedAt
			if p.Release != nil {
				d.Answer = b.T("releases.answer", "Release", p.Release.Number, "Day", day(p.Release.AsOf), "Run", v.Run.ID, "RunDay", day(v.Run.AsOf))
			}
		}
		if b.query.Get("published") != "" && p.Release != nil {
			b.Done = b.T("releases.done", "Release", p.Release.Number)
		}
		d.List = p.releaseTable(all)
		return nil
	})
	return "releases.html", d, err
}

func (p *publicPage) releaseTable(all []store.Release) table {
	t := *p.chainTable(all)
	t.Empty = p.T("releases.none")
	t.Head = append(t.Head, p.base.columns("releases.by", "#col.contracts", "#public.col.withheld")...)
	for i, l := range all {
		t.Rows[i] = append(t.Rows[i], text(orNone(l.By)), text(p.CountInt(l.Evaluations)), text(p.CountInt(l.Withheld)))
	}
	return t
}

// publishRelease publishes the results of the published run for the reason that the form gives.
func (s *Server) publishRelease(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if n := utf8.RuneCountInString(reason); n == 0 || n > longestReason {
		return "", &access.Refusal{Code: "release_reason"}
	}
	if s.config.PublishRelease == nil {
		return "", errNoPage
	}
	if err := s.config.PublishRelease(context.WithoutCancel(r.Context()), reason); err != nil {
		return "", err
	}
	return b.To("/releases", "published", "yes"), nil
}
