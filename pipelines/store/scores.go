package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// raterColumn is the column of a file of scores that names who gave them.
const raterColumn = "evaluator_id"

// storeScores gives new indicators and raters their keys, sets corrected scores aside and stores the new ones. whole says
// that the staged rows are all that were handed in.
func storeScores(ctx context.Context, w *Writer, batch int, raters *names, whole bool) (superseded int64, err error) {
	if _, err := w.Exec(ctx, `INSERT INTO indicator SELECT (SELECT coalesce(max(indicator_key) + 1, 0) FROM indicator) + row_number() OVER (ORDER BY indicator) - 1, indicator
		FROM indicator_names ANTI JOIN indicator USING (indicator)`); err != nil {
		return 0, fmt.Errorf("store scores: %w", err)
	}
	known, err := giveKeys(ctx, w, raters, whole)
	if err != nil {
		return 0, fmt.Errorf("store scores: %w", err)
	}
	rows := `staging JOIN rater_keys USING (evaluator_id_ref)`
	if whole { // row beside row, which costs a tenth; two that do not belong together would be missing where rows are read back
		rows = `(SELECT * FROM staging POSITIONAL JOIN (SELECT evaluator_id_ref AS rater_ref, rater_key FROM rater_keys) WHERE evaluator_id_ref = rater_ref)`
	}
	keyed := fmt.Sprintf(`SELECT k.contract_key, i.indicator_key, p.party, s.rater_key, s.score_e4, s.scored_on, %d AS batch_id, s.row_no
		FROM (FROM %s) s JOIN (SELECT DISTINCT contract_no_ref, contract_key FROM contract_no_names JOIN contract USING (contract_no)) k USING (contract_no_ref)
		JOIN (SELECT indicator_ref, indicator_key FROM indicator_names JOIN indicator USING (indicator)) i USING (indicator_ref)
		JOIN (SELECT party_ref, CASE party WHEN 'purchaser' THEN 1 WHEN 'recipient' THEN 2 ELSE 3 END::UTINYINT AS party FROM party_names) p USING (party_ref)`, batch, rows)
	if known > 0 { // raters without earlier scores correct none
		if superseded, err = setAside(ctx, w, batch, keyed); err != nil {
			return 0, fmt.Errorf("set corrected scores aside: %w", err)
		}
		keyed = `FROM keyed`
	}
	if _, err := w.Exec(ctx, `INSERT INTO score SELECT * FROM (`+keyed+`) ORDER BY contract_key, indicator_key, party, score_e4, row_no`); err != nil {
		return 0, fmt.Errorf("store scores: %w", err)
	}
	return superseded, nil
}

// setAside makes a table keyed of the new scores, and moves those that they correct to where corrected ones are kept.
func setAside(ctx context.Context, w *Writer, batch int, keyed string) (superseded int64, err error) {
	if _, err := w.Exec(ctx, `CREATE OR REPLACE TEMP TABLE keyed AS `+keyed); err != nil {
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

// giveKeys gives the raters of a file who are not known their keys, in the order of their names, and makes a table
// rater_keys: of each row in their order when all are there, else of each name. known is how many names were known. It
// empties the names, of which there may be millions while the sorting of the rows is still to come.
func giveKeys(ctx context.Context, w *Writer, raters *names, byRow bool) (known int64, err error) {
	var next int64
	if err := w.Scan(ctx, []any{&next}, `SELECT coalesce(max(rater_key) + 1, 0) FROM rater`); err != nil {
		return 0, err
	}
	keys, known, fresh, err := knownRaters(ctx, w, raters)
	if err != nil {
		return 0, err
	}
	if next+int64(len(fresh)) > math.MaxInt32 {
		return 0, fmt.Errorf("found %d raters and %d new ones, expected at most %d in all", next, len(fresh), math.MaxInt32)
	}
	raters.sort(fresh)
	for i, number := range fresh {
		keys[number] = int32(next) + int32(i)
	}
	if _, err := w.Insert(ctx, "rater", newRaters(raters, fresh, keys)); err != nil {
		return 0, err
	}
	if err := makeStaging(ctx, w, "rater_keys", raterKeySchema); err != nil {
		return 0, err
	}
	table := raterKeys(keys)
	if byRow {
		table = raterKeysOf(raters.rows, keys)
	}
	if _, err := w.Insert(ctx, "rater_keys", table); err != nil {
		return 0, err
	}
	_, err = w.Exec(ctx, `DROP TABLE temp.`+namesOf(raters.column))
	if *raters = (names{}); len(keys) > releaseRows {
		debug.FreeOSMemory()
	}
	return known, err
}

// knownRaters are the keys of the raters whom staged rows name, by the numbers of their names, with how many have one
// already, and the numbers of those who have none.
func knownRaters(ctx context.Context, w *Writer, raters *names) (keys []int32, known int64, fresh []int32, err error) {
	rows, err := w.Arrow(ctx, `SELECT evaluator_id_ref, rater_key FROM evaluator_id_names LEFT JOIN rater USING (evaluator_id)`)
	if err != nil {
		return nil, 0, nil, err
	}
	defer rows.Release()
	keys = make([]int32, raters.count)
	for rows.Next() {
		numbers, ok := rows.RecordBatch().Column(0).(*array.Int32)
		found, same := rows.RecordBatch().Column(1).(*array.Int32)
		if !ok || !same {
			return nil, 0, nil, errors.New("the database hands out the keys of raters as other than whole numbers of 32 bits")
		}
		for i, number := range numbers.Int32Values() {
			if found.IsNull(i) {
				fresh = append(fresh, number)
				continue
			}
			keys[number] = found.Value(i)
			known++
		}
	}
	return keys, known, fresh, rows.Err()
}

// The columns of a table of raters, and of one of the keys that the numbers of their names stand for.
var (
	raterSchema    = arrow.NewSchema([]arrow.Field{{Name: "rater_key", Type: arrow.PrimitiveTypes.Int32}, {Name: "evaluator_id", Type: arrow.BinaryTypes.String}}, nil)
	raterKeySchema = arrow.NewSchema([]arrow.Field{{Name: "evaluator_id_ref", Type: arrow.PrimitiveTypes.Int32}, {Name: "rater_key", Type: arrow.PrimitiveTypes.Int32}}, nil)
)

// newRaters are the rows of raters with these numbers, in that order.
func newRaters(raters *names, numbers, keys []int32) array.RecordReader {
	return &madeRows{schema: raterSchema, rows: len(numbers), make: func(from, to int) []arrow.Array {
		key, id := array.NewInt32Builder(memory.DefaultAllocator), array.NewStringBuilder(memory.DefaultAllocator)
		key.Reserve(to - from)
		id.Reserve(to - from)
		for _, number := range numbers[from:to] {
			key.UnsafeAppend(keys[number])
			id.BinaryBuilder.Append(raters.name(int(number)))
		}
		return []arrow.Array{key.NewArray(), id.NewArray()}
	}}
}

// raterKeys are the rows of keys by the numbers of the names.
func raterKeys(keys []int32) array.RecordReader {
	return &madeRows{schema: raterKeySchema, rows: len(keys), make: func(from, to int) []arrow.Array {
		return []arrow.Array{numbersFrom(from, to), int32s(keys[from:to])}
	}}
}

// raterKeysOf are those of rows by the numbers of their names.
func raterKeysOf(rows, keys []int32) array.RecordReader {
	return &madeRows{schema: raterKeySchema, rows: len(rows), make: func(from, to int) []arrow.Array {
		of := make([]int32, to-from)
		for i, number := range rows[from:to] {
			of[i] = keys[number]
		}
		return []arrow.Array{int32s(rows[from:to]), int32s(of)}
	}}
}
