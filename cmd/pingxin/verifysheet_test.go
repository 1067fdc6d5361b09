package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pingxin/credit/checkcode"
	"pingxin/dashboards"
	"pingxin/pipelines/store"
)

// The code that the server prints is the one that anyone computes from the published folder, of every supplier; a changed
// sheet, code or folder is refused.
func TestVerifySheet(t *testing.T) {
	if testing.Short() {
		t.Skip("publishes a district: left out of the short tests")
	}
	data := filepath.Join(t.TempDir(), "demo")
	must(t, "--data", data, "demo", "--no-serve", "--departments", "4", "--suppliers", "12", "--contracts", "30", "--scores", "600", "--evaluators", "2")
	out := filepath.Join(data, dashboards.PublicDir, "current")
	var all []checkcode.Statement
	s := settings{data: data}
	err := s.existing(t.Context(), func(st *store.Store) error {
		return st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
			release, released, err := store.LastRelease(ctx, r)
			if err != nil || !released {
				t.Fatalf("released %v, %v", released, err)
			}
			suppliers, _, err := store.PublicSuppliers(ctx, r, store.PublicFilter{Limit: 40})
			for _, p := range suppliers {
				statement, _, err := release.Statement(ctx, r, p.ID)
				if err != nil {
					return err
				}
				all = append(all, statement)
			}
			return err
		})
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d suppliers, %v", len(all), err)
	}
	for _, statement := range all {
		wants(t, must(t, "verify", "sheet", statement.Code(), "--bundle", out), "genuine: compare", statement.Name)
	}
	genuine := all[0]
	forged, later, unknown := genuine, genuine, genuine
	forged.Level, later.Release, unknown.Supplier = "AAA+", genuine.Release+1, "S-none"
	code, printed, complaint := px("verify", "sheet", forged.Code(), "--bundle", out)
	if code != 1 {
		t.Errorf("a forged sheet exits with %d", code)
	}
	wants(t, printed+complaint, "NOT GENUINE: this is what was published", genuine.Name, "the sheet was changed")
	wants(t, refused(t, "verify", "sheet", later.Code(), "--bundle", out), "check it against the folder of release")
	wants(t, refused(t, "verify", "sheet", unknown.Code(), "--bundle", out), "rates no supplier")
	wants(t, refused(t, "verify", "sheet", genuine.Code()+"7", "--bundle", out), "a check code is")
	wants(t, refused(t, "verify", "sheet", genuine.Code()), "--bundle")
	f, err := os.OpenFile(filepath.Join(out, "data", "rating.csv"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("\n")
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	wants(t, refused(t, "verify", "sheet", genuine.Code(), "--bundle", out), "was changed after it was published")
}
