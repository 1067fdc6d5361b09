package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"pingxin/credit"
	"pingxin/credit/register"
	"pingxin/scoring"
)

// SelectionItem is a catalogue item with those who have performed it.
type SelectionItem struct {
	Code, Name, Group        string
	Suppliers, Rated, Listed int
	Contracts                int
	AmountFen                int64
}

// SelectionItems lists the items of which there are contracts, with the numbers of those who perform them.
func (v *View) SelectionItems(ctx context.Context) ([]SelectionItem, error) {
	run := holds(v.Run.ID)
	text := v.with() + fmt.Sprintf(`SELECT e.item_code, coalesce(any_value(item.name), e.item_code), coalesce(any_value(parent.name), ''), count(DISTINCT e.supplier_id),
		count(DISTINCT e.supplier_id) FILTER (r.status = 'rated'), count(DISTINCT e.supplier_id) FILTER (e.supplier_id IN (SELECT supplier_id FROM (%s))), count(*), sum(e.amount_fen)::BIGINT
		FROM e LEFT JOIN item ON item.item_code = e.item_code LEFT JOIN item parent ON parent.item_code = item.parent_code
		LEFT JOIN (SELECT supplier_id, status FROM rating WHERE %s) r ON r.supplier_id = e.supplier_id GROUP BY e.item_code ORDER BY e.item_code`, listedOn(v.Run.AsOf, v.Run.Watermark), run)
	return list(ctx, v, "items to choose for", text, nil, func(rows *sql.Rows, i *SelectionItem) error {
		return rows.Scan(&i.Code, &i.Name, &i.Group, &i.Suppliers, &i.Rated, &i.Listed, &i.Contracts, &i.AmountFen)
	})
}

// SelectionRow is a supplier that has performed an item, with what speaks for and against it.
type SelectionRow struct {
	credit.Bidder
	ID, Name, Type string
	Level          string
	Score          float64
	Evaluations    int // that the rating stands on
	Assessment     string
	Registration   string // active, dissolved or revoked; empty: not known
	ItemContracts  int    // of the item
	ItemFen        int64
	ItemMean       float64 // of its final evaluations of the item, weighted by amount; NaN: none
	Poor           int     // contracts of the item with the worst grade
	Running        int     // contracts of any item that run on the day
	RunningFen     int64
	LargestFen     int64 // largest contract of any item so far
	LastYear       int   // budget year of its latest contract of the item
}

// Selection lists those who have performed an item, best rated first. worst is the policy's worst grade.
func (v *View) Selection(ctx context.Context, item, worst string) ([]SelectionRow, error) {
	r, err := v.roll(ctx)
	if err != nil {
		return nil, err
	}
	suppliers, err := v.supplierRoll(ctx)
	if err != nil {
		return nil, err
	}
	known, err := v.bars(ctx)
	if err != nil {
		return nil, err
	}
	var all []SelectionRow
	performed := r.of(ByItemCode, item)
	places, of := r.grouped(performed, func(e *enrolled) int { return int(e.supplier) })
	for _, at := range places {
		id := r.parties[at].id
		s := suppliers.find(id)
		if s == nil {
			continue
		}
		registration := known.registrations[id]
		row := SelectionRow{Bidder: credit.Bidder{Status: credit.Status(s.Status), Stars: s.Stars, Listed: known.listed[id], Dissolved: registration == register.Dissolved || registration == register.Revoked}, ID: id, Name: s.Name, Type: s.Type,
			Level: s.Level, Score: s.Score, Evaluations: s.Evaluations, Assessment: s.Assessment, Registration: registration}
		row.performed(r, of[at], worst)
		row.loaded(r, r.ofSupplier[at], dayNumber(v.Run.AsOf))
		all = append(all, row)
	}
	slices.SortFunc(all, func(a, b SelectionRow) int {
		return cmp.Or(numberOrder(a.Score, b.Score, true), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// performed adds how the supplier did with its contracts of the item.
func (s *SelectionRow) performed(r *roll, places []int32, worst string) {
	rated, poor := r.is(string(scoring.Rated)), r.is(worst)
	var mean weightedMean
	for _, at := range places {
		e := &r.rows[at]
		s.ItemContracts++
		s.ItemFen += e.amountFen
		s.Poor += count(poor(e.grade))
		s.LastYear = max(s.LastYear, int(e.year))
		if rated(e.status) {
			mean.add(e)
		}
	}
	s.ItemMean = mean.value()
}

// loaded adds what the supplier has to do by its contracts of any item.
func (s *SelectionRow) loaded(r *roll, places []int32, day int32) {
	for _, at := range places {
		e := &r.rows[at]
		s.LargestFen = max(s.LargestFen, e.amountFen)
		if e.startOn <= day && e.endOn >= day {
			s.Running++
			s.RunningFen += e.amountFen
		}
	}
}

// bars are what keeps suppliers from being chosen, by their ids.
type bars struct {
	listed        map[string]bool
	registrations map[string]string // what the register says of their existence
}

func (v *View) bars(ctx context.Context) (b bars, err error) {
	listed, err := list(ctx, v.ofRun(), "listed suppliers", `SELECT DISTINCT supplier_id FROM (`+listedOn(v.Run.AsOf, v.Run.Watermark)+`)`, nil, func(rows *sql.Rows, id *string) error { return rows.Scan(id) })
	if err != nil {
		return b, err
	}
	type registered struct{ id, status string }
	registrations, err := list(ctx, v.ofRun(), "registrations", `SELECT supplier_id, status FROM supplier_registration WHERE batch_id <= ? QUALIFY row_number() OVER (PARTITION BY supplier_id ORDER BY batch_id DESC, row_no DESC) = 1`,
		[]any{int32(v.Run.Watermark)}, func(rows *sql.Rows, r *registered) error { return rows.Scan(&r.id, &r.status) })
	b = bars{make(map[string]bool, len(listed)), make(map[string]string, len(registrations))}
	for _, id := range listed {
		b.listed[id] = true
	}
	for _, r := range registrations {
		b.registrations[r.id] = r.status
	}
	return b, err
}
