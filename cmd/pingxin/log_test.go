package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// canary is a value that stands in cells and nowhere else.
const canary = "Kanarienvogel"

// TestNoCellInTheLog: a good and two bad files come in; neither the log of a server that is handed their errors nor the
// audit log holds a cell of them. Their uploader is told of the cells.
func TestNoCellInTheLog(t *testing.T) {
	data, dir := imported(t, "organisation", "catalog_item"), t.TempDir()
	header := "contract_no,purchaser_id,supplier_id,item_code,method,amount_yuan,start_on,end_on,budget_year,name\n"
	good := file(t, dir, "good.csv", header+canary+"1,P001,S0001,A0101,open_tender,1,2025-01-01,2025-12-31,2025,"+canary+"\n")
	must(t, "--data", data, "import", "contract", good)

	var log bytes.Buffer
	logger := newLogger(&log)
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	s := &settings{data: data}
	err = s.with(t.Context(), func(st *store.Store) error {
		for name, row := range map[string]string{
			"cell":      canary + "2,P001,S0001,A0101,open_tender," + canary + ",2025-01-01,2025-12-31,2025,x\n",
			"reference": canary + "3,P001," + canary + ",A0101,open_tender,1,2025-01-01,2025-12-31,2025,x\n",
		} {
			kind, err := intake.KindOf("contract")
			if err != nil {
				return err
			}
			_, err = importFile(t.Context(), st, kind, file(t, dir, name+".csv", header+row), p, nil, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), canary) {
				t.Errorf("%s: the uploader is told %v", name, err)
			}
			logger.Error("upload failed", "error", fmt.Errorf("upload 7: %w", err))
			logger.With("error", err).Warn("again")
			logger.WithGroup("upload").Info("in a group", slog.Any("cause", err))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := log.String(); strings.Contains(text, canary) || strings.Count(text, "was refused with 1 faults") != 6 {
		t.Errorf("the log says\n%s", text)
	}
	for _, text := range []string{must(t, "--data", data, "audit", "list"), readFile(t, filepath.Join(data, "audit.jsonl"))} {
		if strings.Contains(text, canary) {
			t.Errorf("the audit log says\n%s", text)
		}
	}
}
