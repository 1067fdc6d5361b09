package reduce

import (
	"context"
	"time"

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

// Published reads the evaluations of a published run, in the order of contract numbers; none for the zero run.
func Published(ctx context.Context, r *store.Reader, run store.Run) ([]Standing, error) {
	all := make([]Standing, 0, run.Contracts)
	err := scan(ctx, r, "standing", scope{}, []any{int32(run.ID)}, func(b columns, i int) {
		all = append(all, Standing{Key: b.int32(0, i), Contract: b.text(1, i), Purchaser: b.text(2, i), Supplier: b.text(3, i), Item: b.text(4, i),
			Year: int(b.int32(5, i)), AmountFen: b.int64(6, i), Status: scoring.Status(b.text(7, i)), Value: b.float(8, i), Low: b.float(9, i),
			High: b.float(10, i), Grade: b.text(11, i), MissingParty: b.bool(12, i), LastOn: b.day(13, i), Cases: b.int64(14, i), Hash: b.text(15, i), EndOn: b.day(16, i)})
	})
	return all, err
}

// Held reads the hashes of the ratings, grades, candidates and proposals that hold for a published run, by table.
func Held(ctx context.Context, r *store.Reader, run int) (map[string]map[string]bool, error) {
	held := map[string]map[string]bool{}
	err := scan(ctx, r, "held", scope{}, []any{int32(run)}, func(b columns, i int) {
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

// PublishedRatings reads the ratings of a published run by supplier.
func PublishedRatings(ctx context.Context, r *store.Reader, run int) (map[string]PublishedRating, error) {
	ratings := map[string]PublishedRating{}
	err := scan(ctx, r, "published_ratings", scope{}, []any{int32(run)}, func(b columns, i int) {
		ratings[b.text(0, i)] = PublishedRating{Score: b.float(1, i), Level: b.text(2, i)}
	})
	return ratings, err
}

// NewConduct reads which suppliers have a credit event accepted after the watermark.
func NewConduct(ctx context.Context, r *store.Reader, watermark int) (map[string]bool, error) {
	suppliers := map[string]bool{}
	err := scan(ctx, r, "new_conduct", scope{}, []any{int32(watermark)}, func(b columns, i int) { suppliers[b.text(0, i)] = true })
	return suppliers, err
}
