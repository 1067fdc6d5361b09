// Package ocds is the Open Contracting Data Standard 1.1 as far as contracts go: the part of a release that says who
// bought what from whom, for how much, and what was paid. It writes such releases, and turns those of others into rows of
// our kinds of file. What it cannot tell apart it refuses, with the place in the file; it guesses nothing. Whether a row is
// accepted is left to package intake.
package ocds

import "encoding/json"

// Version is the version of the standard that is written.
const Version = "1.1"

// Scheme names the lists of identifiers and codes that are ours: organisations by their unified social credit code, and
// items of the district's guidance catalogue.
const (
	USCCScheme      = "CN-USCC"
	CatalogueScheme = "PINGXIN-CATALOGUE"
)

// Package is the head of a release package; its releases are written behind it.
type Package struct {
	URI           string    `json:"uri"`
	Version       string    `json:"version"`
	Extensions    []string  `json:"extensions,omitempty"`
	PublishedDate string    `json:"publishedDate"`
	Publisher     Publisher `json:"publisher"`
	Releases      []Release `json:"releases"`
}

// Publisher is who publishes a package.
type Publisher struct {
	Name string `json:"name"`
}

// Release is what is said of one contracting process at one time.
type Release struct {
	OCID           string     `json:"ocid"`
	ID             string     `json:"id"`
	Date           string     `json:"date"`
	Tag            []string   `json:"tag"`
	InitiationType string     `json:"initiationType"`
	Language       string     `json:"language,omitempty"`
	Parties        []Party    `json:"parties,omitempty"`
	Buyer          *Reference `json:"buyer,omitempty"`
	Tender         *Tender    `json:"tender,omitempty"`
	Awards         []Award    `json:"awards,omitempty"`
	Contracts      []Contract `json:"contracts,omitempty"`
}

// Party is an organisation that takes part.
type Party struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Identifier *Identifier `json:"identifier,omitempty"`
	Roles      []string    `json:"roles"`
}

// Identifier is an organisation's entry in a register.
type Identifier struct {
	Scheme    string `json:"scheme,omitempty"`
	ID        string `json:"id,omitempty"`
	LegalName string `json:"legalName,omitempty"`
}

// Reference names one of the parties.
type Reference struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Tender is how the contract came about.
type Tender struct {
	ID                 string     `json:"id"`
	Status             string     `json:"status,omitempty"`
	ProcurementMethod  string     `json:"procurementMethod,omitempty"`
	ProcurementDetails string     `json:"procurementMethodDetails,omitempty"`
	MainProcurement    string     `json:"mainProcurementCategory,omitempty"`
	ProcuringEntity    *Reference `json:"procuringEntity,omitempty"`
	Items              []Item     `json:"items,omitempty"`
}

// Award is the decision for suppliers.
type Award struct {
	ID        string      `json:"id"`
	Status    string      `json:"status,omitempty"`
	Value     *Value      `json:"value,omitempty"`
	Suppliers []Reference `json:"suppliers,omitempty"`
	Items     []Item      `json:"items,omitempty"`
}

// Contract is one contract, with its evaluation by the extension that stands beside the package.
type Contract struct {
	ID             string          `json:"id"`
	AwardID        string          `json:"awardID"`
	Title          string          `json:"title,omitempty"`
	Status         string          `json:"status,omitempty"`
	Period         *Period         `json:"period,omitempty"`
	Value          *Value          `json:"value,omitempty"`
	Items          []Item          `json:"items,omitempty"`
	DateSigned     string          `json:"dateSigned,omitempty"`
	Implementation *Implementation `json:"implementation,omitempty"`
	Evaluation     *Evaluation     `json:"evaluation,omitempty"`
}

// Period is from when to when.
type Period struct {
	StartDate string `json:"startDate,omitempty"`
	EndDate   string `json:"endDate,omitempty"`
}

// Value is an amount of money, kept as it is written.
type Value struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency,omitempty"`
}

// Item is one thing that is bought.
type Item struct {
	ID             string          `json:"id"`
	Description    string          `json:"description,omitempty"`
	Classification *Classification `json:"classification,omitempty"`
}

// Classification is the code of an item in a list.
type Classification struct {
	Scheme      string `json:"scheme,omitempty"`
	ID          string `json:"id,omitempty"`
	Description string `json:"description,omitempty"`
}

// Implementation is what happened after the contract was signed.
type Implementation struct {
	Transactions []Transaction `json:"transactions,omitempty"`
}

// Transaction is one payment.
type Transaction struct {
	ID    string     `json:"id"`
	Date  string     `json:"date,omitempty"`
	Value *Value     `json:"value,omitempty"`
	Payer *Reference `json:"payer,omitempty"`
	Payee *Reference `json:"payee,omitempty"`
}

// Evaluation is our extension: the evaluation of the contract as a release of results says it. Numbers that are withheld,
// and those of a contract without a grade, are left out.
type Evaluation struct {
	Status   string      `json:"status"`
	Grade    string      `json:"grade,omitempty"`
	Value    json.Number `json:"value,omitempty"`
	Low      json.Number `json:"low,omitempty"`
	High     json.Number `json:"high,omitempty"`
	AsOf     string      `json:"asOf"`
	Release  int         `json:"release,omitempty"`
	Withheld string      `json:"withheld,omitempty"`
}

// methodCodes are the ways of purchase that the standard has a code for; of the others only the word is written.
var methodCodes = map[string]string{"open_tender": "open", "invited_tender": "selective", "single_source": "direct", "entrustment": "direct"}

// MethodCode is the standard's code for a way of purchase; empty for none that says the same.
func MethodCode(method string) string { return methodCodes[method] }
