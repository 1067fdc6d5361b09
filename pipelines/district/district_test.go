package district_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines/district"
)

// checkedIn is the small district that other tests read.
const checkedIn = "../../testdata/district"

// small is the size of the checked-in district, as its README says.
func small() district.Size {
	s := district.Default()
	s.Seed, s.Departments, s.Suppliers, s.Contracts, s.Scores, s.Evaluators = 7, 6, 24, 90, 6000, 4
	return s
}

// larger has other numbers in every place, none of them a multiple of another.
func larger() district.Size {
	return district.Size{Seed: 20150109, FirstYear: 2021, Years: 4, Departments: 87, Suppliers: 131, Contracts: 410, Evaluators: 23, Scores: 26_000}
}

// made is a district with its rows at hand.
type made struct {
	district.Manifest
	size district.Size
	dir  string
}

func generate(t *testing.T, s district.Size) made {
	t.Helper()
	dir := t.TempDir()
	m, err := district.Generate(dir, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return made{m, s, dir}
}

// row is one row of a file by its header, with the night it came in.
type row struct {
	cells map[string]string
	night int
}

// read returns the rows of one file.
func (m made) read(t *testing.T, f district.File) []row {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, f.Path))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", f.Path, err)
	}
	var rows []row
	for _, line := range lines[1:] {
		r := row{map[string]string{}, f.Night}
		for i, name := range lines[0] {
			r.cells[name] = line[i]
		}
		rows = append(rows, r)
	}
	return rows
}

// all returns the rows of a kind of all nights.
func (m made) all(t *testing.T, kind string) []row {
	t.Helper()
	var rows []row
	for _, f := range m.Files {
		if f.Kind == kind {
			rows = append(rows, m.read(t, f)...)
		}
	}
	return rows
}

// byID returns the rows of a kind by the column that names them.
func (m made) byID(t *testing.T, kind, column string) map[string]row {
	t.Helper()
	rows := map[string]row{}
	for _, r := range m.all(t, kind) {
		rows[r.cells[column]] = r
	}
	return rows
}

// bytesBelow reads every file below a directory, by its path.
func bytesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameFiles reports files that one side lacks or that differ.
func sameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s: %d bytes were made, %d wanted, and they differ", name, len(got[name]), len(want[name]))
		}
	}
	for name := range got {
		if _, wanted := want[name]; !wanted {
			t.Errorf("%s was made and is not wanted", name)
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	for _, size := range []district.Size{small(), larger()} {
		a, b := generate(t, size), generate(t, size)
		sameFiles(t, bytesBelow(t, a.dir), bytesBelow(t, b.dir))
		if !reflect.DeepEqual(a.Manifest, b.Manifest) {
			t.Errorf("seed %d: two manifests of the same district differ", size.Seed)
		}
	}
}

func TestAnotherSeedAnotherDistrict(t *testing.T) {
	other := small()
	other.Seed++
	a, b := bytesBelow(t, generate(t, small()).dir), bytesBelow(t, generate(t, other).dir)
	for _, name := range []string{"night1/contract.csv", "night1/score.csv", "night1/payment.csv", "night1/progress.csv", "night1/assessment_item.csv"} {
		if a[name] == "" || a[name] == b[name] {
			t.Errorf("%s is the same for two seeds", name)
		}
	}
}

// TestCheckedInDistrict makes the small district anew by the command of its README.
func TestCheckedInDistrict(t *testing.T) {
	s := small()
	want := bytesBelow(t, checkedIn)
	command := fmt.Sprintf("\npingxin generate --seed %d --departments %d --suppliers %d --contracts %d --scores %d --evaluators %d --out testdata/district\n",
		s.Seed, s.Departments, s.Suppliers, s.Contracts, s.Scores, s.Evaluators)
	if !strings.Contains(want["README.md"], command) {
		t.Errorf("the README does not say that the district was made by%s", command)
	}
	delete(want, "README.md")
	sameFiles(t, bytesBelow(t, generate(t, s).dir), want)
}

// TestManifestFile: the file says what Generate returned, and lists exactly the files that are there, with their rows.
func TestManifestFile(t *testing.T) {
	m := generate(t, larger())
	files := bytesBelow(t, m.dir)
	var written district.Manifest
	if err := json.Unmarshal([]byte(files["manifest.json"]), &written); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(written, m.Manifest) {
		t.Error("manifest.json is not the manifest that was returned")
	}
	delete(files, "manifest.json")
	for _, f := range m.Files {
		if n := int64(len(m.read(t, f))); n == 0 || n != f.Rows {
			t.Errorf("%s: the manifest says %d rows, the file has %d", f.Path, f.Rows, n)
		}
		delete(files, f.Path)
	}
	if len(files) > 0 {
		t.Errorf("the manifest does not list %v", slices.Sorted(maps.Keys(files)))
	}
}

func TestCounts(t *testing.T) {
	for _, size := range []district.Size{small(), larger()} {
		m := generate(t, size)
		kinds := map[string]int{}
		for _, o := range m.all(t, "organisation") {
			kinds[o.cells["kind"]]++
		}
		if want := map[string]int{"purchaser": size.Departments, "supplier": size.Suppliers, "evaluator": size.Evaluators + 1}; !maps.Equal(kinds, want) {
			t.Errorf("organisations: got %v, want %v", kinds, want)
		}
		years := map[string]int{}
		for _, c := range m.all(t, "contract") {
			years[c.cells["budget_year"]]++
		}
		total := 0
		for year := size.FirstYear; year < size.FirstYear+size.Years; year++ {
			n := years[fmt.Sprint(year)]
			total += n
			if most := size.Contracts/size.Years + 1; n < most-1 || n > most {
				t.Errorf("%d contracts of %d, want an even share of %d", n, year, size.Contracts)
			}
		}
		if total != size.Contracts || len(years) != size.Years {
			t.Errorf("%d contracts in the years %v, want %d in %d years", total, years, size.Contracts, size.Years)
		}
		// How many answer is left to chance: the flag says "about".
		if scores := len(m.all(t, "score")); scores < size.Scores*85/100 || scores > size.Scores*115/100 {
			t.Errorf("%d scores, want about %d", scores, size.Scores)
		}
	}
}

func TestReferences(t *testing.T) {
	for _, size := range []district.Size{small(), larger()} {
		m := generate(t, size)
		known := map[string]map[string]bool{"": {}, "contract": {}, "item": {}, "purchaser": {}, "supplier": {}, "evaluator": {}, "plan": {}}
		for _, i := range m.all(t, "plan_item") {
			known["plan"][i.cells["plan_no"]] = true
		}
		for _, o := range m.all(t, "organisation") {
			known[o.cells["kind"]][o.cells["org_id"]] = true
		}
		for _, c := range m.all(t, "catalog_item") {
			known["item"][c.cells["item_code"]] = true
		}
		for _, c := range m.all(t, "contract") {
			known["contract"][c.cells["contract_no"]] = true
		}
		for _, ref := range []struct {
			kind, column, to string
			optional         bool
		}{
			{"catalog_item", "parent_code", "item", true}, {"contract", "purchaser_id", "purchaser", false}, {"contract", "supplier_id", "supplier", false},
			{"contract", "item_code", "item", false}, {"target", "contract_no", "contract", false}, {"progress", "contract_no", "contract", false},
			{"payment", "contract_no", "contract", false}, {"score", "contract_no", "contract", false}, {"credit_event", "supplier_id", "supplier", false},
			{"credit_event", "contract_no", "contract", true}, {"inspection", "supplier_id", "supplier", false}, {"assessment_item", "supplier_id", "supplier", false},
			{"complaint", "contract_no", "contract", false}, {"narrative", "contract_no", "contract", false},
			{"catalog_entry", "item_code", "item", false}, {"supplier_registration", "supplier_id", "supplier", false}, {"supplier_training", "supplier_id", "supplier", false},
			{"plan_item", "purchaser_id", "purchaser", false}, {"plan_item", "item_code", "item", false}, {"plan_review", "plan_no", "plan", false}, {"department_budget", "purchaser_id", "purchaser", false},
			{"budget_line", "purchaser_id", "purchaser", false}, {"budget_line", "item_code", "item", false}, {"contract_plan", "contract_no", "contract", false}, {"contract_plan", "plan_no", "plan", false},
			{"payment_schedule", "contract_no", "contract", false}, {"contract_content", "contract_no", "contract", false}, {"target_source", "contract_no", "contract", false},
			{"staffed_function", "purchaser_id", "purchaser", false}, {"staffed_function", "item_code", "item", false},
		} {
			rows := m.all(t, ref.kind)
			if len(rows) == 0 {
				t.Errorf("there is no %s", ref.kind)
			}
			for _, r := range rows {
				if id := r.cells[ref.column]; !known[ref.to][id] && (id != "" || !ref.optional) {
					t.Errorf("%s names the %s %q, which does not exist", ref.kind, ref.to, id)
				}
			}
		}
		scoredBy(t, m, known)
	}
}

// scoredBy checks who gives the scores: a person of the contract's own purchaser, an evaluator, or a recipient of a
// contract that has recipients.
func scoredBy(t *testing.T, m made, known map[string]map[string]bool) {
	t.Helper()
	contracts := m.byID(t, "contract", "contract_no")
	for _, s := range m.all(t, "score") {
		who, c := s.cells["evaluator_id"], contracts[s.cells["contract_no"]].cells
		ok := false
		switch s.cells["party"] {
		case "purchaser":
			ok = strings.HasPrefix(who, c["purchaser_id"]+"-")
		case "third_party":
			ok = known["evaluator"][who]
		case "recipient":
			ok = strings.HasPrefix(who, "R") && c["recipients"] != ""
		}
		if !ok {
			t.Errorf("%s scored %s for the party %q", who, c["contract_no"], s.cells["party"])
		}
	}
}

// TestKeysOnce: a file with a natural key twice would be refused.
func TestKeysOnce(t *testing.T) {
	keys := map[string][]string{"organisation": {"org_id"}, "catalog_item": {"item_code"}, "contract": {"contract_no"}, "target": {"contract_no", "indicator"},
		"progress": {"contract_no", "indicator", "as_of_on"}, "payment": {"contract_no", "stage"}, "score": {"contract_no", "indicator", "party", "evaluator_id"},
		"credit_event": {"event_id"}, "inspection": {"supplier_id", "year"}, "assessment_item": {"supplier_id", "section", "item", "assessed_on"},
		"external_listing": {"list", "uscc", "listed_on"}, "objection": {"objection_no"},
		"organisation_contact": {"org_id", "contact", "value"}, "complaint": {"complaint_no"}, "narrative": {"contract_no", "author_id"},
		"catalog_entry": {"version_id", "item_code"}, "catalog_adoption": {"version_id"}, "supplier_registration": {"supplier_id"}, "supplier_training": {"supplier_id", "held_on", "topic"},
		"plan_item": {"plan_no"}, "plan_review": {"plan_no", "review_no"}, "department_budget": {"year", "purchaser_id"}, "budget_line": {"year", "purchaser_id", "item_code", "source"},
		"contract_plan": {"contract_no"}, "payment_schedule": {"contract_no", "stage"}, "contract_content": {"contract_no"}, "target_source": {"contract_no", "indicator", "source"},
		"staffed_function": {"year", "purchaser_id", "function"}, "incident": {"contract_no", "incident_id"}}
	m := generate(t, larger())
	for _, f := range m.Files {
		seen := map[string]bool{}
		for _, r := range m.read(t, f) {
			var key []string
			for _, column := range keys[f.Kind] {
				key = append(key, r.cells[column])
			}
			if text := strings.Join(key, " "); text == "" || seen[text] {
				t.Errorf("%s has the key %q twice", f.Path, text)
			} else {
				seen[text] = true
			}
		}
	}
}

// TestNamesOnce: no two organisations share a name or a code, so that a page shows which is meant.
func TestNamesOnce(t *testing.T) {
	for _, column := range []string{"name", "uscc"} {
		if m := generate(t, larger()); len(m.byID(t, "organisation", column)) != len(m.all(t, "organisation")) {
			t.Errorf("two organisations have the same %s", column)
		}
	}
}

// checkCharacter follows GB 32100-2015 table 2 (values of the characters: no I, O, S, V, Z) and table 3 (weights).
func checkCharacter(code string) byte {
	const characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	weights := []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}
	sum := 0
	for i, w := range weights {
		sum += w * strings.IndexByte(characters, code[i])
	}
	if rest := sum % 31; rest > 0 {
		return characters[31-rest]
	}
	return characters[0]
}

func TestUnifiedSocialCreditCodes(t *testing.T) {
	// Codes of Alibaba (China), Tencent and Huawei, quoted from memory, to check the check: a wrong character would show.
	for _, real := range []string{"91330100799655058B", "9144030071526726XG", "914403001922038216"} {
		if checkCharacter(real) != real[17] {
			t.Fatalf("the check of this test refuses %s", real)
		}
	}
	leading := map[string]string{"purchaser": "11", "evaluator": "52", "social_group": "51", "private_non_enterprise": "52", "foundation": "53", "enterprise": "91"}
	for _, o := range generate(t, larger()).all(t, "organisation") {
		code, kind := o.cells["uscc"], o.cells["kind"]
		if kind == "supplier" {
			kind = o.cells["supplier_type"]
		}
		if len(code) != 18 || checkCharacter(code) != code[17] {
			t.Errorf("%s: %q is no unified social credit code", o.cells["org_id"], code)
		}
		if want := leading[kind] + "500105"; want == "500105" || !strings.HasPrefix(code, want) {
			t.Errorf("%s, %s: the code %q does not begin with authority, kind and district %q", o.cells["org_id"], kind, code, want)
		}
	}
}

// TestNightsKnowOnlyThePast: a file of a night tells of nothing after that night, and scores come with the first night
// that can know of them.
func TestNightsKnowOnlyThePast(t *testing.T) {
	m := generate(t, larger())
	if want := []string{"2024-12-31", "2025-01-31", "2025-02-28"}; len(m.Nights) != len(want) {
		t.Fatalf("got %d nights, want %d", len(m.Nights), len(want))
	} else {
		for i, n := range m.Nights {
			if n.AsOf.Format(time.DateOnly) != want[i] {
				t.Errorf("night %d is %s, want %s", i+1, n.AsOf, want[i])
			}
		}
	}
	corrected := planted(t, m, "corrected_score").ID
	for kind, column := range map[string]string{"progress": "as_of_on", "payment": "paid_on", "score": "scored_on", "credit_event": "occurred_on", "assessment_item": "assessed_on"} {
		for _, r := range m.all(t, kind) {
			day := r.cells[column]
			if day > m.Nights[r.night-1].AsOf.Format(time.DateOnly) {
				t.Errorf("%s of night %d tells of %s", kind, r.night, day)
			}
			if kind == "score" && r.night > 1 && day <= m.Nights[r.night-2].AsOf.Format(time.DateOnly) && r.cells["contract_no"] != corrected {
				t.Errorf("a score of %s comes in night %d", day, r.night)
			}
		}
	}
}

// TestWorseSuppliersFailMoreOften: what goes wrong after the first year goes wrong more often for the half of the suppliers
// with the lower scores in the first year, which is what a rating can know; the planted ones are left as they are.
func TestWorseSuppliersFailMoreOften(t *testing.T) {
	size := district.Default()
	size.Scores = 60_000
	m := generate(t, size)
	contracts, first := m.byID(t, "contract", "contract_no"), fmt.Sprint(size.FirstYear)
	scores := map[string]*mean{}
	for _, s := range m.all(t, "score") {
		if c := contracts[s.cells["contract_no"]].cells; c["budget_year"] == first && s.cells["party"] == "third_party" {
			if scores[c["supplier_id"]] == nil {
				scores[c["supplier_id"]] = &mean{}
			}
			scores[c["supplier_id"]].add(t, s.cells["score"])
		}
	}
	ids := slices.SortedFunc(maps.Keys(scores), func(a, b string) int {
		return cmp.Or(cmp.Compare(scores[a].value(), scores[b].value()), strings.Compare(a, b))
	})
	lower := map[string]bool{}
	for _, id := range ids[:len(ids)/2] {
		lower[id] = true
	}
	of := map[bool]int{}
	for _, e := range m.all(t, "credit_event") {
		if scores[e.cells["supplier_id"]] != nil && e.cells["severity"] == "general" && e.cells["occurred_on"][:4] > first {
			of[lower[e.cells["supplier_id"]]]++
		}
	}
	if of[true]+of[false] < 40 || of[true] < of[false]*3/2 {
		t.Errorf("%d offences of the lower half and %d of the upper, want at least 40 and half as many more of the lower", of[true], of[false])
	}
}

func TestTooSmall(t *testing.T) {
	for what, shrink := range map[string]func(*district.Size){
		"departments": func(s *district.Size) { s.Departments = 3 }, "suppliers": func(s *district.Size) { s.Suppliers = 9 },
		"contracts": func(s *district.Size) { s.Contracts = 29 }, "evaluators": func(s *district.Size) { s.Evaluators = 1 },
		"years": func(s *district.Size) { s.Years = 1 }, "contracts of a year": func(s *district.Size) { s.Years, s.Contracts = 4, 39 },
	} {
		size, dir := small(), filepath.Join(t.TempDir(), "district")
		shrink(&size)
		_, err := district.Generate(dir, size, nil)
		if err == nil || !strings.Contains(err.Error(), "at least 4 departments, 10 suppliers") {
			t.Errorf("too few %s: got %v", what, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("too few %s: something was written", what)
		}
	}
	least := district.Size{Seed: 1, FirstYear: 2024, Years: 2, Departments: 4, Suppliers: 10, Contracts: 30, Evaluators: 2}
	if m := generate(t, least); len(m.all(t, "contract")) != 30 {
		t.Error("the least district has not 30 contracts")
	}
}

func TestCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := district.Generate(file, small(), nil); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names %s", err, file)
	}
}

func TestProgressGoesForward(t *testing.T) {
	size, last := small(), int64(-1)
	if _, err := district.Generate(t.TempDir(), size, func(done, total int64) {
		if done <= last || done > total || total != int64(size.Contracts) {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}); err != nil {
		t.Fatal(err)
	}
	if last < 0 {
		t.Error("nothing was heard of the progress")
	}
}
