package programme

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// scoreDecimals is how many decimals a score of ours may have.
const scoreDecimals = 4

// numbers reads the cells of one format.
type numbers struct {
	pattern *regexp.Regexp
	factor  *big.Rat
	absent  []string
}

// reader prepares a format that check has found sound.
func (f Format) reader() numbers {
	factor, _ := new(big.Rat).SetString(strconv.FormatFloat(f.Multiply, 'f', -1, 64)) // the decimals as written
	return numbers{pattern: regexp.MustCompile(`^(?:` + f.Pattern + `)$`), factor: factor, absent: f.Absent}
}

// value reads a cell exactly; present is false for one that says that there is no value.
func (n *numbers) value(cell string) (value *big.Rat, present bool, err error) {
	if slices.Contains(n.absent, cell) {
		return nil, false, nil
	}
	found := n.pattern.FindStringSubmatch(cell)
	if found == nil {
		return nil, false, fmt.Errorf("found %q, expected %s or one of %q for an absent value", cell, n.pattern, n.absent)
	}
	value, ok := new(big.Rat).SetString(found[1])
	if !ok {
		return nil, false, fmt.Errorf("found %q, whose group %q is no number; mend the pattern", cell, found[1])
	}
	return value.Mul(value, n.factor), true, nil
}

// scoreText writes a value as score files want it, without loss.
func scoreText(value *big.Rat) (string, error) {
	written := value.FloatString(scoreDecimals)
	if back, _ := new(big.Rat).SetString(written); back.Cmp(value) != 0 {
		return "", fmt.Errorf("found the score %s, expected at most %d decimals; choose another multiply", value.RatString(), scoreDecimals)
	}
	return strings.TrimSuffix(strings.TrimRight(written, "0"), "."), nil
}
