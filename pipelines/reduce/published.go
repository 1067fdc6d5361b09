package reduce

import (
	"context"
	"time"

	"pingxin/budget"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// Standing is what ratings, candidates and budgets use of one contract's evaluation.
type Standing struct {
	Key          int32
	Contract     string
	Purchaser    string
	Supplier     string
	Item         string
	Year         int
	AmountFen    int64
	Status       scoring.Status
	Value        float64 // NaN when the contract has no value; Low and High likewise
	Low, High    float64
	Grade        string
	MissingParty bool
	EndOn        time.Time // of the service
	LastOn       time.Time
	Cases        int64
	Hash         string
}

// Published reads the evaluations of a published run of the contracts that suppliers among those asked for hold, in the
// order of contract numbers; none for the zero run.
func Published(ctx context.Context, r *store.Reader, run store.Run, among Among) ([]Standing, error) {
	var all []Standing
	if among == nil {
		all = make([]Standing, 0, run.Contracts)
	}
	err := scan(ctx, r, "standing", among.scope(0), among.args(int32(run.ID)), func(b columns, i int) {
		all = append(all, Standing{Key: b.int32(0, i), Contract: b.text(1, i), Purchaser: b.text(2, i), Supplier: b.text(3, i), Item: b.text(4, i),
			Year: int(b.int32(5, i)), AmountFen: b.int64(6, i), Status: scoring.Status(b.text(7, i)), Value: b.float(8, i), Low: b.float(9, i),
			High: b.float(10, i), Grade: b.text(11, i), MissingParty: b.bool(12, i), LastOn: b.day(13, i), Cases: b.int64(14, i), Hash: b.text(15, i), EndOn: b.day(16, i)})
	})
	return all, err
}

// Held reads the hashes of the ratings, grades, candidates and proposals that hold for a published run and concern suppliers
// among those asked for, and of the settlement advice on the contracts asked for, by table.
func Held(ctx context.Context, r *store.Reader, run int, among Among, which Contracts) (map[string]map[string]bool, error) {
	held := map[string]map[string]bool{}
	within := among.scope(0)
	within.Contracts = which.condition()
	err := scan(ctx, r, "held", within, among.args(int32(run)), func(b columns, i int) {
		table := held[b.view(0, i)]
		if table == nil {
			table = map[string]bool{}
			held[b.text(0, i)] = table
		}
		table[b.text(1, i)] = true
	})
	return held, err
}

// Corrected lists, in order, the contracts of which a batch after the watermark replaced something said before.
func Corrected(ctx context.Context, r *store.Reader, watermark int) ([]int32, error) {
	return keyList(ctx, r, "corrected", scope{}, []any{int32(watermark)})
}

// Indicators reads the names behind the indicator keys of the score table.
func Indicators(ctx context.Context, r *store.Reader) (map[int16]string, error) {
	names := map[int16]string{}
	err := scan(ctx, r, "indicators", scope{}, nil, func(b columns, i int) { names[b.int16(0, i)] = b.text(1, i) })
	return names, err
}

// PublishedRating is what a published run said of a supplier; Level is the status of an unrated one, Score then NaN.
type PublishedRating struct {
	Score float64
	Level string
}

// PublishedRatings reads the ratings of a published run by supplier, of those asked for.
func PublishedRatings(ctx context.Context, r *store.Reader, run int, among Among) (map[string]PublishedRating, error) {
	ratings := map[string]PublishedRating{}
	err := scan(ctx, r, "published_ratings", among.scope(0), among.args(int32(run)), func(b columns, i int) {
		ratings[b.text(0, i)] = PublishedRating{Score: b.float(1, i), Level: b.text(2, i)}
	})
	return ratings, err
}

// NewConduct reads which suppliers have a credit event or a listing accepted after the watermark.
func NewConduct(ctx context.Context, r *store.Reader, watermark int) (map[string]bool, error) {
	suppliers := map[string]bool{}
	err := scan(ctx, r, "new_conduct", scope{}, []any{int32(watermark)}, func(b columns, i int) { suppliers[b.text(0, i)] = true })
	return suppliers, err
}

// Concerned lists, in order, the suppliers on whom a night may conclude otherwise than the published run that it starts from:
// those with a touched contract, with facts accepted or come of age since, and those whose rating was good until a day that
// has come.
func Concerned(ctx context.Context, r *store.Reader, since Since, now Snapshot, touched []int32) (Among, error) {
	ids := Among{}
	within := now.scope(Contracts{Keys: touched})
	if len(touched) == 0 {
		within.Contracts = "false"
	}
	args := []any{int32(since.Run), int32(since.Watermark), since.AsOf, now.AsOf}
	err := scan(ctx, r, "concerned", within, args, func(b columns, i int) { ids = append(ids, b.text(0, i)) })
	return ids, err
}

// LatestYear is the latest budget year that is the base of proposals on the day of a night; turned says that it is not that of the published
// run, or that a batch since moved a contract from one year to another.
func LatestYear(ctx context.Context, r *store.Reader, since Since, now Snapshot) (year int, turned bool, err error) {
	args := []any{int32(since.Run), int32(since.Watermark), int32(budget.BaseYear(since.AsOf)), int32(budget.BaseYear(now.AsOf))}
	err = scan(ctx, r, "latest_year", scope{Watermark: now.Watermark}, args, func(b columns, i int) {
		year, turned = int(b.int32(1, i)), b.int32(0, i) != b.int32(1, i) || b.bool(2, i)
	})
	return year, turned, err
}

// Totals sum up the results that hold for a run.
type Totals struct {
	Evaluations        int
	Grades             map[string]int // contracts by grade; those without one by status
	Ratings            int
	Levels             map[string]int // suppliers by credit level; those without one by status
	Candidates         int
	Clues              int
	Proposals          int
	BaseFen, ChangeFen int64 // of all proposals
}

// TotalsOf sums up what the database holds for a run.
func TotalsOf(ctx context.Context, r *store.Reader, run int) (Totals, error) {
	t := Totals{Grades: map[string]int{}, Levels: map[string]int{}}
	err := scan(ctx, r, "totals", scope{}, []any{int32(run)}, func(b columns, i int) {
		grade, n := b.text(1, i), int(b.int64(2, i))
		switch b.view(0, i) {
		case "evaluation":
			t.Evaluations += n
			t.Grades[grade] += n
		case "rating":
			t.Ratings += n
			t.Levels[grade] += n
		case "blacklist_candidate":
			t.Candidates = n
		case "clue":
			t.Clues = n
		case "budget_proposal":
			t.Proposals, t.BaseFen, t.ChangeFen = n, b.int64(3, i), b.int64(4, i)
		}
	})
	return t, err
}
