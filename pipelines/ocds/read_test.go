package ocds

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pingxin/pipelines/intake"
)

// whole is a package of one contract that has everything.
const whole = `{"version": "1.1", "releases": [{"ocid": "ocds-a-1", "id": "1", "date": "2026-02-28T00:00:00+08:00",
	"parties": [{"id": "P1", "name": "民政局", "roles": ["buyer"]}, {"id": "S1", "name": "阳光", "roles": ["supplier"], "identifier": {"scheme": "CN-USCC", "id": "91350100M000100Y43"}}],
	"buyer": {"id": "P1"}, "tender": {"id": "1", "procurementMethod": "open"},
	"awards": [{"id": "a", "suppliers": [{"id": "S1"}]}],
	"contracts": [{"id": "HT1", "awardID": "a", "title": "养老", "status": "active", "period": {"startDate": "2025-02-01T00:00:00+08:00", "endDate": "2025-12-20T00:00:00+08:00"},
		"dateSigned": "2024-12-30T00:00:00+08:00", "value": {"amount": 860000.5, "currency": "CNY"}, "items": [{"id": "1", "classification": {"scheme": "PINGXIN-CATALOGUE", "id": "A0101"}}],
		"implementation": {"transactions": [{"id": "1", "date": "2025-07-05T00:00:00+08:00", "value": {"amount": 430000, "currency": "CNY"}}]}}]}]}`

// TestRead: a whole package becomes rows of three kinds; days are those that are written, amounts have two decimals.
func TestRead(t *testing.T) {
	got, err := Read(strings.NewReader(whole), Mapping{YearOfStart: true})
	if err != nil {
		t.Fatal(err)
	}
	want := [][][]string{{{"P1", "民政局", "purchaser", ""}, {"S1", "阳光", "supplier", "91350100M000100Y43"}},
		{{"HT1", "养老", "P1", "S1", "A0101", "open_tender", "860000.50", "2024-12-30", "2025-02-01", "2025-12-20", "2025"}},
		{{"HT1", "1", "2025-07-05", "430000.00"}}}
	for i, table := range got.Tables {
		if !reflect.DeepEqual(table.Rows, want[i]) {
			t.Errorf("%s: got %v, want %v", table.Kind, table.Rows, want[i])
		}
	}
	signed, err := Read(strings.NewReader(whole), Mapping{OCIDs: true})
	if row := signed.Tables[1].Rows[0]; err != nil || row[0] != "ocds-a-1/HT1" || row[10] != "2024" {
		t.Errorf("by process and signature: %v, %v", row, err)
	}
}

// TestRefusals: what has no one meaning is refused with its place; each case changes one thing of the whole package.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ old, new, path string }{
		"version":           {`"version": "1.1"`, `"version": "1.0"`, "/version"},
		"no ocid":           {`"ocid": "ocds-a-1", `, ``, "/releases/0/ocid"},
		"day of release":    {`"date": "2026-02-28T00:00:00+08:00"`, `"date": "2026-02-28"`, "/releases/0/date"},
		"no buyer":          {`"buyer": {"id": "P1"}`, `"buyer": {}`, "/releases/0/buyer/id"},
		"unknown buyer":     {`"buyer": {"id": "P1"}`, `"buyer": {"id": "P2"}`, "/releases/0/buyer/id"},
		"buyer sells":       {`"buyer": {"id": "P1"}`, `"buyer": {"id": "S1"}`, "/releases/0/parties/1/roles"},
		"no name":           {`"name": "阳光", `, ``, "/releases/0/parties/1/name"},
		"two suppliers":     {`[{"id": "S1"}]}],`, `[{"id": "S1"}, {"id": "P1"}]}],`, "/releases/0/awards/0/suppliers"},
		"other award":       {`"awardID": "a"`, `"awardID": "b"`, "/releases/0/contracts/0/awardID"},
		"foreign money":     {`860000.5, "currency": "CNY"`, `860000.5, "currency": "USD"`, "/releases/0/contracts/0/value/currency"},
		"no money":          {`"value": {"amount": 860000.5, "currency": "CNY"}, `, ``, "/releases/0/contracts/0/value/amount"},
		"a tenth of a fen":  {`860000.5,`, `860000.001,`, "/releases/0/contracts/0/value/amount"},
		"an exponent":       {`860000.5,`, `1e999999999,`, "/releases/0/contracts/0/value/amount"},
		"less than nothing": {`860000.5,`, `-1,`, "/releases/0/contracts/0/value/amount"},
		"a foreign code":    {`"scheme": "PINGXIN-CATALOGUE"`, `"scheme": "CPV"`, "/releases/0/contracts/0/items/0/classification/id"},
		"no item":           {`"items": [{"id": "1", "classification": {"scheme": "PINGXIN-CATALOGUE", "id": "A0101"}}],`, ``, "/releases/0/contracts/0/items"},
		"two items":         {`"A0101"}}]`, `"A0101"}}, {"id": "2", "classification": {"scheme": "PINGXIN-CATALOGUE", "id": "A0102"}}]`, "/releases/0/contracts/0/items/1/classification"},
		"a limited method":  {`"procurementMethod": "open"`, `"procurementMethod": "limited"`, "/releases/0/tender/procurementMethod"},
		"no method":         {`"procurementMethod": "open"`, `"title": "x"`, "/releases/0/tender/procurementMethod"},
		"no period":         {`"period": {"startDate": "2025-02-01T00:00:00+08:00", "endDate": "2025-12-20T00:00:00+08:00"},`, ``, "/releases/0/contracts/0/period"},
		"end unknown":       {`, "endDate": "2025-12-20T00:00:00+08:00"`, ``, "/releases/0/contracts/0/period/endDate"},
		"payment without":   {`{"id": "1", "date": "2025-07-05T00:00:00+08:00",`, `{"date": "2025-07-05T00:00:00+08:00",`, "/releases/0/contracts/0/implementation/transactions/0/id"},
		"unpaid payment":    {`"date": "2025-07-05T00:00:00+08:00", `, ``, "/releases/0/contracts/0/implementation/transactions/0/date"},
		"nothing":           {whole, `{"version": "1.1"}`, "/"},
		"linked records":    {whole, `{"version": "1.1", "records": [{"ocid": "a", "releases": [{"url": "https://example.com"}]}]}`, "/records/0/compiledRelease"},
	} {
		_, err := Read(strings.NewReader(strings.Replace(whole, c.old, c.new, 1)), Mapping{YearOfStart: true})
		var faults *FaultsError
		if !errors.As(err, &faults) || !slices.ContainsFunc(faults.Faults, func(f Fault) bool { return f.Path == c.path }) {
			t.Errorf("%s: got %v, want a fault at %s", name, err, c.path)
		}
	}
	if _, err := Read(strings.NewReader(whole+whole), Mapping{}); err == nil {
		t.Error("two packages in one file were taken")
	}
	if _, err := Read(strings.NewReader("[]"), Mapping{}); err == nil {
		t.Error("a list was taken for a package")
	}
}

// TestLeftOut: what is no contract yet, or was never one, is left out and said; of one process the latest release counts.
func TestLeftOut(t *testing.T) {
	var p map[string][]map[string]any
	if err := json.Unmarshal([]byte(strings.Replace(whole, `"version": "1.1", `, "", 1)), &p); err != nil {
		t.Fatal(err)
	}
	later, planning := clone(t, p["releases"][0]), map[string]any{"ocid": "ocds-a-2", "id": "p", "date": "2026-01-01T00:00:00Z"}
	later["id"], later["date"] = "2", "2026-03-01T00:00:00+08:00"
	later["contracts"].([]any)[0].(map[string]any)["title"] = "康复"
	cancelled := clone(t, p["releases"][0])
	cancelled["ocid"] = "ocds-a-3"
	cancelled["contracts"].([]any)[0].(map[string]any)["status"] = "cancelled"
	text, err := json.Marshal(map[string]any{"version": "1.1", "releases": []any{p["releases"][0], later, planning, cancelled}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(strings.NewReader(string(text)), Mapping{YearOfStart: true})
	if err != nil {
		t.Fatal(err)
	}
	if rows := got.Tables[1].Rows; len(rows) != 1 || rows[0][1] != "康复" {
		t.Errorf("contracts: %v, want the later version alone", rows)
	}
	var places []string
	for _, n := range got.Notes {
		places = append(places, n.Path)
	}
	if want := []string{"/releases/2/contracts", "/releases/0", "/releases/3/contracts/0/status"}; !slices.Equal(places, want) {
		t.Errorf("left out at %v, want %v", places, want)
	}
}

func clone(t *testing.T, v map[string]any) (again map[string]any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &again)
	}
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestFictional: the example that the standard's authors publish is refused for its currency, codes and method alone; each
// with its place. It is theirs, see testdata/fictional/LICENSE.
func TestFictional(t *testing.T) {
	for _, name := range []string{"release-package", "record-package"} {
		text, err := os.ReadFile("testdata/fictional/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		said := Mapping{YearOfStart: true, Items: map[string]string{"CPV:45233130.0": "A0101"}, Methods: map[string]string{"open": "open_tender"}}
		_, err = Read(strings.NewReader(string(text)), said)
		var faults *FaultsError
		if !errors.As(err, &faults) {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range faults.Faults {
			if f.Found != `"GBP"` && !strings.HasSuffix(f.Path, "/procurementMethod") {
				t.Errorf("%s: %s", name, f.String())
			}
		}
		if _, err := Read(strings.NewReader(strings.ReplaceAll(string(text), "GBP", "CNY")), said); name == "record-package" && err != nil {
			t.Errorf("%s in yuan: %v", name, err)
		}
	}
}

// TestMethodsAreOurs: the words are those of the kind of file.
func TestMethodsAreOurs(t *testing.T) {
	kind, err := intake.KindOf("contract")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range kind.Columns {
		if c.Name != "method" {
			continue
		}
		var words []string
		for _, w := range c.Words {
			words = append(words, w.Value)
		}
		if !slices.Equal(words, methods) {
			t.Errorf("methods are %v and the kind of file has %v", methods, words)
		}
	}
	for method := range methodCodes {
		if !slices.Contains(methods, method) {
			t.Errorf("%s has a code and is no method", method)
		}
	}
}
