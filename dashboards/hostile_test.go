package dashboards

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pingxin/dashboards/hostile"
	"pingxin/pipelines/store"
)

// hostileDistrict is the district with a hostile text in place of every one that people wrote.
func hostileDistrict(t *testing.T) *store.Store {
	t.Helper()
	st := freshDistrict(t)
	if replaced, err := hostile.Fill(t.Context(), st); err != nil || replaced < 100 {
		t.Fatalf("%d texts of the district were replaced, want at least 100: %v", replaced, err)
	}
	return st
}

// obeyed says what is wrong with an answer that came from the hostile district: empty when it holds the texts as texts.
func obeyed(kind, body string) string {
	if strings.Contains(kind, "spreadsheetml") {
		return obeyedByWorkbook(body)
	}
	return hostile.Obeyed(kind, body)
}

func obeyedByWorkbook(body string) string {
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			return err.Error()
		}
		for r, row := range rows {
			for c := range row {
				name, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					return err.Error()
				}
				if formula, err := f.GetCellFormula(sheet, name); formula != "" || err != nil {
					return fmt.Sprintf("computes %q in %s of %s: %v", formula, name, sheet, err)
				}
			}
		}
	}
	return ""
}
