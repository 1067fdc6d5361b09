package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// raterColumn is the column of a file of scores that names who gave them.
const raterColumn = "evaluator_id"

// takeScores takes in a file of scores. The rules are asked of rows that stand for all, as each of them looks at one name of
// a row; of all rows only where one of those breaks a rule, or two rows may have one key.
func takeScores(ctx context.Context, w *Writer, kind factKind, a Acceptance, rows array.RecordReader) (good goodRows, err error) {
	c := coded(rows, kind)
	held, err := hold(c)
	if err != nil {
		return good, err
	}
	var rules []rule
	distinct := a.Again != nil || c.distinct()
	release(held.count)
	if a.Again == nil {
		rules = kind.rules(a, distinct)
	}
	var broken *RefusedError
	if distinct {
		broken, err = held.ask(ctx, w, rules, held.standIns(asksRaters(rules)))
	}
	if err == nil && (!distinct || broken != nil) {
		broken, err = held.ask(ctx, w, rules, held.places())
	}
	if err == nil && a.Again == nil {
		good.leftOut, err = leaveOut(ctx, w, a, broken)
	}
	if err != nil {
		return good, err
	}
	if broken != nil {
		held.leaveOut(broken.Rows)
	}
	good.count, good.scores = int64(held.count), held
	return good, nil
}

// asksRaters says that a rule looks at the names of raters, of whom a file may have as many as rows.
func asksRaters(rules []rule) bool {
	return slices.ContainsFunc(rules, func(r rule) bool { return strings.Contains(r.broken, namesOf(raterColumn)) })
}

// ask stages the rows at these places, with the names that are looked at, and asks the rules of them.
func (h *heldScores) ask(ctx context.Context, w *Writer, rules []rule, places []int32) (broken *RefusedError, err error) {
	if err := put(ctx, w, "staging", h.staged(places)); err != nil {
		return nil, err
	}
	looked := []*names{h.contracts, h.indicators, h.parties}
	if asksRaters(rules) {
		looked = append(looked, h.raters)
	}
	for _, n := range looked {
		if err := put(ctx, w, namesOf(n.column), n.reader()); err != nil {
			return nil, err
		}
	}
	return findFaults(ctx, w, rules)
}

// put makes a table of rows that only this transaction sees.
func put(ctx context.Context, w *Writer, table string, rows array.RecordReader) error {
	if err := makeStaging(ctx, w, table, rows.Schema()); err != nil {
		return err
	}
	_, err := w.Insert(ctx, table, rows)
	return err
}

// storeScores gives new indicators and raters their keys, sets corrected scores aside and stores the new ones.
func storeScores(ctx context.Context, w *Writer, batch int, scores *heldScores) (superseded int64, err error) {
	next, known, err := giveKeys(ctx, w, scores)
	if err != nil {
		return 0, fmt.Errorf("store scores: %w", err)
	}
	contracts, err := nameKeys(ctx, w, scores.contracts, `SELECT contract_no_ref, contract_key FROM contract_no_names JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) USING (contract_no)`)
	if err != nil {
		return 0, fmt.Errorf("store scores: %w", err)
	}
	if known > 0 { // raters without earlier scores correct none
		if superseded, err = setAside(ctx, w, batch, scores.byRaters(next, contracts)); err != nil {
			return 0, fmt.Errorf("set corrected scores aside: %w", err)
		}
	}
	ordered, err := scores.inOrder(contracts)
	if err == nil {
		_, err = w.Insert(ctx, "score", ordered.rows(batch))
	}
	if err != nil {
		return 0, fmt.Errorf("store scores: %w", err)
	}
	return superseded, nil
}

// setAside moves the scores that new ones correct to where corrected ones are kept. keyed are the keys of the new ones that
// may correct any.
func setAside(ctx context.Context, w *Writer, batch int, keyed array.RecordReader) (superseded int64, err error) {
	if err := put(ctx, w, "keyed", keyed); err != nil {
		return 0, err
	}
	// A join by USING hands the range of the new keys down to the scan of the scores, which an EXISTS does not.
	superseded, err = w.Exec(ctx, fmt.Sprintf(`INSERT INTO score_superseded SELECT score.*, %d FROM score
		SEMI JOIN keyed USING (contract_key, indicator_key, party, rater_key)`, batch))
	if err != nil || superseded == 0 {
		return superseded, err
	}
	_, err = w.Exec(ctx, `DELETE FROM score USING keyed k WHERE k.contract_key = score.contract_key AND k.indicator_key = score.indicator_key
		AND k.party = score.party AND k.rater_key = score.rater_key`)
	return superseded, err
}

// giveKeys gives the new indicators and raters of scores their keys, those of raters in the order of their names, and puts
// the keys of indicators, parties and raters into the rows. It returns the first key of a new rater and how many raters were
// known, and empties the names of raters, of which there may be millions while the rows are still to be sorted.
func giveKeys(ctx context.Context, w *Writer, scores *heldScores) (next int32, known int, err error) {
	if _, err := w.Exec(ctx, `INSERT INTO indicator SELECT (SELECT coalesce(max(indicator_key) + 1, 0) FROM indicator) + row_number() OVER (ORDER BY indicator) - 1, indicator
		FROM indicator_names SEMI JOIN staging USING (indicator_ref) ANTI JOIN indicator USING (indicator)`); err != nil {
		return 0, 0, err
	}
	indicators, err := nameKeys(ctx, w, scores.indicators, `SELECT indicator_ref, indicator_key::INTEGER FROM indicator_names JOIN indicator USING (indicator)`)
	if err != nil {
		return 0, 0, err
	}
	parties, err := nameKeys(ctx, w, scores.parties, `SELECT party_ref, CASE party WHEN 'purchaser' THEN 1 WHEN 'recipient' THEN 2 ELSE 3 END FROM party_names`)
	if err != nil {
		return 0, 0, err
	}
	if err := w.Scan(ctx, []any{&next}, `SELECT coalesce(max(rater_key) + 1, 0) FROM rater`); err != nil {
		return 0, 0, err
	}
	raters, known, err := raterKeys(ctx, w, scores, next)
	if err != nil {
		return 0, 0, err
	}
	for _, r := range scores.all {
		r.indicator, r.party, r.rater = int16(indicators[r.indicator]), int8(parties[r.party]), raters[r.rater]
	}
	*scores.raters = names{}
	release(len(raters))
	return next, known, nil
}

// raterKeys are the keys of the raters of scores by the numbers of their names, and how many were known. The others are
// entered, with keys from next on.
func raterKeys(ctx context.Context, w *Writer, scores *heldScores, next int32) (keys []int32, known int, err error) {
	keys, err = knownRaters(ctx, w, scores.raters)
	if err != nil {
		return nil, 0, err
	}
	used := make([]bool, len(keys)) // in a row that was not left out
	for _, r := range scores.all {
		used[r.rater] = true
	}
	var fresh []int32
	for number, key := range keys {
		switch {
		case !used[number]:
		case key >= 0:
			known++
		default:
			fresh = append(fresh, int32(number))
		}
	}
	if int64(next)+int64(len(fresh)) > math.MaxInt32 {
		return nil, 0, fmt.Errorf("found %d raters and %d new ones, expected at most %d in all", next, len(fresh), math.MaxInt32)
	}
	scores.raters.sort(fresh)
	for i, number := range fresh {
		keys[number] = next + int32(i)
	}
	_, err = w.Insert(ctx, "rater", newRaters(scores.raters, fresh, next))
	return keys, known, err
}

// knownRaters are the keys of raters by the numbers of their names, -1 for one who has none. The raters who are known are
// looked for among the names, and not the other way round, which the database could do only with a copy of all names; those
// before the first name and behind the last it does not read.
func knownRaters(ctx context.Context, w *Writer, raters *names) ([]int32, error) {
	if raters.count == 0 {
		return nil, nil
	}
	first, last := raters.span()
	return keysBy(ctx, w, raters, func(ids *array.String, i int) int32 { return raters.find(ids.Value(i)) },
		`SELECT evaluator_id, rater_key FROM rater WHERE evaluator_id BETWEEN ? AND ?`, first, last)
}

// nameKeys are the keys of names by their numbers, -1 for one that the query, which gives numbers and keys, does not have.
func nameKeys(ctx context.Context, w *Writer, names *names, query string) ([]int32, error) {
	return keysBy(ctx, w, names, func(numbers *array.Int32, i int) int32 { return numbers.Value(i) }, query)
}

// keysBy are the keys of names by their numbers, -1 for one that has none. The query gives what tells the number of a name, with its
// key; -1 is the number of one that is not among the names.
func keysBy[C arrow.Array](ctx context.Context, w *Writer, names *names, number func(column C, row int) int32, query string, args ...any) ([]int32, error) {
	keys := make([]int32, names.count)
	for i := range keys {
		keys[i] = -1
	}
	rows, err := w.Arrow(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	for rows.Next() {
		told, ok := rows.RecordBatch().Column(0).(C)
		found, same := rows.RecordBatch().Column(1).(*array.Int32)
		if !ok || !same {
			return nil, fmt.Errorf("the database hands out keys of names as %s", rows.Schema())
		}
		for i, key := range found.Int32Values() {
			if n := number(told, i); n >= 0 {
				keys[n] = key
			}
		}
	}
	return keys, rows.Err()
}

// raterSchema are the columns of the table of raters.
var raterSchema = arrow.NewSchema([]arrow.Field{{Name: "rater_key", Type: arrow.PrimitiveTypes.Int32}, {Name: "evaluator_id", Type: arrow.BinaryTypes.String}}, nil)

// newRaters are the rows of raters with these numbers, whose keys go on from next in that order.
func newRaters(raters *names, numbers []int32, next int32) array.RecordReader {
	return &madeRows{schema: raterSchema, rows: len(numbers), step: rowsTogether, make: func(from, to int) []arrow.Array {
		return []arrow.Array{numbersFrom(int(next)+from, int(next)+to), raters.texts(numbers[from:to])}
	}}
}
