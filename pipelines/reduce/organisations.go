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
	Listings     []credit.Listing
	FirstListed  []int // of Listings, likewise
	Inspections  []credit.Inspection
	Items        []credit.Item
}

// AssessmentEvidence is what its grade assessment rests on; inspected are the years of which the inspection of any supplier is known.
func (s *Supplier) AssessmentEvidence(inspected []int) credit.AssessmentEvidence {
	return credit.AssessmentEvidence{Supplier: s.ID, SupplierType: s.Type, RegisteredOn: s.RegisteredOn, Items: s.Items, Inspections: s.Inspections, Inspected: inspected, Events: s.Events}
}

// Suppliers reads the suppliers among those asked for, with their events, listings and inspections, whatever their day (the rules
// leave out what lies after the as-of day), and their assessment items up to that day; in the order of ids. Known does not
// matter to it.
func Suppliers(ctx context.Context, r *store.Reader, s Snapshot, among Among) ([]Supplier, error) {
	all, err := register(ctx, r, s, among)
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
	if err := addEvents(ctx, r, s, among, of); err != nil {
		return nil, err
	}
	if err := addListings(ctx, r, s, among, of); err != nil {
		return nil, err
	}
	if err := addInspections(ctx, r, s, among, of); err != nil {
		return nil, err
	}
	return all, addItems(ctx, r, s, among, of)
}

// register lists the organisations that are suppliers by their latest description.
func register(ctx context.Context, r *store.Reader, s Snapshot, among Among) ([]Supplier, error) {
	var all []Supplier
	id := func(b columns, i int) string { return b.text(0, i) }
	added := false // whether the version before was a supplier
	err := scanVersions(ctx, r, "suppliers", among.scope(s.Watermark), among.args(), id, func(b columns, i int, again bool) {
		if again && added {
			all = all[:len(all)-1]
		}
		if added = b.bool(4, i); added {
			all = append(all, Supplier{ID: b.text(0, i), Type: b.text(2, i), RegisteredOn: b.day(3, i)})
		}
	})
	return all, err
}

func addEvents(ctx context.Context, r *store.Reader, s Snapshot, among Among, of func(id string) *Supplier) error {
	type described struct {
		credit.Event
		supplier string
		first    int
	}
	var all []described
	id := func(b columns, i int) string { return b.text(0, i) }
	err := scanVersions(ctx, r, "credit_events", among.scope(s.Watermark), among.args(), id, func(b columns, i int, again bool) {
		e := described{supplier: b.text(2, i), first: int(b.int32(1, i)), Event: credit.Event{ID: b.text(0, i), Kind: b.text(3, i), Severity: b.text(4, i),
			OccurredOn: b.day(5, i), Authority: b.text(6, i), DocumentNo: b.text(7, i), EndsOn: b.day(8, i), RepairedOn: b.day(9, i), Contract: b.text(10, i)}}
		if again {
			e.first = all[len(all)-1].first
			all = all[:len(all)-1]
		}
		all = append(all, e)
	})
	for _, e := range all {
		s := of(e.supplier)
		s.Events, s.FirstBatches = append(s.Events, e.Event), append(s.FirstBatches, e.first)
	}
	return err
}

// addListings keeps of every listing how it stands by its latest description.
func addListings(ctx context.Context, r *store.Reader, s Snapshot, among Among, of func(id string) *Supplier) error {
	key := func(b columns, i int) [2]string { return [2]string{b.text(0, i), b.text(2, i)} }
	return scanVersions(ctx, r, "listings", among.scope(s.Watermark), among.args(), key, func(b columns, i int, again bool) {
		s := of(b.text(2, i))
		if again {
			s.Listings = s.Listings[:len(s.Listings)-1]
		} else {
			s.FirstListed = append(s.FirstListed, int(b.int32(1, i)))
		}
		s.Listings = append(s.Listings, credit.Listing{Case: b.text(0, i), From: b.day(3, i), Until: b.day(4, i), EndedOn: b.day(5, i)})
	})
}

func addInspections(ctx context.Context, r *store.Reader, s Snapshot, among Among, of func(id string) *Supplier) error {
	type year struct {
		supplier string
		year     int32
	}
	key := func(b columns, i int) year { return year{b.text(0, i), b.int32(2, i)} }
	return scanVersions(ctx, r, "inspections", among.scope(s.Watermark), among.args(), key, func(b columns, i int, again bool) {
		s := of(b.text(0, i))
		if again {
			s.Inspections = s.Inspections[:len(s.Inspections)-1]
		}
		s.Inspections = append(s.Inspections, credit.Inspection{Year: int(b.int32(2, i)), Result: b.text(3, i)})
	})
}

// Inspected are the years of which the inspection of any supplier is known, rising.
func Inspected(ctx context.Context, r *store.Reader, s Snapshot) (years []int, err error) {
	err = scan(ctx, r, "inspected", scope{Watermark: s.Watermark}, nil, func(b columns, i int) { years = append(years, int(b.int32(0, i))) })
	return years, err
}

// addItems keeps of every item the latest assessment.
func addItems(ctx context.Context, r *store.Reader, s Snapshot, among Among, of func(id string) *Supplier) error {
	key := func(b columns, i int) [3]string { return [3]string{b.text(0, i), b.text(2, i), b.text(3, i)} }
	return scanVersions(ctx, r, "assessment_items", among.scope(s.Watermark), among.args(s.AsOf), key, func(b columns, i int, again bool) {
		s := of(b.text(0, i))
		if again {
			s.Items = s.Items[:len(s.Items)-1]
		}
		s.Items = append(s.Items, credit.Item{Section: b.text(2, i), Item: b.text(3, i), Points: b.float(4, i), MaxPoints: b.float(5, i), On: b.day(6, i)})
	})
}
