package programme

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// check finds what is wrong with the description by itself and beside its policy; the tables are not looked at.
func (p *Programme) check() []error {
	var faults []error
	fault := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if p.ID == "" || p.AsOf == (toml.LocalDate{}) {
		fault("id, as_of", "found %q and %s, expected a name and a date", p.ID, p.AsOf)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Formats)) {
		f := p.Formats[name]
		if pattern, err := regexp.Compile(f.Pattern); err != nil || pattern.NumSubexp() != 1 {
			fault("format."+name+".pattern", "found %q, expected a regular expression with one group around the digits", f.Pattern)
		}
		if !(f.Multiply > 0) {
			fault("format."+name+".multiply", "found %g, expected a number above 0; 1 leaves the published scale as it is", f.Multiply)
		}
	}
	file := func(key, name string) {
		if !filepath.IsLocal(name) {
			fault(key, "found %q, expected the name of a table in the folder", name)
		}
	}
	for i, r := range p.Rows {
		if r.Each != "" {
			file(fmt.Sprintf("row[%d].each", i), r.Each)
		}
		if r.Kind == "" || r.Kind == scoreKind || len(r.Cells) == 0 {
			fault(fmt.Sprintf("row[%d]", i), "found kind %q with %d cells, expected a kind of file other than score, and its cells", r.Kind, len(r.Cells))
		}
	}
	for i, s := range p.Scores {
		key := fmt.Sprintf("score[%d]", i)
		file(key+".file", s.File)
		faults = append(faults, p.checkScores(key, s)...)
	}
	file("published.file", p.Published.File)
	if _, known := p.Formats[p.Published.Format]; !known {
		fault("published.format", "found %q, expected one of %s", p.Published.Format, p.formatNames())
	}
	if !(p.Published.Tolerance >= 0) {
		fault("published.tolerance", "found %g, expected a difference from 0", p.Published.Tolerance)
	}
	return faults
}

// checkScores asks that the scores are those that the policy takes.
func (p *Programme) checkScores(key string, s Scores) []error {
	var faults []error
	if s.ScoredOn == (toml.LocalDate{}) {
		faults = append(faults, fmt.Errorf("%s.scored_on: found nothing, expected a date", key))
	}
	if _, known := p.Formats[s.Format]; !known {
		faults = append(faults, fmt.Errorf("%s.format: found %q, expected one of %s", key, s.Format, p.formatNames()))
	}
	if len(s.Columns) == 0 {
		faults = append(faults, fmt.Errorf("%s.columns: found none, expected published columns by indicator", key))
	}
	for _, id := range slices.Sorted(maps.Keys(s.Columns)) {
		if !p.takes(id, s.Party) {
			faults = append(faults, fmt.Errorf("%s.columns.%s: found an indicator that %q does not score under the policy %s, expected one that it does",
				key, id, s.Party, p.Policy))
		}
	}
	return faults
}

// takes says whether the policy has a leaf of that id that the party scores.
func (p *Programme) takes(indicator, party string) bool {
	for _, i := range p.Rules.Evaluation.Indicators {
		if i.ID == indicator {
			return i.Parties[party] > 0
		}
	}
	return false
}

func (p *Programme) formatNames() string {
	return strings.Join(slices.Sorted(maps.Keys(p.Formats)), ", ")
}
