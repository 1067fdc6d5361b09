package intake

import (
	"encoding/json"
	"slices"
	"testing"
)

// The last character follows from the others by GB 32100-2015; the first two codes are published ones (the standard's
// own example and that of a well known company), the third differs from the first in one digit.
func TestUSCC(t *testing.T) {
	for code, good := range map[string]bool{
		"91350100M000100Y43": true, "91440300708461136T": true, "91350100M000101Y43": false, "91350100m000100y43": false,
		"91350100M000100Y4": false, "91350100I000100Y43": false, "": false,
	} {
		if trouble := checkUSCC(code); (trouble == nil) != good {
			t.Errorf("%s: found %v, expected good %t", code, trouble, good)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		cell             string
		digits, decimals int
		want             int64
		good             bool
	}{
		{"860000.5", 13, 2, 86_000_050, true}, {"0", 13, 2, 0, true}, {"007", 3, 0, 7, true}, {"87.1234", 3, 4, 871_234, true},
		{"9999999999999.99", 13, 2, 999_999_999_999_999, true}, {"10000000000000", 13, 2, 0, false}, {".5", 3, 4, 0, false},
		{"5.", 3, 4, 0, false}, {"", 3, 4, 0, false}, {"+5", 3, 4, 0, false}, {"1 000", 9, 0, 0, false}, {"1.5", 9, 0, 0, false},
	} {
		v, trouble := decimal(c.cell, c.digits, c.decimals, "bad", "a number")
		if (trouble == nil) != c.good || v != c.want {
			t.Errorf("decimal(%q, %d, %d) = %d, %v; expected %d, good %t", c.cell, c.digits, c.decimals, v, trouble, c.want, c.good)
		}
	}
}

func TestYearAndNumberAndBoolean(t *testing.T) {
	for _, c := range []struct {
		typ        Type
		good, poor []string
	}{
		{Year, []string{"2000", "2025", "2100"}, []string{"1999", "2101", "25", "20255", "2025.0"}},
		{Number, []string{"0", "-1.5", "1200", "0.001"}, []string{"1e3", "NaN", "Inf", "0x10", "1_000", "12%"}},
		{Boolean, []string{"true", "False", "是", "0"}, []string{"maybe", "2", "y"}},
		{Date, []string{"2024-02-29", "2024/2/29", "20240229", "2024年2月29日"}, []string{"2023-02-29", "29.02.2024", "2024-2-29", "2024-02-29 10:00"}},
	} {
		column := Column{Name: "c", Type: c.typ}
		for _, cell := range append(slices.Clone(c.good), c.poor...) {
			_, trouble := column.parse(cell)
			if good := slices.Contains(c.good, cell); (trouble == nil) != good {
				t.Errorf("%s %q: %v, expected good %t", c.typ, cell, trouble, good)
			}
		}
	}
}

// Every kind has a schema that names each of its columns and its key, and an example in every required column.
func TestSchemas(t *testing.T) {
	for _, k := range Kinds() {
		var s struct {
			Fields []struct {
				Name, Type string
				Example    string
			}
			PrimaryKey []string
		}
		if err := json.Unmarshal(Schema(k), &s); err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		if len(s.Fields) != len(k.Columns) || len(s.PrimaryKey) == 0 {
			t.Errorf("%s: %d fields and key %v, expected %d fields", k.Name, len(s.Fields), s.PrimaryKey, len(k.Columns))
		}
		for i, f := range s.Fields {
			c := k.Columns[i]
			if f.Name != c.Name || f.Type == "" || c.Required && f.Example == "" {
				t.Errorf("%s: field %+v for column %s", k.Name, f, c.Name)
			}
		}
	}
}
