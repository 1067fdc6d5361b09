package reduce

import (
	"context"
	"time"

	"pingxin/credit"
	"pingxin/pipelines/store"
)

// Supplier is what the register, the inspections and the assessors say of one supplier.
type Supplier struct {
	ID           string
	Type         string
	RegisteredOn time.Time
	Events       []credit.Event
	FirstBatches []int // of Events, likewise: the batch that first described each
	Inspections  []credit.Inspection
	Items        []credit.Item
}

// Suppliers reads every supplier with its events and inspections, whatever their day (the rules leave out what lies
// after the as-of day), and its assessment items up to that day; in the order of ids. Known does not matter to it.
func Suppliers(ctx context.Context, r *store.Reader, s Snapshot) ([]Supplier, error) {
	var all []Supplier
	within := scope{Watermark: s.Watermark}
	err := scan(ctx, r, "suppliers", within, nil, func(b columns, i int) {
		all = append(all, Supplier{ID: b.text(0, i), Type: b.text(1, i), RegisteredOn: b.day(2, i)})
	})
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*Supplier, len(all))
	for i := range all {
		byID[all[i].ID] = &all[i]
	}
	of := func(id string) *Supplier { // a fact may name an organisation that is no longer a supplier
		if s := byID[id]; s != nil {
			return s
		}
		return &Supplier{}
	}
	err = scan(ctx, r, "credit_events", within, nil, func(b columns, i int) {
		s := of(b.text(0, i))
		s.Events = append(s.Events, credit.Event{ID: b.text(1, i), Kind: b.text(2, i), Severity: b.text(3, i), OccurredOn: b.day(4, i),
			Authority: b.text(5, i), DocumentNo: b.text(6, i), EndsOn: b.day(7, i), RepairedOn: b.day(8, i), Contract: b.text(9, i)})
		s.FirstBatches = append(s.FirstBatches, int(b.int32(10, i)))
	})
	if err != nil {
		return nil, err
	}
	err = scan(ctx, r, "inspections", within, nil, func(b columns, i int) {
		s := of(b.text(0, i))
		s.Inspections = append(s.Inspections, credit.Inspection{Year: int(b.int32(1, i)), Result: b.text(2, i)})
	})
	if err != nil {
		return nil, err
	}
	return all, scan(ctx, r, "assessment_items", within, []any{s.AsOf}, func(b columns, i int) {
		s := of(b.text(0, i))
		s.Items = append(s.Items, credit.Item{Section: b.text(1, i), Item: b.text(2, i), Points: b.float(3, i), MaxPoints: b.float(4, i), On: b.day(5, i)})
	})
}
