package api

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pingxin/pipelines/store"
)

// Paging says which part of a list is wanted. The pages of one list belong to one run: the links name it, and another
// run published in between is told instead of rows twice or not at all.
type Paging struct {
	Page    int `query:"page" minimum:"1" maximum:"1000000" default:"1" doc:"Page of the list, from 1"`
	PerPage int `query:"per_page" minimum:"1" maximum:"500" default:"100" doc:"Rows of a page"`
	Run     int `query:"run" minimum:"1" maximum:"2147483647" doc:"Published run of the first page, as the links say it; a problem of type run-changed when it is another by now"`
}

func (p Paging) offset() int { return (p.Page - 1) * p.PerPage }

// of refuses to go on in another run.
func (p Paging) of(v *store.View) error {
	if p.Run != 0 && p.Run != v.Run.ID {
		return problem(runChanged, fmt.Sprintf("the first page was of run %d, run %d is published now", p.Run, v.Run.ID))
	}
	return nil
}

// Page is one page of a list.
type Page[T any] struct {
	Run     int `doc:"Published run"`
	Total   int `doc:"Rows on all pages"`
	Page    int
	PerPage int
	Items   []T
}

// pageAnswer is a page with the addresses of the others.
type pageAnswer[T any] struct {
	ETag string `header:"ETag" doc:"Changes with the answer; send it back as If-None-Match"`
	Link string `header:"Link" doc:"Addresses of the first, previous, next and last page"`
	Body body[Page[T]]
}

// pages registers an operation that answers one page of a list; f returns its rows and how many there are on all pages.
func pages[I, T any](a *API, op huma.Operation, at func(*I) Paging, f func(context.Context, *store.View, *I) ([]T, int, error)) {
	handle(a, op, func(ctx context.Context, in *I) (out *pageAnswer[T], err error) {
		p := at(in)
		err = a.view(ctx, func(ctx context.Context, v *store.View) error {
			if err := p.of(v); err != nil {
				return err
			}
			rows, total, err := f(ctx, v, in)
			if err != nil {
				return err
			}
			page, err := write(ctx, v.Run.ID, Page[T]{Run: v.Run.ID, Total: total, Page: p.Page, PerPage: p.PerPage, Items: rows})
			if err == nil {
				out = &pageAnswer[T]{ETag: page.ETag, Link: p.links(requestOf(ctx).url, v.Run.ID, total), Body: page.Body}
			}
			return err
		})
		return out, err
	})
}

// links leads to the other pages, as RFC 8288 writes it.
func (p Paging) links(at url.URL, run, total int) string {
	last := max(1, (total+p.PerPage-1)/p.PerPage)
	query := at.Query()
	query.Set("run", strconv.Itoa(run))
	var links []string
	add := func(rel string, page int) {
		query.Set("page", strconv.Itoa(page))
		links = append(links, fmt.Sprintf(`<%s?%s>; rel="%s"`, at.EscapedPath(), query.Encode(), rel))
	}
	add("first", 1)
	if p.Page > 1 {
		add("prev", min(p.Page-1, last))
	}
	if p.Page < last {
		add("next", p.Page+1)
	}
	add("last", last)
	return strings.Join(links, ", ")
}
