package api

import (
	"context"
	"net/http"

	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
)

type runsIn struct{ Paging }

type runIn struct {
	Run int `path:"run" minimum:"1" maximum:"2147483647" doc:"Number of the run"`
}

type evaluationsIn struct {
	Paging
	Q         string `query:"q" maxLength:"200" doc:"Part of the contract's number or name, or of a party's name"`
	Year      int    `query:"year" minimum:"1" maximum:"9999" doc:"Budget year"`
	Purchaser string `query:"purchaser" maxLength:"200"`
	Supplier  string `query:"supplier" maxLength:"200"`
	Type      string `query:"type" maxLength:"200" doc:"Type of the supplier"`
	Item      string `query:"item" maxLength:"200" doc:"Code of the catalogue item"`
	Grade     string `query:"grade" maxLength:"200" doc:"Grade, or status of contracts without one"`
	Status    string `query:"status" enum:"rated,provisional,held,no_evidence"`
	Missing   string `query:"missing" enum:"purchaser,recipient,third_party" doc:"A party that was to score and did not"`
	State     string `query:"state" enum:"draft,open,due,disputed,correcting,final,public" doc:"Where it stands on its way to the public"`
	Sort      string `query:"sort" enum:"contract,supplier,purchaser,item,year,amount,value,answers" default:"contract"`
	Order     string `query:"order" enum:"asc,desc" default:"asc"`
}

func (in *evaluationsIn) filter() store.EvaluationFilter {
	missing, _ := scoring.ParseParty(in.Missing) // one of those that the interface lets in, or none
	return store.EvaluationFilter{Search: in.Q, Year: in.Year, Purchaser: in.Purchaser, Supplier: in.Supplier, SupplierType: in.Type, Missing: missing, Item: in.Item, Grade: in.Grade, Status: in.Status, State: dueprocess.State(in.State),
		Sort: in.Sort, Descending: in.Order == "desc", Limit: in.PerPage, Offset: in.offset()}
}

type evaluationIn struct {
	Contract string `path:"contract" maxLength:"200" doc:"Number of the contract"`
	Scores   int    `query:"scores" minimum:"0" maximum:"10000" default:"20" doc:"How many of the scores behind it to list"`
}

type ratingsIn struct {
	Paging
	Q          string `query:"q" maxLength:"200" doc:"Part of the name, id or social credit code"`
	Level      string `query:"level" maxLength:"200" doc:"Level, or status of suppliers without one"`
	Type       string `query:"type" maxLength:"200"`
	Candidates bool   `query:"candidates" doc:"Only those with a ground for the blacklist; for who may read cases"`
	Sort       string `query:"sort" enum:"name,score,conduct,performance,contracts,amount" default:"score"`
	Order      string `query:"order" enum:"asc,desc" default:"desc"`
}

type supplierIn struct {
	Supplier string `path:"supplier" maxLength:"200" doc:"Id of the supplier"`
}

// Rating is one supplier; Grounds is null for whoever may not read cases.
type Rating struct {
	store.SupplierRow
	Grounds *int
}

// CreditFile is what explains one rating, as `pingxin explain supplier --json` prints it.
type CreditFile struct {
	Supplier Rating
	Movement *store.Movement
	Notes    store.RatingNotes
	Terms    []credit.Part
}

// registerResults lists the operations that read the published run.
func (a *API) registerResults() {
	pages(a, a.operation(access.ReadProgramme, "list-runs", http.MethodGet, "/runs", "Runs, the latest first"),
		func(in *runsIn) Paging { return in.Paging },
		func(ctx context.Context, v *store.View, in *runsIn) ([]store.RunRecord, int, error) {
			return v.Runs(ctx, in.PerPage, in.offset())
		})
	read(a, a.operation(access.ReadProgramme, "get-run", http.MethodGet, "/runs/{run}", "One run with its steps and notes"),
		func(ctx context.Context, v *store.View, in *runIn) (store.RunRecord, error) {
			return v.RunByID(ctx, in.Run)
		})
	pages(a, a.operation(access.ReadResults, "list-evaluations", http.MethodGet, "/evaluations", "Evaluations of the published run"),
		func(in *evaluationsIn) Paging { return in.Paging }, evaluations)
	read(a, a.operation(access.ReadResults, "explain-evaluation", http.MethodGet, "/evaluations/{contract}",
		"One evaluation with its slip: every term, and for who may read raters the scores behind it"), evaluation)
	pages(a, a.operation(access.ReadCredit, "list-ratings", http.MethodGet, "/ratings", "Credit ratings of the suppliers"),
		func(in *ratingsIn) Paging { return in.Paging }, ratings)
	read(a, a.operation(access.ReadCredit, "explain-rating", http.MethodGet, "/suppliers/{supplier}", "The credit file of one supplier: its rating with every term"), supplier)
}

func evaluations(ctx context.Context, v *store.View, in *evaluationsIn) ([]store.EvaluationRow, int, error) {
	totals, err := v.EvaluationTotals(ctx, in.filter())
	if err != nil {
		return nil, 0, err
	}
	rows, err := v.Evaluations(ctx, in.filter())
	return rows, totals.Contracts, err
}

// evaluation explains an evaluation. A score names who gave it, which not everybody may read who may read what came of it.
func evaluation(ctx context.Context, v *store.View, in *evaluationIn) (store.Slip, error) {
	if !may(ctx, access.ReadRaters) {
		in.Scores = 0
	}
	return v.Slip(ctx, in.Contract, in.Scores)
}

func ratings(ctx context.Context, v *store.View, in *ratingsIn) ([]Rating, int, error) {
	if in.Candidates && !may(ctx, access.ReadCases) {
		return nil, 0, refusal(access.From(ctx), access.ReadCases)
	}
	rows, total, err := v.Suppliers(ctx, store.SupplierFilter{Search: in.Q, Level: in.Level, Type: in.Type, Candidates: in.Candidates, Sort: in.Sort,
		Descending: in.Order == "desc", Limit: in.PerPage, Offset: in.offset()})
	all := make([]Rating, len(rows))
	for i := range rows {
		all[i] = ratingFor(ctx, rows[i])
	}
	return all, total, err
}

func ratingFor(ctx context.Context, row store.SupplierRow) Rating {
	r := Rating{SupplierRow: row}
	if may(ctx, access.ReadCases) {
		r.Grounds = &row.Grounds
	}
	return r
}

func supplier(ctx context.Context, v *store.View, in *supplierIn) (CreditFile, error) {
	file, err := v.CreditFile(ctx, in.Supplier)
	return CreditFile{Supplier: ratingFor(ctx, file.Supplier), Movement: file.Movement, Notes: file.Notes, Terms: file.Terms}, err
}
