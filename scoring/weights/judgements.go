package weights

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// MaxRatio is the end of Saaty's scale (1980): 1 equal, 3 moderately, 5 strongly, 7 very strongly, 9 extremely more
// important. The random indices hold for matrices on this scale, so nothing beyond it is taken.
const MaxRatio = 9

// ratioTolerance is relative: 1/9 and the reciprocal of 3 have no exact float.
const ratioTolerance = 1e-9

// Comparison is one judgement: A is Ratio times as important as B, below 1 when it is less important.
type Comparison struct {
	A, B  string
	Ratio float64
	Row   int // where it stands in its source, for messages; 0: nowhere
}

func (c *Comparison) where() string {
	if c.Row == 0 {
		return fmt.Sprintf("%s against %s", c.A, c.B)
	}
	return fmt.Sprintf("row %d (%s against %s)", c.Row, c.A, c.B)
}

// Matrix holds the judgements of all pairs: positive and reciprocal, 1 on the diagonal. It is made by NewMatrix,
// FromComparisons or Aggregate, which check it.
type Matrix struct {
	ids []string
	a   [][]float64 // a[i][j]: how many times as important i is as j
}

// NewMatrix takes a square matrix, rows and columns in the order of ids: cell [i][j] says how many times as important
// ids[i] is as ids[j]. The error joins every cell that is wrong, with row and column, and matches ErrJudgement; ErrSize
// for a matrix that is not square or larger than the random index is known for, ErrIdentity for unusable ids.
func NewMatrix(ids []string, cells [][]float64) (*Matrix, error) {
	if err := checkSize(ids); err != nil {
		return nil, err
	}
	if len(cells) != len(ids) {
		return nil, fmt.Errorf("%w: found %d rows, expected one for each of the %d ids", ErrSize, len(cells), len(ids))
	}
	for i, row := range cells {
		if len(row) != len(ids) {
			return nil, fmt.Errorf("%w: row %d (%s) has %d columns, expected one for each of the %d ids", ErrSize, i+1, ids[i], len(row), len(ids))
		}
	}
	var faults []error
	for i := range ids {
		for j := range i + 1 {
			faults = append(faults, checkCells(ids, cells, i, j))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	m := one(ids)
	for i := range ids {
		copy(m.a[i], cells[i])
	}
	return m, nil
}

func checkSize(ids []string) error {
	if len(ids) == 0 || len(ids) > len(randomIndex) {
		return fmt.Errorf("%w: found %d things to compare, expected 1 to %d; put some of them together under one heading", ErrSize, len(ids), len(randomIndex))
	}
	return checkIDs("number", ids)
}

// checkCells checks a cell and its mirror image.
func checkCells(ids []string, cells [][]float64, i, j int) error {
	at := func(i, j int) string { return fmt.Sprintf("row %d (%s), column %d (%s)", i+1, ids[i], j+1, ids[j]) }
	below, above := cells[i][j], cells[j][i]
	switch {
	case i == j && below != 1:
		return fmt.Errorf("%w: %s: found %g, expected 1, as of everything against itself", ErrJudgement, at(i, i), below)
	case !onScale(above):
		return fmt.Errorf("%w: %s: found %g, expected a number from 1/9 to 9", ErrJudgement, at(j, i), above)
	case !onScale(below):
		return fmt.Errorf("%w: %s: found %g, expected a number from 1/9 to 9", ErrJudgement, at(i, j), below)
	case math.Abs(float64(above*below)-1) > ratioTolerance:
		return fmt.Errorf("%w: %s: found %g, expected %g, the reciprocal of the %g in %s", ErrJudgement, at(i, j), below, 1/above, above, at(j, i))
	}
	return nil
}

func onScale(ratio float64) bool {
	return ratio >= (1-ratioTolerance)/MaxRatio && ratio <= MaxRatio*(1+ratioTolerance)
}

// one is the matrix that calls everything equal.
func one(ids []string) *Matrix {
	m := &Matrix{slices.Clone(ids), make([][]float64, len(ids))}
	for i := range m.a {
		m.a[i] = slices.Repeat([]float64{1}, len(ids))
	}
	return m
}

// FromComparisons builds the matrix over ids from one judgement per pair, in any order and either direction. The error
// joins everything that is wrong, each with its place, and matches ErrJudgement: an unknown or repeated id, a ratio off
// the scale, a pair judged twice or not at all. For ErrSize and ErrIdentity see NewMatrix.
func FromComparisons(ids []string, judged []Comparison) (*Matrix, error) {
	if err := checkSize(ids); err != nil {
		return nil, err
	}
	m := one(ids)
	var faults []error
	first := map[[2]int]*Comparison{} // of each pair, the smaller index first
	for k := range judged {
		c := &judged[k]
		i, j := slices.Index(ids, c.A), slices.Index(ids, c.B)
		pair := [2]int{min(i, j), max(i, j)}
		if err := checkComparison(ids, c, first[pair]); err != nil {
			faults = append(faults, err)
		}
		if i < 0 || j < 0 || i == j || first[pair] != nil {
			continue
		}
		first[pair], m.a[i][j], m.a[j][i] = c, c.Ratio, 1/c.Ratio
	}
	for i, a := range ids {
		for j, b := range ids[:i] {
			if first[[2]int{j, i}] == nil {
				faults = append(faults, fmt.Errorf("%w: found none of %s against %s, expected one; add it", ErrJudgement, b, a))
			}
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return m, nil
}

// checkComparison checks one judgement; earlier is the one on the same pair, if any.
func checkComparison(ids []string, c, earlier *Comparison) error {
	for at, id := range []string{c.A, c.B} {
		if !slices.Contains(ids, id) {
			return fmt.Errorf("%w: %s, column %c: found %q, expected one of %q", ErrJudgement, c.where(), 'a'+at, id, ids)
		}
	}
	switch {
	case c.A == c.B:
		return fmt.Errorf("%w: %s: found the same twice, expected two different ones; take it out", ErrJudgement, c.where())
	case earlier != nil:
		return fmt.Errorf("%w: %s: found the pair again after %s, expected each pair once; keep one of the two", ErrJudgement, c.where(), earlier.where())
	case !onScale(c.Ratio):
		return fmt.Errorf("%w: %s, column ratio: found %g, expected 1 (equal) to 9 (extremely more important), or 1/9 to 1 when the second is the more important",
			ErrJudgement, c.where(), c.Ratio)
	}
	return nil
}

// Aggregate joins several judges into one matrix by the geometric mean of their judgements of each pair, the only mean
// that keeps the reciprocals (Aczel and Saaty 1983). The order of the judges does not count. ErrSize when there is none,
// ErrIdentity when they did not compare the same ids in the same order.
func Aggregate(judges []*Matrix) (*Matrix, error) {
	if len(judges) == 0 {
		return nil, fmt.Errorf("%w: found no judge, expected at least one", ErrSize)
	}
	for k, judge := range judges {
		if !slices.Equal(judge.ids, judges[0].ids) {
			return nil, fmt.Errorf("%w: judge %d compared %q, expected %q as the first", ErrIdentity, k+1, judge.ids, judges[0].ids)
		}
	}
	if len(judges) == 1 {
		return judges[0], nil
	}
	m := one(judges[0].ids)
	logs := make([]float64, len(judges))
	for i := range m.ids {
		for j := range i {
			for k, judge := range judges {
				logs[k] = math.Log(judge.a[j][i])
			}
			slices.Sort(logs)
			var sum float64
			for _, l := range logs {
				sum += l
			}
			m.a[j][i] = math.Exp(sum / float64(len(logs)))
			m.a[i][j] = 1 / m.a[j][i]
		}
	}
	return m, nil
}
