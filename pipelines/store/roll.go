package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"pingxin/scoring"
)

// roll is every evaluation of a run as a scope sees it, with what lists, sums and comparisons of contracts are made of: of 200,000
// contracts it takes some 40 MB of memory and answers in less time than the database needs to plan a question. It does not change.
type roll struct {
	rows    []enrolled // in the order of the contracts' numbers
	parties []party    // that buy or perform
	items   []rolledItem
	words   []string // statuses, grades and lists of missing parties

	partyOf, itemOf         map[string]int32 // places by ids
	ofPurchaser, ofSupplier [][]int32        // places of rows, by the place of the party
	ofItem                  [][]int32
	orders                  map[rollOrder]func() []int32 // places of rows; made when first asked for
}

// enrolled is one evaluation in a roll. Statuses, grades and ids are places in the roll's lists; days are counted from 1970, and
// noDay is none.
type enrolled struct {
	number, name, sought                 string // sought: number and name in small letters, a line each
	key, purchaser, supplier, item       int32
	startOn, endOn, lastOn               int32
	year                                 int16
	status, grade, uncapped, missing     int16
	purchasers, recipients, thirdParties int32
	amountFen                            int64
	value, low, high                     float64
	warned                               bool
}

// noDay is the day that is missing.
const noDay = math.MinInt32

// party is an organisation that buys or performs.
type party struct {
	id, name string // name: empty where none is known
	kind     string // type of a supplier
	sought   string // the name in small letters
}

// called is the name, or the id of what has none.
func (p *party) called() string { return cmp.Or(p.name, p.id) }

// rolledItem is a catalogue item.
type rolledItem struct {
	id, name string // name: empty where none is known
	parent   string // code of its group; empty: none
}

func (i *rolledItem) called() string { return cmp.Or(i.name, i.id) }

// group is the code of the item's group, or its own.
func (i *rolledItem) group() string { return cmp.Or(i.parent, i.id) }

// roll returns the roll of the view.
func (v *View) roll(ctx context.Context) (*roll, error) {
	v = v.ofRun()
	return ofDistrict(ctx, v, v.with()+rollQuery, func(m *recall) *PerRun[*roll] { return &m.rolls }, func() (*roll, error) { return v.readRoll(ctx) })
}

// ofDistrict returns what a query of all of a run's rows is made into: of the whole district as it is kept for the run, which is
// too large to be an answer among others, and of a part of it, which may be another after any commit, as every answer is remembered.
func ofDistrict[T any](ctx context.Context, v *View, text string, kept func(*recall) *PerRun[T], read func() (T, error)) (T, error) {
	basis := v.stand(text)
	switch {
	case v.r.recall == nil:
		return read()
	case v.scope.All:
		return kept(v.r.recall).Of(ctx, v, read)
	}
	return remembered(ctx, v.r, basis, v.scope.within(text), nil, read)
}

// Bytes is about how much memory the roll takes.
func (r *roll) Bytes() int {
	const ofRow, ofParty = 256, 160 // with texts, places and orders
	return len(r.rows)*ofRow + len(r.parties)*ofParty
}

// rollQuery is the query for the rows of a roll, to follow View.with.
const rollQuery = `SELECT contract_no, coalesce(name, ''), purchaser_id, supplier_id, item_code, status, coalesce(grade, ''), coalesce(uncapped_grade, ''), missing,
	contract_key::BIGINT, budget_year::BIGINT, amount_fen, n_purchaser::BIGINT, n_recipient::BIGINT, n_third_party::BIGINT,
	start_on - DATE '1970-01-01', end_on - DATE '1970-01-01', coalesce(last_on - DATE '1970-01-01', -2147483648), (warnings <> '[]')::BIGINT,
	coalesce(value, 'NaN'::DOUBLE), coalesce(low, 'NaN'::DOUBLE), coalesce(high, 'NaN'::DOUBLE)
	FROM e ORDER BY contract_no`

func (v *View) readRoll(ctx context.Context) (*roll, error) {
	r := &roll{partyOf: map[string]int32{}, itemOf: map[string]int32{}}
	parties, err := list(ctx, v, "parties", v.with()+`SELECT org_id, coalesce(name, ''), supplier_type FROM org`, nil, func(rows *sql.Rows, p *party) error {
		err := rows.Scan(&p.id, &p.name, &p.kind)
		p.sought = strings.ToLower(p.name)
		return err
	})
	if err != nil {
		return nil, err
	}
	items, err := list(ctx, v, "items", v.with()+`SELECT item_code, coalesce(name, ''), parent_code FROM item`, nil, func(rows *sql.Rows, i *rolledItem) error {
		return rows.Scan(&i.id, &i.name, &i.parent)
	})
	if err != nil {
		return nil, err
	}
	for _, p := range parties {
		r.partyOf[p.id] = int32(len(r.partyOf))
	}
	for _, i := range items {
		r.itemOf[i.id] = int32(len(r.itemOf))
	}
	r.parties, r.items = parties, items
	if err := v.enrol(ctx, r); err != nil {
		return nil, fmt.Errorf("read the evaluations of run %d: %w", v.Run.ID, err)
	}
	r.index()
	return r, nil
}

// enrol reads the rows.
func (v *View) enrol(ctx context.Context, r *roll) error {
	batches, err := v.arrow(ctx, v.with()+rollQuery)
	if err != nil {
		return err
	}
	defer batches.Release()
	words := map[string]int16{}
	for batches.Next() {
		record := batches.RecordBatch()
		r.rows = slices.Grow(r.rows, int(record.NumRows()))
		if err := r.add(record, words); err != nil {
			return err
		}
	}
	return batches.Err()
}

// rollTexts, rollWholes and rollReals are how many columns of each kind rollQuery has, in this order.
const rollTexts, rollWholes, rollReals = 9, 10, 3

// add adds the rows of a batch.
func (r *roll) add(record arrow.RecordBatch, words map[string]int16) error {
	var texts [rollTexts]*array.String
	var wholes [rollWholes]*array.Int64
	var reals [rollReals]*array.Float64
	if !columnsInto(texts[:], record, 0) || !columnsInto(wholes[:], record, rollTexts) || !columnsInto(reals[:], record, rollTexts+rollWholes) {
		return fmt.Errorf("columns of %s", record.Schema())
	}
	for i := range int(record.NumRows()) {
		text := func(column int) string { return texts[column].Value(i) }
		whole := func(column int) int64 { return wholes[column].Value(i) }
		word := func(column int) int16 { return r.word(words, text(column)) }
		number, name := strings.Clone(text(0)), strings.Clone(text(1))
		r.rows = append(r.rows, enrolled{number: number, name: name, sought: strings.ToLower(number + "\n" + name),
			purchaser: r.party(text(2)), supplier: r.party(text(3)), item: r.item(text(4)), status: word(5), grade: word(6), uncapped: word(7), missing: word(8),
			key: int32(whole(0)), year: int16(whole(1)), amountFen: whole(2), purchasers: int32(whole(3)), recipients: int32(whole(4)), thirdParties: int32(whole(5)),
			startOn: int32(whole(6)), endOn: int32(whole(7)), lastOn: int32(whole(8)), warned: whole(9) != 0, value: reals[0].Value(i), low: reals[1].Value(i), high: reals[2].Value(i)})
	}
	return nil
}

// columnsInto finds the columns of a batch from one on; ok is false where one is of another type.
func columnsInto[T arrow.Array](into []T, record arrow.RecordBatch, from int) (ok bool) {
	for i := range into {
		if into[i], ok = record.Column(from + i).(T); !ok {
			return false
		}
	}
	return true
}

// party is the place of an organisation, which is added where nothing else is known of it.
func (r *roll) party(id string) int32 {
	return placeOf(r.partyOf, &r.parties, id, func(id string) party { return party{id: id} })
}

// item is the place of a catalogue item, which is added where nothing else is known of it.
func (r *roll) item(id string) int32 {
	return placeOf(r.itemOf, &r.items, id, func(id string) rolledItem { return rolledItem{id: id} })
}

// word is the place of a text that many rows have.
func (r *roll) word(words map[string]int16, text string) int16 {
	return placeOf(words, &r.words, text, itself)
}

// placeOf is the place of what has an id in a list, to whose end it is added, with a copy of the id, where it is not there yet.
func placeOf[P int16 | int32, T any](places map[string]P, all *[]T, id string, made func(id string) T) P {
	at, known := places[id]
	if !known {
		id = strings.Clone(id)
		at = P(len(*all))
		*all, places[id] = append(*all, made(id)), at
	}
	return at
}

// itself is made of an id by those lists that hold nothing else.
func itself(id string) string { return id }

// index finds the rows of each party and item.
func (r *roll) index() {
	r.ofPurchaser = r.rowsBy(len(r.parties), func(e *enrolled) int32 { return e.purchaser })
	r.ofSupplier = r.rowsBy(len(r.parties), func(e *enrolled) int32 { return e.supplier })
	r.ofItem = r.rowsBy(len(r.items), func(e *enrolled) int32 { return e.item })
	r.orders = map[rollOrder]func() []int32{}
	for sort := range rollSorts {
		for _, descending := range []bool{false, true} {
			r.orders[rollOrder{sort, descending}] = sync.OnceValue(func() []int32 { return r.inOrder(r.every(), sort, descending) })
		}
	}
}

// rowsBy are the places of the rows of each of n keys, in the order of contracts.
func (r *roll) rowsBy(n int, key func(*enrolled) int32) [][]int32 {
	counts := make([]int32, n)
	for i := range r.rows {
		counts[key(&r.rows[i])]++
	}
	places, of, from := make([]int32, len(r.rows)), make([][]int32, n), int32(0)
	for k, count := range counts {
		of[k] = places[from : from : from+count]
		from += count
	}
	for i := range r.rows {
		k := key(&r.rows[i])
		of[k] = append(of[k], int32(i))
	}
	return of
}

// every are the places of all rows.
func (r *roll) every() []int32 {
	all := make([]int32, len(r.rows))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// find returns the place of a contract; ok is false where the roll has none of that number.
func (r *roll) find(number string) (at int, ok bool) {
	return slices.BinarySearchFunc(r.rows, number, func(e enrolled, number string) int { return strings.Compare(e.number, number) })
}

// of are the places of the rows of a party or item, by its id; none where there is no such thing.
func of(rows [][]int32, places map[string]int32, id string) []int32 {
	if at, known := places[id]; known {
		return rows[at]
	}
	return nil
}

// keys are the keys of rows.
func (r *roll) keys(places []int32) []int32 {
	keys := make([]int32, len(places))
	for i, at := range places {
		keys[i] = r.rows[at].key
	}
	return keys
}

// gradeOf is the word for the grade of a row, or for its status without one.
func (r *roll) gradeOf(e *enrolled) int16 {
	if r.words[e.grade] == "" {
		return e.status
	}
	return e.grade
}

// is whether a word is a text; unlike a comparison of texts it costs next to nothing.
func (r *roll) is(text string) func(word int16) bool {
	at := int16(slices.Index(r.words, text))
	return func(word int16) bool { return word == at }
}

// row is one evaluation as lists show it, but for where it stands.
func (r *roll) row(e *enrolled) EvaluationRow {
	purchaser, supplier, item := &r.parties[e.purchaser], &r.parties[e.supplier], &r.items[e.item]
	return EvaluationRow{ContractNo: e.number, Name: e.name, PurchaserID: purchaser.id, PurchaserName: purchaser.called(), SupplierID: supplier.id, SupplierName: supplier.called(),
		ItemCode: item.id, ItemName: item.called(), Year: int(e.year), AmountFen: e.amountFen, Status: scoring.Status(r.words[e.status]), Value: e.value, Low: e.low, High: e.high,
		Grade: r.words[e.grade], Uncapped: r.words[e.uncapped], Purchasers: int(e.purchasers), Recipients: int(e.recipients), ThirdParties: int(e.thirdParties), Warned: e.warned}
}

// dayAt is a day by its number; zero for noDay.
func dayAt(days int32) time.Time {
	if days == noDay {
		return time.Time{}
	}
	return time.Unix(int64(days)*secondsOfDay, 0).UTC()
}

// dayNumber is the number of a day.
func dayNumber(day time.Time) int32 { return int32(day.Unix() / secondsOfDay) }

// secondsOfDay is how long a day without leap seconds is, as days are counted.
const secondsOfDay = 24 * 60 * 60
