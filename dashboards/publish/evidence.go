package publish

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// contract is one contract with its public evidence: no answers of fewer than store.MinRecipients recipients, no raters.
type contract struct {
	store.Official // as the run published it; of a bundle that is read, only what stands in the table of contracts
	scoring.Evidence
	few []string // indicators on which some, but fewer than store.MinRecipients, recipients answered
}

// public takes out of a contract's evidence what is not published. Raters become classes; nil: nobody asks for raters.
func public(o *store.Official, c *reduce.Contract, classes *classBook) contract {
	p := contract{Official: *o, Evidence: c.Evidence}
	p.Evidence.Cells = nil
	for _, cell := range c.Evidence.Cells {
		cell.Raters = classes.of(cell.Raters)
		if cell.Party == scoring.Recipient && isFew(&cell) {
			p.few = append(p.few, cell.Indicator)
			continue
		}
		p.Evidence.Cells = append(p.Evidence.Cells, cell)
	}
	slices.Sort(p.few)
	slices.SortFunc(p.Evidence.Cells, func(a, b scoring.Cell) int {
		return cmp.Or(cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Party, b.Party))
	})
	slices.SortFunc(p.Evidence.Attainments, func(a, b scoring.Attainment) int { return cmp.Compare(a.Indicator, b.Indicator) })
	if p.Recipients < store.MinRecipients {
		p.Recipients = 0
	}
	return p
}

// isFew says whether a cell, or what is published of one class of its raters, is of fewer than store.MinRecipients answers.
func isFew(c *scoring.Cell) bool {
	if c.Raters == nil {
		return len(c.Values) < store.MinRecipients
	}
	byClass := map[int32]int{}
	for _, class := range c.Raters {
		byClass[class]++
	}
	for _, n := range byClass {
		if n < store.MinRecipients {
			return true
		}
	}
	return false
}

func (c *contract) row() []string {
	return []string{c.ContractNo, c.Name, c.PurchaserID, c.SupplierID, c.ItemCode, wholeCell(c.Year), c.Method, yuanCell(c.Evidence.AmountFen), dayCell(c.SignedOn), dayCell(c.StartOn),
		dayCell(c.EndOn), positive(c.Recipients), dayCell(c.LastOn), listCell(c.few)}
}

// ofRow reads what row wrote.
func (c *contract) ofRow(r *rowReader) {
	c.ContractNo, c.Name, c.PurchaserID, c.SupplierID = r.text("contract_no"), r.text("name"), r.text("purchaser_id"), r.text("supplier_id")
	c.ItemCode, c.Year, c.Method = r.text("item_code"), r.whole("budget_year"), r.text("method")
	c.Official.AmountFen, c.SignedOn = r.fen("amount_yuan"), r.day("signed_on")
	c.Evidence = scoring.Evidence{Contract: c.ContractNo, Peer: reduce.PeerGroup(c.ItemCode, c.Year), StartOn: r.day("start_on"), EndOn: r.day("end_on"), AmountFen: c.Official.AmountFen,
		Recipients: r.whole("recipients"), LastOn: r.day("last_on")}
	r.list("few_answers", &c.few)
}

func paymentRow(p *store.Payment) []string {
	return []string{p.ContractNo, p.Stage, dayCell(p.DueOn), dayCell(p.PaidOn), yuanCell(p.AmountFen)}
}

// addPayment adds a stage of payment: what is paid later than asOf is not paid yet.
func (c *contract) addPayment(r *rowReader, asOf time.Time) {
	c.Payments++
	if paid := r.day("paid_on"); !paid.IsZero() && !paid.After(asOf) {
		c.PaidFen += r.fen("amount_yuan")
	}
}

func targetRow(contractNo string, a scoring.Attainment) []string {
	actual := math.NaN()
	if a.Reached {
		actual = a.Actual
	}
	return []string{contractNo, a.Indicator, realCell(a.Target), strconv.FormatBool(a.Higher), realCell(actual)}
}

func targetOf(r *rowReader) scoring.Attainment {
	a := scoring.Attainment{Indicator: r.text("indicator"), Target: r.real("target"), Actual: r.real("actual"), Higher: r.text("higher_is_better") == "true"}
	if a.Reached = !math.IsNaN(a.Actual); !a.Reached {
		a.Actual = 0
	}
	return a
}

// answerRows are the rows of a cell: one, or one for each class of raters.
func answerRows(contractNo string, c scoring.Cell) (rows [][]string) {
	byClass := map[int32][]int32{}
	for i, v := range c.Values {
		class := int32(0)
		if c.Raters != nil {
			class = c.Raters[i]
		}
		byClass[class] = append(byClass[class], v)
	}
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		word := ""
		if c.Raters != nil {
			word = wholeCell(class)
		}
		rows = append(rows, []string{contractNo, c.Indicator, c.Party.String(), word, wholeCell(len(byClass[class])), writeScores(byClass[class])})
	}
	return rows
}

// writeScores writes scores in points, each with how often it was given where that is not once: 82.5 90*3 100*12. It sorts
// them.
func writeScores(values []int32) string {
	slices.Sort(values)
	var b strings.Builder
	for from := 0; from < len(values); {
		to := from + 1
		for to < len(values) && values[to] == values[from] {
			to++
		}
		if from > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(points(values[from]))
		if to-from > 1 {
			b.WriteString("*" + strconv.Itoa(to-from))
		}
		from = to
	}
	return b.String()
}

// scoreUnit is how many units of a stored score make a point.
const scoreUnit = 10_000

// points writes a stored score in points, without zeros at the end.
func points(e4 int32) string {
	sign := ""
	if e4 < 0 {
		sign, e4 = "-", -e4
	}
	if e4%scoreUnit == 0 {
		return sign + strconv.Itoa(int(e4/scoreUnit))
	}
	return sign + strings.TrimRight(fmt.Sprintf("%d.%04d", e4/scoreUnit, e4%scoreUnit), "0")
}

// readScores reads what writeScores wrote.
func readScores(text string) ([]int32, error) {
	var values []int32
	for _, word := range strings.Fields(text) {
		score, times, many := strings.Cut(word, "*")
		n := 1
		e4, err := parsePoints(score)
		if many && err == nil {
			n, err = strconv.Atoi(times)
		}
		if err != nil || n < 1 || n > math.MaxInt32 {
			return nil, fmt.Errorf("found %q, expected a score in points, with * and a number of answers where there is more than one", word)
		}
		values = append(values, slices.Repeat([]int32{e4}, n)...)
	}
	return values, nil
}

func parsePoints(text string) (int32, error) {
	units, decimals, _ := strings.Cut(text, ".")
	if len(decimals) > 4 {
		return 0, fmt.Errorf("found %q, expected at most four decimals", text)
	}
	n, err := strconv.ParseInt(units+decimals+strings.Repeat("0", 4-len(decimals)), 10, 32)
	return int32(n), err
}

// addAnswers puts a row of answers into its cell; the rows of a cell lie together.
func (c *contract) addAnswers(r *rowReader) {
	party, err := scoring.ParseParty(r.text("party"))
	r.check("party", err)
	values, err := readScores(r.text("scores"))
	r.check("scores", err)
	if n := r.whole("n"); n != len(values) {
		r.check("n", fmt.Errorf("found %d, and %d scores", n, len(values)))
	}
	if party == scoring.Recipient && len(values) < store.MinRecipients {
		r.check("n", fmt.Errorf("found %d answers of recipients, and fewer than %d are not published", len(values), store.MinRecipients))
	}
	indicator := r.text("indicator")
	cells := &c.Evidence.Cells
	if last := len(*cells) - 1; last < 0 || (*cells)[last].Indicator != indicator || (*cells)[last].Party != party {
		*cells = append(*cells, scoring.Cell{Indicator: indicator, Party: party})
	}
	cell := &(*cells)[len(*cells)-1]
	cell.Values = append(cell.Values, values...)
	if r.text("rater_class") != "" {
		cell.Raters = append(cell.Raters, slices.Repeat([]int32{int32(r.whole("rater_class"))}, len(values))...)
	}
}

// classBook numbers raters by what a calibration says of them, all that a policy that makes use of it has to know: how far
// scores are moved, and whether they count less. A class names nobody, though a rater with a severity of its own is alone
// in its class.
type classBook struct {
	classes []scoring.Rater // class 1 and on; class 0 are those whom the calibration does not know
	number  map[int32]int32 // class by key of the rater
}

// newClassBook returns nil where the policy makes no use of what a calibration says of raters.
func newClassBook(p *scoring.Policy, c *scoring.Calibration) *classBook {
	if c == nil || p.Severity.Use != scoring.UseApply && len(p.Flags) == 0 {
		return nil
	}
	limit := int32(math.Round(p.Severity.Limit * scoreUnit))
	word := func(r scoring.Rater) string { return store.JSON(r) }
	class := map[int32]scoring.Rater{}
	all := map[string]scoring.Rater{}
	for key, r := range c.Raters {
		r.Severity = min(max(r.Severity, -limit), limit)
		r.Flags = slices.DeleteFunc(slices.Sorted(slices.Values(r.Flags)), func(flag string) bool {
			return !slices.ContainsFunc(p.Flags, func(rule scoring.FlagRule) bool { return rule.Flag == flag })
		})
		class[key], all[word(r)] = r, r
	}
	b := &classBook{number: map[int32]int32{}}
	b.classes = slices.SortedFunc(maps.Values(all), func(a, b scoring.Rater) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(word(a), word(b)))
	})
	at := map[string]int32{}
	for i, r := range b.classes {
		at[word(r)] = int32(i + 1)
	}
	for key, r := range class {
		b.number[key] = at[word(r)]
	}
	return b
}

// of are the classes of raters; nil without a book.
func (b *classBook) of(raters []int32) []int32 {
	if b == nil {
		return nil
	}
	classes := make([]int32, len(raters))
	for i, key := range raters {
		classes[i] = b.number[key]
	}
	return classes
}

// raters are what a judge of the public evidence knows of raters, by class; nil without a book.
func (b *classBook) raters() map[int32]scoring.Rater {
	if b == nil {
		return nil
	}
	known := make(map[int32]scoring.Rater, len(b.classes))
	for i, r := range b.classes {
		known[int32(i+1)] = r
	}
	return known
}

func classRow(number int32, r scoring.Rater) []string {
	return []string{wholeCell(number), realCell(float64(r.Severity) / scoreUnit), strconv.FormatBool(r.Comparable), listCell(r.Flags)}
}

// rowReader reads the cells of one row of a table and keeps the first fault.
type rowReader struct {
	*table
	cells []string
	row   int // from 1, below the header
	err   error
}

// check keeps a fault of a column with where it is.
func (r *rowReader) check(column string, err error) {
	if err != nil && r.err == nil {
		r.err = &FaultError{File: "data/" + r.name + ".csv", Row: r.row, Key: r.key(), Column: column, Sentence: err.Error()}
	}
}

// key are the cells by which the row is known.
func (r *rowReader) key() string { return strings.Join(r.cells[:r.keys], " ") }

func (r *rowReader) text(column string) string { return r.cells[r.at(column)] }

func (r *rowReader) whole(column string) int {
	cell := r.text(column)
	if cell == "" {
		return 0
	}
	n, err := strconv.Atoi(cell)
	r.check(column, err)
	return n
}

func (r *rowReader) real(column string) float64 {
	cell := r.text(column)
	if cell == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(cell, 64)
	r.check(column, err)
	return v
}

func (r *rowReader) fen(column string) int64 {
	cell := r.text(column)
	if cell == "" {
		return 0
	}
	n, err := parseFen(cell)
	r.check(column, err)
	return n
}

func (r *rowReader) day(column string) time.Time {
	cell := r.text(column)
	if cell == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, cell)
	r.check(column, err)
	return d
}

func (r *rowReader) list(column string, into any) {
	if cell := r.text(column); cell != "" {
		r.check(column, json.Unmarshal([]byte(cell), into))
	}
}
