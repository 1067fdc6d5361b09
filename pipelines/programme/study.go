package programme

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"pingxin/credit/challenger"
	"pingxin/credit/validation"
	"pingxin/pipelines/cohort"
)

// Study is a published table of cases with figures that others have computed from it: the file study.toml in its folder.
// It tries the statistics of scorecards as a programme tries the rules.
type Study struct {
	ID      string   `toml:"id"`
	Name    string   `toml:"name"`
	Source  string   `toml:"source"`  // who published the table
	Licence string   `toml:"licence"` // under which it may be passed on
	File    string   `toml:"file"`    // cells between blanks, without a header
	Columns []string `toml:"columns"`
	Outcome string   `toml:"outcome"` // one of the columns
	Bad     string   `toml:"bad"`     // its cells that are bad
	Figures []Figure `toml:"figure"`

	dir string
}

// Figure is one published number.
type Figure struct {
	Statistic string `toml:"statistic" json:"statistic"`
	Input     string `toml:"input" json:"input,omitempty"` // of an information value
	Published string `toml:"published" json:"published"`   // as printed: its last digit says how exact it is
}

// FoundFigure is a published figure with what was found.
type FoundFigure struct {
	Figure
	Found      float64 `json:"found"`
	Difference float64 `json:"difference"`
	Agrees     bool    `json:"agrees"` // to within half of the last printed digit
}

// The statistics of figures. All but the first are those of the logistic regression of the outcome on every column,
// categories with treatment contrasts.
const (
	informationValue = "information_value" // of a column's raw categories
	nullDeviance     = "null_deviance"
	residualDeviance = "residual_deviance"
	auc              = "auc"
	ks               = "ks"
)

// studyDescription is the file that describes a study, in its folder.
const studyDescription = "study.toml"

// IsStudy says whether a folder holds a study, not a programme.
func IsStudy(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, studyDescription))
	return err == nil
}

// LoadStudy reads the study in a folder. The error lists every fault.
func LoadStudy(dir string) (*Study, error) {
	path := filepath.Join(dir, studyDescription)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("study: %w", err)
	}
	s := &Study{dir: dir}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, located(err))
	}
	if faults := s.check(); len(faults) > 0 {
		return nil, fmt.Errorf("%s:\n%w", path, errors.Join(faults...))
	}
	return s, nil
}

func (s *Study) check() []error {
	var faults []error
	fault := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if s.ID == "" || !filepath.IsLocal(s.File) {
		fault("id, file", "found %q and %q, expected a name and the name of a table in the folder", s.ID, s.File)
	}
	if !slices.Contains(s.Columns, s.Outcome) || s.Bad == "" {
		fault("outcome, bad", "found %q and %q, expected one of the columns and its bad cells", s.Outcome, s.Bad)
	}
	if len(s.Figures) == 0 {
		fault("figure", "found none, expected the published figures")
	}
	for i, f := range s.Figures {
		key := fmt.Sprintf("figure[%d]", i)
		if !slices.Contains([]string{informationValue, nullDeviance, residualDeviance, auc, ks}, f.Statistic) {
			fault(key+".statistic", "found %q, expected information_value, null_deviance, residual_deviance, auc or ks", f.Statistic)
		}
		if (f.Statistic == informationValue) != slices.Contains(s.Columns, f.Input) {
			fault(key+".input", "found %q, expected a column for an information value and none for other statistics", f.Input)
		}
		if _, _, err := f.printed(); err != nil {
			fault(key+".published", "found %q, expected a number as it was printed, such as 0.8338", f.Published)
		}
	}
	return faults
}

// printed is the number and half a unit of its last digit.
func (f *Figure) printed() (value, half float64, err error) {
	value, err = strconv.ParseFloat(f.Published, 64)
	_, decimals, _ := strings.Cut(f.Published, ".")
	return value, 0.5 * math.Pow10(-len(decimals)), err
}

// Reproduce computes every figure anew and sets it beside what was published, in the order of the description.
func (s *Study) Reproduce() ([]FoundFigure, error) {
	table, err := s.table()
	if err != nil {
		return nil, err
	}
	found := make([]FoundFigure, len(s.Figures))
	var whole map[string]float64
	for i, f := range s.Figures {
		value := math.NaN()
		if f.Statistic == informationValue {
			value, err = s.informationValue(table, f.Input)
		} else {
			if whole == nil {
				whole, err = s.regress(table)
			}
			value = whole[f.Statistic]
		}
		if err != nil {
			return nil, fmt.Errorf("study %s: %s %s: %w", s.ID, f.Statistic, f.Input, err)
		}
		found[i] = f.beside(value)
	}
	return found, nil
}

// beside compares a value with the figure.
func (f Figure) beside(value float64) FoundFigure {
	printed, half, _ := f.printed() // was checked when the description was read
	difference := value - printed
	return FoundFigure{f, value, difference, math.Abs(difference) <= half}
}

// table reads the published table.
func (s *Study) table() (*cohort.Table, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, s.File))
	if err != nil {
		return nil, fmt.Errorf("study %s: %w", s.ID, err)
	}
	t := &cohort.Table{Name: s.File, Header: s.Columns, FirstRow: 1}
	for line := range strings.Lines(string(text)) {
		cells := strings.Fields(line)
		if len(cells) != len(s.Columns) {
			return nil, fmt.Errorf("study %s: %s, row %d: found %d cells, expected the %d of the columns", s.ID, s.File, len(t.Rows)+1, len(cells), len(s.Columns))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t, nil
}

func (s *Study) roles() cohort.Roles { return cohort.Roles{Outcome: s.Outcome, Bad: s.Bad} }

// informationValue is that of a column's raw categories.
func (s *Study) informationValue(t *cohort.Table, column string) (float64, error) {
	records, err := t.Records(challenger.Design{{Name: column, Kind: challenger.Category}}, s.roles())
	if err != nil {
		return 0, err
	}
	labels, bad := make([]string, len(records)), make([]bool, len(records))
	for i, r := range records {
		labels[i], bad[i] = r.Values[0].Label, r.Bad
	}
	b, _, err := challenger.Categories(column, labels, bad)
	return b.IV, err
}

// regress fits the outcome on all columns and measures the fit on the same cases, as the published figures do.
func (s *Study) regress(t *cohort.Table) (map[string]float64, error) {
	design, err := t.Design(s.roles())
	if err != nil {
		return nil, err
	}
	records, err := t.Records(design, s.roles())
	if err != nil {
		return nil, err
	}
	columns, err := challenger.Contrasts(design, records)
	if err != nil {
		return nil, err
	}
	bad := make([]bool, len(records))
	for i, r := range records {
		bad[i] = r.Bad
	}
	fit, err := challenger.Regress(columns, bad, challenger.DefaultPolicy().Ridge)
	if err != nil {
		return nil, err
	}
	odds, err := fit.LogOdds(columns, len(records))
	if err != nil {
		return nil, err
	}
	d, err := validation.Discriminate(odds, bad, confidence)
	return map[string]float64{nullDeviance: fit.NullDeviance, residualDeviance: fit.Deviance, auc: d.AUC, ks: d.KS}, err
}

// confidence of intervals, which no figure is about.
const confidence = 0.95
