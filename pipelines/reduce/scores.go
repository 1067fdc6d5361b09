package reduce

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// addScores puts the scores of the contracts into their cells. For a range of contracts it makes sure that they are all
// that the database counts and adds up; for listed ones that would cost as much as reading them.
func addScores(ctx context.Context, r *store.Reader, q Question, m *memory, facts []Contract) error {
	s := sorting{facts: facts, keys: make([][]cellKey, len(facts)), indicators: q.Indicators, raters: q.Raters, memory: m}
	within := q.scope(q.Contracts)
	within.Raters = q.Raters
	text, err := query("scores", within)
	if err != nil {
		return err
	}
	if err := stream(ctx, r, "scores", text, []any{q.AsOf}, s.add); err != nil || len(q.Keys) > 0 {
		return err
	}
	return stream(ctx, r, "totals of scores", `SELECT count(*), coalesce(sum(score_e4), 0)::BIGINT FROM (`+text+`)`, []any{q.AsOf},
		func(b columns, _ int) error { return s.agree(b.int64(0, 0), b.int64(1, 0)) })
}

// sorting puts rows of scores into the cells of their contracts. The table lies in the order of contract, indicator
// and party but for what came since it was last put into order, so most rows come in stretches of one cell; nothing
// but speed relies on it.
type sorting struct {
	facts       []Contract
	keys        [][]cellKey // of facts[i].Evidence.Cells, likewise ordered
	indicators  map[int16]string
	raters      bool
	at          int // contract of the last stretch
	rows, total int64
	*memory
}

// usualCells is what new memory for the cells of a contract is sized for.
const usualCells = 16

type cellKey struct {
	indicator int16
	party     uint8
}

// agree returns a *MismatchError where the database counts or adds up something else than was read.
func (s *sorting) agree(number, sum int64) error {
	for _, check := range []MismatchError{{"number", s.rows, number}, {"sum", s.total, sum}} {
		if check.Read != check.Database {
			return &check
		}
	}
	return nil
}

func (s *sorting) add(b columns, rows int) error {
	contracts, indicators, parties := b.int32s(0), b.int16s(1), b.uint8s(2)
	scores, days := b.int32s(3), b.days(4)
	var raters []int32
	if s.raters {
		raters = b.int32s(5)
	}
	for from := 0; from < rows; {
		contract, key := contracts[from], cellKey{indicators[from], parties[from]}
		to, last := from+1, days[from]
		s.total += int64(scores[from])
		for to < rows && contracts[to] == contract && indicators[to] == key.indicator && parties[to] == key.party {
			last = max(last, days[to])
			s.total += int64(scores[to])
			to++
		}
		given := answers{scores: scores[from:to], last: timeOf(last)}
		if s.raters {
			given.raters = raters[from:to]
		}
		if err := s.put(contract, key, given); err != nil {
			return err
		}
		from = to
	}
	s.rows += int64(rows)
	return nil
}

// answers are scores of one cell that lie together.
type answers struct {
	scores []int32
	raters []int32 // who gave them; nil when nobody asks
	last   time.Time
}

// put appends answers to a cell.
func (s *sorting) put(contract int32, key cellKey, given answers) error {
	if err := s.find(contract); err != nil {
		return err
	}
	e := &s.facts[s.at].Evidence
	cell := slices.Index(s.keys[s.at], key)
	if cell < 0 {
		name, known := s.indicators[key.indicator]
		if !known {
			return fmt.Errorf("contract %s: score rows refer to indicator key %d, which no indicator has: run `pingxin doctor`", e.Contract, key.indicator)
		}
		if e.Cells == nil {
			s.keys[s.at], e.Cells = s.cellKeys.take(usualCells), s.cells.take(usualCells)
		}
		s.keys[s.at] = append(s.keys[s.at], key)
		e.Cells = append(e.Cells, scoring.Cell{Indicator: name, Party: scoring.Party(key.party), Values: s.copied(given.scores), Raters: s.copied(given.raters)})
	} else {
		e.Cells[cell].Values = append(e.Cells[cell].Values, given.scores...)
		e.Cells[cell].Raters = append(e.Cells[cell].Raters, given.raters...)
	}
	if given.last.After(e.LastOn) {
		e.LastOn = given.last
	}
	return nil
}

// find moves to a contract.
func (s *sorting) find(contract int32) error {
	if s.at < len(s.facts) && s.facts[s.at].Key == contract {
		return nil
	}
	if next := s.at + 1; next < len(s.facts) && s.facts[next].Key == contract {
		s.at = next
		return nil
	}
	at, known := slices.BinarySearchFunc(s.facts, contract, func(c Contract, key int32) int { return int(c.Key) - int(key) })
	if !known {
		return fmt.Errorf("score rows refer to contract key %d, which no contract has: run `pingxin doctor`", contract)
	}
	s.at = at
	return nil
}
