package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pingxin/scoring"
)

// Weight is the weight that an indicator is to have, with the reason that its line will give.
type Weight struct {
	Indicator string
	Percent   float64
	Reason    string // one line
}

// Reweighed returns the policy under an id of its own with other weights. Of its text only the line of the id and the
// lines weight_pct of these indicators change; the comment of such a line says the reason, the number before, and what
// was said of that. Everything else, comments too, stays as it was. The error says when the result is no sound policy,
// or when a line cannot be found because an indicator is not written as a block [[evaluation.indicator]] of its own.
func (p *Policy) Reweighed(id string, weights []Weight) (*Policy, error) {
	if !idForm.MatchString(id) || id == p.ID || slices.Contains(Shipped(), id) {
		return nil, fmt.Errorf("policy id: found %q, expected letters, digits, dots, dashes and underscores, and neither %q nor the id of a shipped policy", id, p.ID)
	}
	want := *p
	want.ID, want.Evaluation.Indicators = id, slices.Clone(p.Evaluation.Indicators)
	lines := strings.SplitAfter(p.Text, "\n")
	idLine, weightLines := find(lines)
	if idLine < 0 {
		return nil, fmt.Errorf("policy %s: found no line of its own for the key id above the first table, expected one; write it so", p.ID)
	}
	lines[idLine] = idKey.ReplaceAllLiteralString(lines[idLine], "id = "+strconv.Quote(id))
	for _, w := range weights {
		at, known := weightLines[w.Indicator]
		if !known {
			return nil, fmt.Errorf("policy %s: found no lines id and weight_pct for the indicator %q in a block [[evaluation.indicator]], expected them; write it so", p.ID, w.Indicator)
		}
		lines[at] = reweighed(lines[at], w)
		place := slices.IndexFunc(want.Evaluation.Indicators, func(n scoring.Indicator) bool { return n.ID == w.Indicator })
		want.Evaluation.Indicators[place].Weight = w.Percent
	}
	return verified(&want, strings.Join(lines, ""))
}

// verified parses the text, which was changed without being understood, and compares it with what it has to mean.
func verified(want *Policy, text string) (*Policy, error) {
	got, err := Parse(want.ID, []byte(text))
	if err != nil {
		return nil, err
	}
	expected, err := hash(want)
	if err != nil {
		return nil, err
	}
	if got.Hash != expected {
		return nil, fmt.Errorf("policy %s: its layout hides which lines hold the weights; write every indicator as a block [[evaluation.indicator]] with a line for each key", want.ID)
	}
	return got, nil
}

// The lines that Reweighed looks for.
var (
	idForm     = regexp.MustCompile(`^[\p{L}\p{N}._-]+$`)
	idKey      = regexp.MustCompile(`^\s*id\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	weightKey  = regexp.MustCompile(`^(\s*weight_pct\s*=\s*)([^\s#]+)[ \t]*(?:#[ \t]*(.*?))?(\s*)$`)
	blockStart = regexp.MustCompile(`^\s*\[\[\s*evaluation\s*\.\s*indicator\s*\]\]`)
)

// find returns the line of the policy's id, -1 without one, and of each indicator the line of its weight.
func find(lines []string) (idLine int, weightLines map[string]int) {
	idLine, weightLines = -1, map[string]int{}
	const head, inIndicator, elsewhere = 0, 1, 2
	var indicator string
	place, weightLine := head, -1
	for i, line := range lines {
		switch {
		case blockStart.MatchString(line):
			place, indicator, weightLine = inIndicator, "", -1
		case strings.HasPrefix(strings.TrimSpace(line), "["):
			place = elsewhere
		case place == head && idLine < 0 && idKey.MatchString(line):
			idLine = i
		case place == inIndicator && idKey.MatchString(line):
			found := idKey.FindStringSubmatch(line)
			indicator = found[1] + found[2]
		case place == inIndicator && weightKey.MatchString(line):
			weightLine = i
		}
		if place == inIndicator && indicator != "" && weightLine >= 0 {
			weightLines[indicator] = weightLine
		}
	}
	return idLine, weightLines
}

// reweighed writes a line weight_pct anew; its end stays, be it that of Windows.
func reweighed(line string, w Weight) string {
	part := weightKey.FindStringSubmatch(line)
	comment := fmt.Sprintf("%s; before %s", w.Reason, part[2])
	if part[3] != "" {
		comment += ": " + part[3]
	}
	return part[1] + strconv.FormatFloat(w.Percent, 'f', -1, 64) + " # " + comment + part[4]
}
