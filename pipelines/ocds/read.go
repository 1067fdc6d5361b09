package ocds

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Mapping says what codes of others are in our terms. Nothing is mapped that is not said here or is ours already.
type Mapping struct {
	Items       map[string]string // item of our catalogue by "SCHEME:CODE"
	Methods     map[string]string // way of purchase by the standard's code, or by the word in procurementMethodDetails
	YearOfStart bool              // the budget year is that in which the contract begins; else the one in which it was signed
	OCIDs       bool              // contracts are numbered by their ocid, a slash and their id; else by their id alone
}

// Table is the rows of one of our kinds of file.
type Table struct {
	Kind string
	Head []string
	Rows [][]string
}

// Result is what a package comes to: tables in the order in which they can be accepted, and what was left out with the
// reason, as of a process that has no contract yet.
type Result struct {
	Tables []Table
	Notes  []Fault
}

// Fault is one place of a package with what is wrong there.
type Fault struct {
	Path     string // as /releases/0/contracts/1/value/currency
	Found    string
	Expected string
}

func (f *Fault) String() string {
	return fmt.Sprintf("%s: found %s, expected %s", f.Path, f.Found, f.Expected)
}

// FaultsError says why a package was refused; nothing of it is used.
type FaultsError struct{ Faults []Fault }

// shownFaults is how many faults a message names.
const shownFaults = 20

func (e *FaultsError) Error() string {
	lines := []string{fmt.Sprintf("the package was refused, with %d faults:", len(e.Faults))}
	for i := range e.Faults[:min(shownFaults, len(e.Faults))] {
		lines = append(lines, "  "+e.Faults[i].String())
	}
	return strings.Join(lines, "\n")
}

// anyPackage is a release package, or a record package.
type anyPackage struct {
	Version  string    `json:"version"`
	Releases []release `json:"releases"`
	Records  []record  `json:"records"`
}

type record struct {
	OCID     string          `json:"ocid"`
	Compiled *release        `json:"compiledRelease"`
	Releases json.RawMessage `json:"releases"`
}

// release is a release with its place in the file.
type release struct {
	Release
	path string
}

// Read turns a release package or a record package into rows. Of several releases of one process the latest that says
// something of a contract counts; of a record its compiled release. The error is a *FaultsError, or says that the file is
// no package.
func Read(from io.Reader, m Mapping) (Result, error) {
	var p anyPackage
	d := json.NewDecoder(from)
	d.UseNumber()
	if err := d.Decode(&p); err != nil {
		return Result{}, fmt.Errorf("read an OCDS package: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Result{}, errors.New("read an OCDS package: found something behind the package, expected one JSON object")
	}
	t := translator{Mapping: m, parties: map[string]party{}, numbers: map[string]string{}}
	t.checkVersion(p.Version)
	for _, r := range t.releases(&p) {
		t.release(r)
	}
	if len(t.faults) > 0 {
		return Result{}, &FaultsError{t.faults}
	}
	return Result{Tables: t.tables(), Notes: t.notes}, nil
}

// translator collects the rows of a package.
type translator struct {
	Mapping
	parties   map[string]party
	numbers   map[string]string // ocid by number of the contract
	contracts [][]string
	payments  [][]string
	faults    []Fault
	notes     []Fault
}

type party struct {
	row  []string
	path string
}

func (t *translator) fault(path, found, expected string) {
	t.faults = append(t.faults, Fault{path, found, expected})
}

func (t *translator) note(path, found, expected string) {
	t.notes = append(t.notes, Fault{path, found, expected})
}

func (t *translator) checkVersion(version string) {
	if version != Version {
		t.fault("/version", quoted(version), `"1.1"; a package of version 1.0 has no "parties" and has to be upgraded first`)
	}
}

// releases are those that count, the latest of each process, in the order of the file.
func (t *translator) releases(p *anyPackage) []*release {
	var all []*release
	for i := range p.Releases {
		p.Releases[i].path = fmt.Sprintf("/releases/%d", i)
		all = append(all, &p.Releases[i])
	}
	for i := range p.Records {
		r := &p.Records[i]
		if r.Compiled == nil {
			t.fault(fmt.Sprintf("/records/%d/compiledRelease", i), "nothing", "a compiled release; linked releases are not fetched")
			continue
		}
		r.Compiled.path = fmt.Sprintf("/records/%d/compiledRelease", i)
		all = append(all, r.Compiled)
	}
	if len(all) == 0 && len(t.faults) == 0 {
		t.fault("/", "neither releases nor records", "a release package or a record package")
	}
	return t.latest(all)
}

// latest keeps of each process the latest release with contracts.
func (t *translator) latest(all []*release) []*release {
	last := map[string]*release{}
	dates := map[*release]time.Time{}
	for _, r := range all {
		if r.OCID == "" {
			t.fault(r.path+"/ocid", "nothing", "the id of the contracting process")
		}
		date, err := time.Parse(time.RFC3339, r.Date)
		if err != nil {
			t.fault(r.path+"/date", quoted(r.Date), "a moment such as 2026-02-28T00:00:00Z")
		}
		dates[r] = date
		if len(r.Contracts) == 0 {
			t.note(r.path+"/contracts", "nothing", "contracts; this release has no contract and was left out")
			continue
		}
		was := last[r.OCID]
		if was != nil && dates[was].Equal(date) {
			t.fault(r.path+"/date", quoted(r.Date)+", which is that of "+was.path, "another moment for each release of a process, or it is not known which counts")
		}
		if was == nil || date.After(dates[was]) {
			last[r.OCID] = r
		}
	}
	return slices.DeleteFunc(all, func(r *release) bool {
		if len(r.Contracts) > 0 && last[r.OCID] != r {
			t.note(r.path, "a release of "+quoted(r.OCID), "the latest one, which is "+last[r.OCID].path+"; this one was left out")
		}
		return last[r.OCID] != r
	})
}

func (t *translator) release(r *release) {
	for i := range r.Contracts {
		t.contract(r, i)
	}
}

// left are the states of contracts that are not, or not yet, performed.
var left = []string{"pending", "cancelled"}

// contract makes the rows of one contract.
func (t *translator) contract(r *release, i int) {
	c, path := &r.Contracts[i], fmt.Sprintf("%s/contracts/%d", r.path, i)
	if slices.Contains(left, c.Status) {
		t.note(path+"/status", quoted(c.Status), "active or terminated; this contract was left out")
		return
	}
	number := t.number(r, c, path)
	purchaser, supplier := t.purchaser(r), t.supplier(r, c, path)
	start, end := t.period(c, path)
	signed := t.optionalDay(c.DateSigned, path+"/dateSigned")
	t.contracts = append(t.contracts, []string{number, c.Title, purchaser, supplier, t.item(r, c, path), t.method(r), t.money(c.Value, path+"/value"), signed, start, end, t.year(start, signed, path)})
	if c.Implementation == nil {
		return
	}
	for n := range c.Implementation.Transactions {
		t.payment(number, &c.Implementation.Transactions[n], fmt.Sprintf("%s/implementation/transactions/%d", path, n))
	}
}

// number is the contract's number with us: its id is its own only within its process.
func (t *translator) number(r *release, c *Contract, path string) string {
	if c.ID == "" {
		t.fault(path+"/id", "nothing", "the number of the contract")
		return ""
	}
	number := c.ID
	if t.OCIDs {
		number = r.OCID + "/" + c.ID
	}
	if other, taken := t.numbers[number]; taken {
		t.fault(path+"/id", quoted(c.ID)+", which a contract of "+quoted(other)+" has too", "numbers that no other contract has; number them by their process with --numbers ocid")
	}
	t.numbers[number] = r.OCID
	return number
}

func (t *translator) purchaser(r *release) string {
	switch {
	case r.Buyer != nil && r.Buyer.ID != "":
		return t.party(r, r.Buyer.ID, "purchaser", r.path+"/buyer/id")
	case r.Tender != nil && r.Tender.ProcuringEntity != nil && r.Tender.ProcuringEntity.ID != "":
		return t.party(r, r.Tender.ProcuringEntity.ID, "purchaser", r.path+"/tender/procuringEntity/id")
	}
	t.fault(r.path+"/buyer/id", "nothing", "who buys, here or in /tender/procuringEntity/id")
	return ""
}

// supplier is the one supplier of the award that the contract names.
func (t *translator) supplier(r *release, c *Contract, path string) string {
	at := slices.IndexFunc(r.Awards, func(a Award) bool { return a.ID == c.AwardID })
	if at < 0 {
		t.fault(path+"/awardID", quoted(c.AwardID), "the id of one of the awards of this release; a release that says only what is new has to be compiled first")
		return ""
	}
	award := fmt.Sprintf("%s/awards/%d/suppliers", r.path, at)
	if n := len(r.Awards[at].Suppliers); n != 1 {
		t.fault(award, fmt.Sprintf("%d suppliers", n), "one: a contract has one supplier here")
		return ""
	}
	return t.party(r, r.Awards[at].Suppliers[0].ID, "supplier", award+"/0/id")
}

// party enters an organisation by its id in a kind, and returns the id.
func (t *translator) party(r *release, id, kind, path string) string {
	at := slices.IndexFunc(r.Parties, func(p Party) bool { return p.ID == id })
	if id == "" || at < 0 {
		t.fault(path, quoted(id), "the id of one of the parties of the release")
		return ""
	}
	p, where := &r.Parties[at], fmt.Sprintf("%s/parties/%d", r.path, at)
	uscc := ""
	if p.Identifier != nil && p.Identifier.Scheme == USCCScheme {
		uscc = p.Identifier.ID
	}
	if p.Name == "" {
		t.fault(where+"/name", "nothing", "the name of the organisation")
	}
	row := []string{id, p.Name, kind, uscc}
	switch was, known := t.parties[id]; {
	case !known:
		t.parties[id] = party{row, where}
	case was.row[2] != kind:
		t.fault(where+"/roles", "a "+kind, "a "+was.row[2]+", as at "+was.path+": an organisation is one of the two here")
	case !slices.Equal(was.row, row):
		t.fault(where, fmt.Sprintf("%q with the code %q", row[1], row[3]), fmt.Sprintf("%q with the code %q, as at %s", was.row[1], was.row[3], was.path))
	}
	return id
}

// item is the one item of our catalogue that the contract is for: by its own items, those of its award, or of the tender.
func (t *translator) item(r *release, c *Contract, path string) string {
	items, where := c.Items, path+"/items"
	if len(items) == 0 {
		if at := slices.IndexFunc(r.Awards, func(a Award) bool { return a.ID == c.AwardID }); at >= 0 && len(r.Awards[at].Items) > 0 {
			items, where = r.Awards[at].Items, fmt.Sprintf("%s/awards/%d/items", r.path, at)
		} else if r.Tender != nil {
			items, where = r.Tender.Items, r.path+"/tender/items"
		}
	}
	if len(items) == 0 {
		t.fault(path+"/items", "nothing", "what was bought, with its classification")
		return ""
	}
	found := ""
	for i, item := range items {
		at := fmt.Sprintf("%s/%d/classification", where, i)
		code := t.catalogue(item.Classification, at)
		if code != "" && found != "" && code != found {
			t.fault(at, quoted(code), quoted(found)+", as for the items before: a contract is for one item of the catalogue here")
		}
		if code != "" {
			found = code
		}
	}
	return found
}

func (t *translator) catalogue(c *Classification, path string) string {
	if c == nil || c.ID == "" {
		t.fault(path, "nothing", "a scheme and a code")
		return ""
	}
	if c.Scheme == CatalogueScheme {
		return c.ID
	}
	code, mapped := t.Items[c.Scheme+":"+c.ID]
	if !mapped {
		t.fault(path+"/id", quoted(c.Scheme+":"+c.ID), fmt.Sprintf("a code of our catalogue (scheme %s), or what it is there: --item %s:%s=CODE", CatalogueScheme, c.Scheme, c.ID))
	}
	return code
}

// ours are the ways of purchase that one code of the standard stands for alone.
var ours = map[string]string{"open": "open_tender", "selective": "invited_tender"}

// method is the way of purchase: by our own word, by what was said of the code, or by the code where it has one meaning.
func (t *translator) method(r *release) string {
	if r.Tender == nil || r.Tender.ProcurementMethod == "" && r.Tender.ProcurementDetails == "" {
		t.fault(r.path+"/tender/procurementMethod", "nothing", "how it was bought")
		return ""
	}
	code, details := r.Tender.ProcurementMethod, r.Tender.ProcurementDetails
	for _, said := range []string{details, code} {
		if method, mapped := t.Methods[said]; mapped {
			return method
		}
	}
	if slices.Contains(methods, details) {
		return details
	}
	if method, known := ours[code]; known {
		return method
	}
	t.fault(r.path+"/tender/procurementMethod", quoted(code)+" with the details "+quoted(details), "a method of one meaning here (open, selective), or what it is: --method "+code+"=single_source")
	return ""
}

// methods are the words of our ways of purchase; a test holds them against the kind of file.
var methods = []string{"open_tender", "invited_tender", "competitive_negotiation", "competitive_consultation", "inquiry", "single_source", "framework", "dispersed", "franchise", "entrustment", "subsidy"}

// money is an amount in yuan with at most two decimals.
func (t *translator) money(v *Value, path string) string {
	if v == nil || v.Amount == "" {
		t.fault(path+"/amount", "nothing", "an amount in yuan")
		return ""
	}
	if v.Currency != "CNY" {
		t.fault(path+"/currency", quoted(v.Currency), `"CNY": no rate of exchange is assumed`)
	}
	found := amount.FindStringSubmatch(v.Amount.String())
	if found == nil {
		t.fault(path+"/amount", v.Amount.String(), "an amount from 0 with at most two decimals, which are fen, and without an exponent")
		return ""
	}
	return found[1] + "." + (found[2] + "00")[:2]
}

// amount is how an amount is written: up to a quadrillion, decimals after the second being zeros.
var amount = regexp.MustCompile(`^([0-9]{1,15})(?:\.([0-9]{1,2})0*)?$`)

func (t *translator) period(c *Contract, path string) (start, end string) {
	if c.Period == nil {
		t.fault(path+"/period", "nothing", "when the service begins and ends")
		return "", ""
	}
	return t.day(c.Period.StartDate, path+"/period/startDate"), t.day(c.Period.EndDate, path+"/period/endDate")
}

// day is the day of a moment, as it is written there: whoever wrote it meant that day in its own time zone.
func (t *translator) day(moment, path string) string {
	at, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		t.fault(path, quoted(moment), "a moment such as 2026-02-28T00:00:00Z")
		return ""
	}
	return at.Format(time.DateOnly)
}

func (t *translator) optionalDay(moment, path string) string {
	if moment == "" {
		return ""
	}
	return t.day(moment, path)
}

// year is the budget year, by the rule of the mapping.
func (t *translator) year(start, signed, path string) string {
	on := signed
	if t.YearOfStart {
		on = start
	} else if signed == "" {
		t.fault(path+"/dateSigned", "nothing", "when it was signed, by which the budget year is known; or --budget-year start")
	}
	year, _, _ := strings.Cut(on, "-")
	return year
}

func (t *translator) payment(number string, p *Transaction, path string) {
	if p.ID == "" {
		t.fault(path+"/id", "nothing", "an id, by which a later file can correct the payment")
	}
	t.payments = append(t.payments, []string{number, p.ID, t.day(p.Date, path+"/date"), t.money(p.Value, path+"/value")})
}

// tables are the rows in the order in which they can be accepted.
func (t *translator) tables() []Table {
	organisations := Table{Kind: "organisation", Head: []string{"org_id", "name", "kind", "uscc"}}
	for _, p := range t.parties {
		organisations.Rows = append(organisations.Rows, p.row)
	}
	slices.SortFunc(organisations.Rows, slices.Compare)
	return []Table{organisations,
		{"contract", []string{"contract_no", "name", "purchaser_id", "supplier_id", "item_code", "method", "amount_yuan", "signed_on", "start_on", "end_on", "budget_year"}, t.contracts},
		{"payment", []string{"contract_no", "stage", "paid_on", "amount_yuan"}, t.payments}}
}

func quoted(text string) string {
	if text == "" {
		return "nothing"
	}
	return fmt.Sprintf("%q", text)
}
