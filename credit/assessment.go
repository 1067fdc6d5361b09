package credit

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pingxin/scoring"
)

// AssessmentPolicy is the [assessment] table: the grade assessment of social organisations, 5A to 1A (等级评估).
type AssessmentPolicy struct {
	Points         float64           `toml:"points"` // full marks
	ValidYears     int               `toml:"valid_years"`
	MinimumYears   int               `toml:"minimum_years"`       // registered for at least so long
	SupplierTypes  []string          `toml:"supplier_types"`      // that are assessed
	InvestigatedBy []string          `toml:"investigation_kinds"` // credit events of a running investigation
	Grades         []AssessmentGrade `toml:"grade"`               // best first
}

// AssessmentGrade is one grade: points above Above.
type AssessmentGrade struct {
	ID    string  `toml:"id"`
	Above float64 `toml:"above"`
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *AssessmentPolicy) Check() []error {
	var faults []error
	if p.Points <= 0 || p.ValidYears <= 0 || p.MinimumYears < 0 {
		faults = append(faults, fmt.Errorf("assessment: found points %g, valid_years %d, minimum_years %d, expected numbers above 0 (minimum_years from 0)", p.Points, p.ValidYears, p.MinimumYears))
	}
	if len(p.Grades) == 0 {
		faults = append(faults, fmt.Errorf("assessment.grade: found none, expected the grades from the best to the worst"))
	}
	for i, g := range p.Grades {
		if g.ID == "" || g.Above < 0 || g.Above >= p.Points || i > 0 && g.Above >= p.Grades[i-1].Above {
			faults = append(faults, fmt.Errorf("assessment.grade %q.above: found %g, expected points from 0, below the full marks and below the better grade", g.ID, g.Above))
		}
	}
	return faults
}

// Item is what an assessor gave for one item of a section.
type Item struct {
	Section, Item     string
	Points, MaxPoints float64
	On                time.Time
}

// Inspection is the result of one annual inspection: "passed", "basic" or "failed".
type Inspection struct {
	Year   int
	Result string
}

// AssessmentEvidence is all that an assessment rests on.
type AssessmentEvidence struct {
	Supplier, SupplierType string
	RegisteredOn           time.Time
	Items                  []Item
	Inspections            []Inspection
	Inspected              []int // years of which the result of any organisation is known, whichever
	Events                 []Event
}

// AssessmentStatus says what came of an assessment.
type AssessmentStatus string

// The outcomes of an assessment.
const (
	Graded      AssessmentStatus = "graded"
	BelowGrade  AssessmentStatus = "below_grade"  // assessed, with too few points for any grade
	Excluded    AssessmentStatus = "excluded"     // could not be assessed on the day on which it was, for the reasons given
	Expired     AssessmentStatus = "expired"      // the grade's years are over
	NotAssessed AssessmentStatus = "not_assessed" // no items, or not a social organisation
)

// Assessment is the grade of a social organisation on one day.
type Assessment struct {
	Supplier   string
	Status     AssessmentStatus
	Grade      string // only when Graded
	Points     float64
	AssessedOn time.Time
	ValidUntil time.Time
	Reasons    []scoring.Note
	// GoodUntil is the first later day on which the same evidence may be assessed otherwise; zero when no day can change it.
	GoodUntil time.Time
}

// Assess grades one organisation. Of an item that was assessed more than once the latest points count. Points are brought
// to the full marks of the policy when the items' full marks differ, which a reason then says. What keeps an organisation from
// being assessed is judged as of the day on which it was (order 39 of 2010, article 10, check): a grade holds for its years, and
// what comes to light later is a ground for the authority to lower or withdraw it (ReassessmentPolicy.Grounds), never does so itself.
func (p *AssessmentPolicy) Assess(ev AssessmentEvidence, asOf time.Time) Assessment {
	a := Assessment{Supplier: ev.Supplier, Status: NotAssessed, GoodUntil: p.goodUntil(ev, asOf)}
	var points, most float64
	for _, i := range latestItems(ev.Items, asOf) {
		points, most = points+i.Points, most+i.MaxPoints
		if i.On.After(a.AssessedOn) {
			a.AssessedOn = i.On
		}
	}
	if most == 0 || !slices.Contains(p.SupplierTypes, ev.SupplierType) {
		a.AssessedOn = time.Time{}
		return a
	}
	if most = scoring.Round(most, 9); most != p.Points { // full marks such as 108.8 do not add up exactly in a float
		a.Reasons = append(a.Reasons, scoring.Note{Code: "points_scaled", Have: most, Need: p.Points})
		points = float64(points*p.Points) / most
	}
	a.Points = scoring.Round(points, decimals)
	a.ValidUntil = a.AssessedOn.AddDate(p.ValidYears, 0, 0)
	exclusions := p.exclusions(ev, a.AssessedOn)
	a.Reasons = append(a.Reasons, exclusions...)
	if year, unknown := ev.NotInspected(a.AssessedOn); unknown {
		a.Reasons = append(a.Reasons, scoring.Note{Code: "inspections_unknown", Have: float64(year)})
	}
	switch {
	case len(exclusions) > 0:
		a.Status = Excluded
	case ended(a.ValidUntil, asOf):
		a.Status = Expired
	default:
		a.Status, a.Grade = p.grade(a.Points)
	}
	return a
}

// goodUntil is the next day on which points are given, a grade may end, or something of the record begins that may decide on it.
func (p *AssessmentPolicy) goodUntil(ev AssessmentEvidence, asOf time.Time) time.Time {
	if len(ev.Items) == 0 {
		return time.Time{}
	}
	var next time.Time
	for _, i := range ev.Items {
		next = Sooner(next, i.On, asOf)
		next = Sooner(next, i.On.AddDate(p.ValidYears, 0, 0), asOf)
	}
	for _, e := range ev.Events {
		next = Sooner(next, e.OccurredOn, asOf)
	}
	return next
}

// latestItems returns the items known on the day, each as it was assessed last, in a fixed order.
func latestItems(items []Item, asOf time.Time) []Item {
	known := slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.On.After(asOf) })
	slices.SortFunc(known, func(x, y Item) int {
		return cmp.Or(cmp.Compare(x.Section, y.Section), cmp.Compare(x.Item, y.Item), y.On.Compare(x.On))
	})
	return slices.CompactFunc(known, func(x, y Item) bool { return x.Section == y.Section && x.Item == y.Item })
}

func (p *AssessmentPolicy) grade(points float64) (AssessmentStatus, string) {
	for _, g := range p.Grades {
		if points > g.Above {
			return Graded, g.ID
		}
	}
	return BelowGrade, ""
}

// exclusions lists why an organisation may not be assessed on a day.
func (p *AssessmentPolicy) exclusions(ev AssessmentEvidence, asOf time.Time) []scoring.Note {
	var found []scoring.Note
	if !ev.RegisteredOn.IsZero() && asOf.Before(ev.RegisteredOn.AddDate(p.MinimumYears, 0, 0)) {
		found = append(found, scoring.Note{Code: "registered_too_recently", Need: float64(p.MinimumYears)})
	}
	found = append(found, inspectionFaults(ev, asOf.Year()-1)...)
	for _, e := range inOrder(ev.Events, func(e *Event) string { return e.ID }) {
		switch {
		case e.OccurredOn.After(asOf):
		case slices.Contains(p.InvestigatedBy, e.Kind) && !ended(e.EndsOn, asOf):
			found = append(found, scoring.Note{Code: "under_investigation", Ref: e.ID})
		case e.Severity == serious && e.OccurredOn.Year() == asOf.Year()-1:
			found = append(found, scoring.Note{Code: "punished_last_year", Ref: e.ID})
		}
	}
	return found
}

// resultsBy are the results by year, and the year that is judged. Results of a year arrive during the next one: until then the
// year before is the last.
func resultsBy(inspections []Inspection, lastYear int) (results map[int]string, year int) {
	results = map[int]string{}
	for _, i := range inspections {
		results[i.Year] = i.Result
	}
	if year = lastYear; results[year] == "" {
		year--
	}
	return results, year
}

// NotInspected says that no organisation's result is known of the year whose inspection is to be judged on a day: that this one
// has none is then no fault of its own.
func (ev *AssessmentEvidence) NotInspected(asOf time.Time) (year int, unknown bool) {
	results, year := resultsBy(ev.Inspections, asOf.Year()-1)
	return year, results[year] == "" && !slices.Contains(ev.Inspected, year)
}

// inspectionFaults judges the annual inspections.
func inspectionFaults(ev AssessmentEvidence, lastYear int) []scoring.Note {
	results, year := resultsBy(ev.Inspections, lastYear)
	switch {
	case results[year] == "" && slices.Contains(ev.Inspected, year):
		return []scoring.Note{{Code: "no_inspection", Need: float64(year)}}
	case results[year] == "failed":
		return []scoring.Note{{Code: "inspection_failed", Have: float64(year)}}
	case results[year] == "basic" && results[year-1] == "basic":
		return []scoring.Note{{Code: "two_basic_inspections", Have: float64(year)}}
	}
	return nil
}
