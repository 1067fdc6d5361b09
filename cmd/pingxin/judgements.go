package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pingxin/scoring"
	"pingxin/scoring/weights"
)

// consistency says how well the judgements fit together.
type consistency struct {
	Limit  float64
	Group  opinion   // of the geometric mean of all judges
	Judges []opinion // by name; one, without a name, when the file has no column judge
}

// opinion is one judge, or all together.
type opinion struct {
	Judge string
	weights.Priorities
}

// unfit lists the opinions that contradict themselves.
func (c *consistency) unfit() (unfit []opinion) {
	for _, o := range slices.Concat(c.Judges, []opinion{c.Group}) {
		if !o.Consistent() {
			unfit = append(unfit, o)
		}
	}
	return unfit
}

// judge takes the weights from the file of judgements. A mean can hide the contradictions of one judge, so that every
// judge has to be consistent, not only all together.
func (w *weigher) judge(group []scoring.Indicator, result *weighing) ([]float64, error) {
	text, err := os.ReadFile(w.judgements)
	if err != nil {
		return nil, fmt.Errorf("--judgements: %w", err)
	}
	byJudge, err := readJudgements(text)
	if err != nil {
		return nil, refusedJudgements(w.judgements, err)
	}
	c := &consistency{Limit: weights.MaxConsistencyRatio}
	var matrices []*weights.Matrix
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(byJudge)) {
		m, err := weights.FromComparisons(idsOf(group), byJudge[name])
		if err != nil {
			faults = append(faults, prefixedLines(prefixed("judge ", name), err))
			continue
		}
		matrices = append(matrices, m)
		c.Judges = append(c.Judges, opinion{name, m.Priorities()})
	}
	if err := errors.Join(faults...); err != nil {
		return nil, refusedJudgements(w.judgements, err)
	}
	together, err := weights.Aggregate(matrices)
	if err != nil {
		return nil, err
	}
	c.Group = opinion{"", together.Priorities()}
	if unfit := c.unfit(); len(unfit) > 0 && !w.acceptInconsistent {
		return nil, contradiction(w.judgements, unfit[0])
	}
	result.Consistency = c
	hash := sha256.Sum256(text)
	result.Source = fmt.Sprintf("judgements of %s in %q (sha256 %x)", judgesText(len(c.Judges)), filepath.Base(w.judgements), hash[:6])
	return c.Group.Weights, nil
}

func judgesText(n int) string {
	if n == 1 {
		return "one judge"
	}
	return fmt.Sprintf("%d judges", n)
}

func idsOf(group []scoring.Indicator) []string {
	ids := make([]string, len(group))
	for i, n := range group {
		ids[i] = n.ID
	}
	return ids
}

func refusedJudgements(path string, err error) error {
	return fmt.Errorf("%s was refused; mend what follows\n%w", path, prefixedLines(path, err))
}

// prefixedLines puts a word before each line of an error.
func prefixedLines(word string, err error) error {
	if word == "" {
		return err
	}
	return errors.New(word + ": " + strings.ReplaceAll(err.Error(), "\n", "\n"+word+": "))
}

// contradiction says which judgement to look at.
func contradiction(path string, o opinion) error {
	return fmt.Errorf("%s: the judgements%s contradict each other: found a consistency ratio of %.3f, expected less than %g; look first at %s, "+
		"or go on with --accept-inconsistent", path, prefixed(" of judge ", o.Judge), o.CR, weights.MaxConsistencyRatio, misfit(o.Worst))
}

// misfit says how far a judgement is from the others.
func misfit(m weights.Misfit) string {
	return fmt.Sprintf("%s against %s, judged %s, where all together imply %s", m.A, m.B, ratioText(m.Given), ratioText(m.Implied))
}

// ratioText prints a ratio as people judge it: 3, 1/3, 2.4, 1/2.4.
func ratioText(ratio float64) string {
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", max(ratio, 1/ratio)), ".0")
	if ratio < 1 && text != "1" {
		return "1/" + text
	}
	return text
}

// judgementColumns are the columns of a file of judgements; the last may be left out.
var judgementColumns = []string{"a", "b", "ratio", "judge"}

// readJudgements reads the judgements by judge. The error lists every bad row and cell.
func readJudgements(text []byte) (map[string][]weights.Comparison, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("found bytes that are no UTF-8, expected a CSV file in UTF-8; save it as such")
	}
	file := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	file.FieldsPerRecord = -1 // said better below
	header, err := file.Read()
	if err != nil {
		return nil, fmt.Errorf("header: %w; expected a CSV file with the columns a, b, ratio", err)
	}
	columns, err := judgementHeader(header)
	if err != nil {
		return nil, err
	}
	byJudge := map[string][]weights.Comparison{}
	var faults []error
	for {
		cells, err := file.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w; expected CSV", err)
		}
		row, _ := file.FieldPos(0)
		judge, c, err := judgementOf(columns, cells)
		if err != nil {
			faults = append(faults, fmt.Errorf("row %d%w", row, err))
			continue
		}
		c.Row = row
		byJudge[judge] = append(byJudge[judge], c)
	}
	if len(faults) == 0 && len(byJudge) == 0 {
		return nil, errors.New("found a header and no rows, expected one for each pair")
	}
	return byJudge, errors.Join(faults...)
}

// judgementOf reads the cells of a row; the error begins with the place in the row.
func judgementOf(columns map[string]int, cells []string) (judge string, c weights.Comparison, err error) {
	if len(cells) != len(columns) {
		return "", c, fmt.Errorf(": found %d cells, expected the %d of the header", len(cells), len(columns))
	}
	cell := func(name string) string { return strings.TrimSpace(cells[columns[name]]) }
	c.A, c.B = cell("a"), cell("b")
	if c.Ratio, err = parseRatio(cell("ratio")); err != nil {
		return "", c, fmt.Errorf(", ratio: %w", err)
	}
	if _, several := columns["judge"]; several {
		if judge = cell("judge"); judge == "" {
			return "", c, errors.New(", judge: found nothing, expected who judged; fill the cell in")
		}
	}
	return judge, c, nil
}

// judgementHeader finds the columns.
func judgementHeader(header []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := columns[name]; twice || !slices.Contains(judgementColumns, name) {
			return nil, fmt.Errorf("header: found %q, expected each of a, b, ratio once, and judge when there are several judges", name)
		}
		columns[name] = i
	}
	for _, name := range judgementColumns[:3] {
		if _, there := columns[name]; !there {
			return nil, fmt.Errorf("header: found no column %s, expected a, b, ratio; add it", name)
		}
	}
	return columns, nil
}

// parseRatio reads a number or a fraction.
func parseRatio(text string) (float64, error) {
	above, below, fraction := strings.Cut(text, "/")
	ratio, err := strconv.ParseFloat(strings.TrimSpace(above), 64)
	if err == nil && fraction {
		var divisor float64
		divisor, err = strconv.ParseFloat(strings.TrimSpace(below), 64)
		ratio /= divisor
	}
	if err != nil {
		return 0, fmt.Errorf("found %q, expected a number such as 3 or a fraction such as 1/3", text)
	}
	return ratio, nil
}
