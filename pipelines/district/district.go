// Package district makes a synthetic Jiangbei: departments, suppliers, contracts and what three parties think of them,
// of any size and the same for the same seed, with planted situations to be found again. It decides nothing about
// scoring; it only writes files that the importer takes.
package district

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Size says how large a district to make.
type Size struct {
	Seed                                                  uint64
	FirstYear, Years                                      int
	Departments, Suppliers, Contracts, Evaluators, Scores int
}

// Default is a district of the size of Jiangbei.
func Default() Size {
	return Size{Seed: 109, FirstYear: 2023, Years: 3, Departments: 40, Suppliers: 400, Contracts: 3000, Evaluators: 30, Scores: 300_000}
}

// Manifest says what was made: the files in an order in which they can be imported, the days of the nights and what
// was planted.
type Manifest struct {
	Files   []File
	Nights  []Night
	Planted []Planted
}

// File is one file of a night, counted from 1; Path is below the directory of the manifest.
type File struct {
	Kind, Path string
	Night      int
	Rows       int64
}

// Night is a day for which a run is to be made.
type Night struct{ AsOf time.Time }

// Planted is a situation that was put into the district on purpose.
type Planted struct{ Situation, Kind, ID, Note string }

// kindOrder is the order of import within a night.
var kindOrder = []string{"organisation", "catalog_item", "contract", "target", "progress", "payment", "score", "credit_event", "inspection", "assessment_item", "external_listing", "objection",
	"plan_item", "plan_review", "department_budget", "budget_line", "contract_plan", "payment_schedule", "contract_content", "target_source", "staffed_function",
	"organisation_contact", "complaint", "incident", "narrative", "catalog_entry", "catalog_adoption", "supplier_registration", "supplier_training"}

var headers = map[string]string{
	"organisation":    "org_id,name,kind,uscc,supplier_type,division,registered_on",
	"catalog_item":    "item_code,name,parent_code,nature,purchasable",
	"contract":        "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients",
	"target":          "contract_no,indicator,target,unit,direction",
	"progress":        "contract_no,indicator,actual,as_of_on",
	"payment":         "contract_no,stage,due_on,paid_on,amount_yuan",
	"score":           "contract_no,indicator,party,evaluator_id,score,scored_on",
	"credit_event":    "supplier_id,event_id,kind,severity,occurred_on,authority,document_no,ends_on,repaired_on,contract_no",
	"inspection":      "supplier_id,year,result",
	"objection":       "objection_no,contract_no,filed_on,outcome,decided_on,correction_batch",
	"assessment_item": "supplier_id,section,item,points,max_points,assessed_on",

	"external_listing":  "list,uscc,name,listed_on,until_on,removed_on,authority,document_no,cause",
	"plan_item":         "plan_no,year,purchaser_id,item_code,project,amount_yuan,method,method_reason,status,submitted_on",
	"plan_review":       "plan_no,review_no,decision,approved_yuan,reason,reviewed_on,reviewer",
	"department_budget": "year,purchaser_id,amount_yuan",
	"budget_line":       "year,purchaser_id,item_code,source,amount_yuan",
	"contract_plan":     "contract_no,plan_no",
	"payment_schedule":  "contract_no,stage,due_on,amount_yuan,payable",
	"contract_content":  "contract_no,scope,subject,quantity,quality,term,payment_terms,rights_duties,breach_liability",
	"target_source":     "contract_no,indicator,source,document,set_on",
	"staffed_function":  "year,purchaser_id,function,item_code,staff,cost_yuan",

	"organisation_contact":  "org_id,contact,value,until_on",
	"complaint":             "complaint_no,contract_no,received_on,subject,channel,outcome,answered_on",
	"incident":              "contract_no,incident_id,kind,severity,occurred_on,status,closed_on,summary,measures",
	"narrative":             "contract_no,party,author_id,written_on,narrative",
	"catalog_entry":         "version_id,item_code,listing,content,reason,authority",
	"catalog_adoption":      "version_id,title,in_force_on,authority,document_no,reason",
	"supplier_registration": "supplier_id,registrar,status,ended_on,certificate_until,tax_exempt_from,tax_exempt_until",
	"supplier_training":     "supplier_id,held_on,topic,organiser,hours,persons",
}

// maker is one district in the making.
type maker struct {
	Size
	dir      string
	rng      *rand.Rand
	decline  *rand.Rand        // of what goes wrong after the first year
	out      map[string]*sheet // by night and kind
	manifest Manifest
	progress func(done, total int64)
	scores   int64
	closed   int               // contracts of the department that does without competition
	loyalTo  contract          // the first service that the loyal department bought after the first year
	asked    int               // services of that department since
	renewed  map[int]*contract // by supplier: the purchase that a department renews with it

	suppliers []supplier
	contracts []contract
	severity  []float64 // of evaluators
	leniency  []float64 // of departments
}

// sheet is one file being written.
type sheet struct {
	file *os.File
	w    *bufio.Writer
	rows int64
}

// leastPerYear is the least number of contracts of a year: with fewer, a planted supplier would go without.
const leastPerYear = 10

// Generate writes the files of a district and manifest.json into dir. progress, when set, hears the scores written.
func Generate(dir string, s Size, progress func(done, total int64)) (_ Manifest, err error) {
	if s.Departments < 4 || s.Suppliers < 10 || s.Contracts < max(30, leastPerYear*s.Years) || s.Evaluators < 2 || s.Years < 2 || s.Scores < 0 {
		return Manifest{}, fmt.Errorf("a district needs at least 4 departments, 10 suppliers, 30 contracts and %d a year, 2 evaluators and 2 years; found %d, %d, %d, %d, %d",
			leastPerYear, s.Departments, s.Suppliers, s.Contracts, s.Evaluators, s.Years)
	}
	m := &maker{Size: s, dir: dir, rng: rand.New(rand.NewPCG(s.Seed, 2015)), decline: rand.New(rand.NewPCG(s.Seed, 2016)), out: map[string]*sheet{}, renewed: map[int]*contract{}, progress: progress}
	last := s.FirstYear + s.Years
	m.manifest.Nights = []Night{{date(last-1, 12, 31)}, {date(last, 1, 31)}, {date(last, 2, 28)}}
	defer func() {
		for _, o := range m.out {
			err = errors.Join(err, o.w.Flush(), o.file.Close())
		}
	}()
	for _, step := range []func() error{m.organisations, m.catalogue, m.makeContracts, m.conduct, m.assessments, m.externalLists, m.objections, m.unusualAnswers, m.scoreAll, m.loyalEvaluator, m.planning, m.oversight, m.incidents, m.market} {
		if err := step(); err != nil {
			return Manifest{}, err
		}
	}
	for night := range m.manifest.Nights {
		for _, kind := range kindOrder {
			if o := m.out[key(night+1, kind)]; o != nil {
				m.manifest.Files = append(m.manifest.Files, File{kind, key(night+1, kind) + ".csv", night + 1, o.rows})
			}
		}
	}
	text, err := json.MarshalIndent(m.manifest, "", "  ")
	if err != nil {
		return Manifest{}, err
	}
	return m.manifest, os.WriteFile(filepath.Join(dir, "manifest.json"), append(text, '\n'), 0o644)
}

func key(night int, kind string) string { return "night" + strconv.Itoa(night) + "/" + kind }

// write appends a row to the file of a night and kind. No cell needs quotes.
func (m *maker) write(night int, kind string, cells ...string) error {
	o := m.out[key(night, kind)]
	if o == nil {
		path := filepath.Join(m.dir, key(night, kind)+".csv")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		o = &sheet{file: f, w: bufio.NewWriterSize(f, 1<<18)}
		m.out[key(night, kind)] = o
		o.w.WriteString(headers[kind])
		o.w.WriteByte('\n')
	}
	for i, cell := range cells {
		if i > 0 {
			o.w.WriteByte(',')
		}
		o.w.WriteString(cell)
	}
	o.rows++
	return o.w.WriteByte('\n') // a bufio.Writer repeats its first error
}

func (m *maker) plant(situation, kind, id, note string) {
	m.manifest.Planted = append(m.manifest.Planted, Planted{situation, kind, id, note})
}

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func iso(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// bell is a number around 0 with a standard deviation of about 1: the sum of twelve uniform ones, which needs no
// function whose last bits differ between machines.
func (m *maker) bell() float64 {
	sum := -6.0
	for range 12 {
		sum += m.rng.Float64()
	}
	return sum
}

// tenths prints a number with at most one decimal.
func tenths(v float64) string {
	whole := int(v*10 + 0.5)
	if whole%10 == 0 {
		return strconv.Itoa(whole / 10)
	}
	return strconv.Itoa(whole/10) + "." + strconv.Itoa(whole%10)
}
