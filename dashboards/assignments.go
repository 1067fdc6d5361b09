package dashboards

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// assignmentFile is how large a list of contract numbers may be: the numbers of some ten thousand contracts.
const assignmentFile = 1 << 20

// registerAssignments lists the routes by which contracts are given to evaluators and these declare.
func (s *Server) registerAssignments() {
	s.still("/assignments", access.Assign, s.assignmentsPage)
	s.bulky("POST /assignments", access.Assign, assignmentFile, s.posted(s.assign, s.assignmentsPage))
	s.form("/assignments/end", access.Assign, s.unassign, s.assignmentsPage)
	s.bulky("POST /assignments/close", access.Assign, assignmentFile, s.posted(s.closeEvaluations, s.assignmentsPage))
	s.still("/declarations", access.Declare, s.declarationsPage)
	s.form("/declarations", access.Declare, s.declare, s.declarationsPage)
}

// assignmentsData is the page on which contracts are given to evaluators: those that are given, and those that can be.
type assignmentsData struct {
	*basis
	Answer     string
	Filters    filters
	Contracts  []store.ContractRow
	Pages      pages
	Evaluators []store.Choice
	States     []tab
	Given      []store.Assignment
	Shown      string // how many of the given ones
}

// assignmentStates are the tabs over the given contracts.
var assignmentStates = []string{"", store.AwaitsDeclaration, store.AwaitsScores, store.HasScores, store.InConflict}

func (s *Server) assignmentsPage(r *http.Request, b *base) (string, any, error) {
	b.name("assignments", b.T("asks.assignments"))
	p := &assignmentsData{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return "", nil, err
	}
	filter, err := b.contractFilter()
	if err != nil {
		return "", nil, err
	}
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	state := b.query.Get("state")
	err = s.config.Store.Recall(r.Context(), func(ctx context.Context, r *store.Reader) error {
		choices, evaluators, err := store.AssignChoices(ctx, r)
		if err != nil {
			return err
		}
		p.Evaluators = evaluators
		n, err := store.CountAssignments(ctx, r, dayOf(s.config.Access.Now()))
		if err != nil {
			return err
		}
		p.Answer = b.T("access.assign.answer", "N", n.Free, "Free", b.CountInt(n.Free), "Undeclared", b.CountInt(n.Undeclared), "Overdue", b.CountInt(n.Overdue), "Conflicts", b.CountInt(n.Conflicts))
		p.Filters = b.newFilters(field{Name: "q"}, field{Name: "year", Choices: choices.Years}, field{Name: "purchaser", Choices: choices.Purchasers},
			field{Name: "item", Choices: choices.Items}, field{Name: "free", Choices: []store.Choice{{ID: "yes", Name: b.T("filter.free.yes")}}})
		total := 0
		if p.Contracts, total, err = store.Assignable(ctx, r, filter); err != nil {
			return err
		}
		p.Pages = b.paging(page, total)
		p.Given, total, err = store.Assignments(ctx, r, store.AssignmentFilter{State: state, Limit: pageSize})
		p.Shown = b.T("access.given.shown", "Shown", b.CountInt(len(p.Given)), "Total", b.CountInt(total))
		return err
	})
	for _, one := range assignmentStates {
		p.States = append(p.States, tab{Label: b.T("access.state_of." + orText(one, "all")), URL: b.Here("state", one), Current: one == state})
	}
	return "assignments.html", p, err
}

// Declared is what an evaluator declared, in a word.
func (b *basis) Declared(a store.Assignment) string {
	if !a.EndedAt.IsZero() && a.Declared != store.Conflict {
		return b.T("access.declared.ended")
	}
	return b.T("access.declared." + orText(a.Declared, "open"))
}

func (b *base) contractFilter() (store.ContractFilter, error) {
	year, err := wholeOf(b.query, "year")
	return store.ContractFilter{Search: b.query.Get("q"), Purchaser: b.query.Get("purchaser"), Item: b.query.Get("item"), Year: year,
		Free: b.query.Get("free") != ""}, err
}

// numbersOf are the contracts that a form names: ticked, all that the filter finds, or listed in a text or a file.
func (s *Server) numbersOf(r *http.Request, b *base) ([]string, error) {
	switch r.PostFormValue("which") {
	case "listed":
		text, err := fileOf(r, "file")
		return strings.FieldsFunc(r.PostFormValue("numbers")+"\n"+text, func(c rune) bool { return strings.ContainsRune("\r\n\t,;，；\ufeff", c) }), err
	case "filtered":
		return s.filtered(r, b)
	}
	return r.PostForm["contract"], nil
}

// fileOf is the text of a file that came with a form; empty without one.
func fileOf(r *http.Request, name string) (string, error) {
	if r.MultipartForm == nil || len(r.MultipartForm.File[name]) == 0 {
		return "", nil
	}
	file, err := r.MultipartForm.File[name][0].Open()
	if err != nil {
		return "", fmt.Errorf("read the file of a form: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	return string(text), err
}

// filtered are the numbers of all contracts that the page's filter finds.
func (s *Server) filtered(r *http.Request, b *base) (numbers []string, err error) {
	filter, err := b.contractFilter()
	if err != nil {
		return nil, err
	}
	filter.Limit = allRows
	err = s.config.Store.Read(r.Context(), func(ctx context.Context, r *store.Reader) error {
		contracts, _, err := store.Assignable(ctx, r, filter)
		for _, c := range contracts {
			numbers = append(numbers, c.ContractNo)
		}
		return err
	})
	return numbers, err
}

func (s *Server) assign(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	numbers, err := s.numbersOf(r, b)
	if err != nil {
		return "", err
	}
	var due time.Time
	if text := r.PostFormValue("due"); text != "" {
		if due, err = time.Parse(time.DateOnly, text); err != nil {
			return "", &badFilter{Name: "due", Found: text, Expected: "day"}
		}
	}
	added, err := s.config.Access.Assign(r.Context(), b.Who, r.PostFormValue("evaluator"), numbers, due)
	if err != nil {
		return "", err
	}
	return b.done("/assignments", "assigned", added), nil
}

// closeEvaluations closes the evaluation of the contracts that the form names, or opens it again.
func (s *Server) closeEvaluations(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	numbers, err := s.numbersOf(r, b)
	if err != nil {
		return "", err
	}
	closed := r.PostFormValue("evaluation") == "closed"
	n, err := s.config.Access.Close(r.Context(), b.Who, numbers, closed, r.PostFormValue("reason"))
	if closed {
		return b.done("/assignments", "closed", n), err
	}
	return b.done("/assignments", "reopened", n), err
}

func (s *Server) unassign(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	n, err := s.config.Access.Unassign(r.Context(), r.PostFormValue("evaluator"), r.PostForm["contract"])
	return b.done("/assignments", "unassigned", n), err
}

// declarationsData is an evaluator's page: what it was given, and what it declares.
type declarationsData struct {
	*basis
	Waiting, Decided []store.Assignment
}

func (s *Server) declarationsPage(r *http.Request, b *base) (string, any, error) {
	b.name("declarations", b.T("asks.declarations"))
	p := &declarationsData{basis: b.basis}
	err := s.config.Store.Read(r.Context(), func(ctx context.Context, r *store.Reader) error {
		all, _, err := store.Assignments(ctx, r, store.AssignmentFilter{Evaluator: b.Who.Org, Limit: allRows})
		if err != nil {
			return err
		}
		conflicts, _, err := store.Assignments(ctx, r, store.AssignmentFilter{Evaluator: b.Who.Org, State: store.InConflict, Limit: pageSize})
		for _, a := range append(all, conflicts...) {
			if a.Declared == store.Undeclared {
				p.Waiting = append(p.Waiting, a)
			} else {
				p.Decided = append(p.Decided, a)
			}
		}
		return err
	})
	return "declarations.html", p, err
}

func (s *Server) declare(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	conflict := r.PostFormValue("declared") == store.Conflict
	if !conflict && r.PostFormValue("declared") != store.NoConflict {
		return "", &badFilter{Name: "declared", Found: r.PostFormValue("declared"), Expected: "declaration"}
	}
	n, err := s.config.Access.Declare(r.Context(), b.Who, r.PostForm["contract"], conflict, r.PostFormValue("reason"))
	if err != nil {
		return "", err
	}
	return b.done("/declarations", "declared", n), nil
}
