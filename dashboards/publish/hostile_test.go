package publish_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/dashboards/hostile"
	"pingxin/dashboards/publish"
	"pingxin/pipelines/ocds"
	"pingxin/pipelines/store"
)

// hostileDeals are a contract for every hostile text, known by it where a file of contracts may say so: a number has no more
// than 1000 characters.
func hostileDeals() (all []deal) {
	for i, text := range hostile.Texts {
		no := fmt.Sprintf("H%d", i)
		if len(text) < 1000 {
			no = strings.TrimSpace(text) + no
		}
		all = append(all, deal{no, deals[i%len(deals)].supplier, 100, 6, 70 + i, fmt.Sprintf("合同%d", i)})
	}
	return all
}

// mediaTypes are those of the files of a folder by the ends of their names; of a type that is empty nothing is asked.
var mediaTypes = map[string]string{".html": "text/html", ".csv": "text/csv", ".json": "application/json", ".svg": "image/svg+xml", ".css": "", ".parquet": "", ".toml": "", "": ""}

// TestHostileTextsAreTexts: what people wrote into any cell, what contracts are numbered by, the publisher's name and the
// reason are texts in every file of a folder, and come back from it as they were written.
func TestHostileTextsAreTexts(t *testing.T) {
	d := districtOf(t, hostileDeals())
	d.makePublic("") // all
	if _, err := hostile.Fill(t.Context(), d.st); err != nil {
		t.Fatal(err)
	}
	dir, _ := d.publishAs(hostile.Texts[0], hostile.Texts[1])
	marked := map[string]int{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		end := filepath.Ext(name)
		if bytes.Contains(content, []byte(hostile.Mark)) {
			marked[end]++
		}
		kind, known := mediaTypes[end]
		if said := hostile.Obeyed(kind, string(content)); said != "" || !known {
			t.Errorf("%s %.300s; its type is known: %v", name, said, known)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{".html", ".csv", ".json"} {
		if marked[end] < 10 {
			t.Errorf("only %d files %s hold a hostile text", marked[end], end)
		}
	}
	if v, err := publish.Verify(t.Context(), dir, ""); err != nil || v.Evaluations != len(hostile.Texts) {
		t.Errorf("the forms of every table say the same and %d evaluations are computed again: %+v, %v", len(hostile.Texts), v, err)
	}
	sameNames(t, d, dir)
}

// sameNames holds the numbers and names of contracts in the store against those of the table and of the OCDS package, which
// is valid.
func sameNames(t *testing.T, d district, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "ocds", "release-package.json"))
	if err != nil {
		t.Fatal(err)
	}
	validate(t, text)
	read, err := ocds.Read(bytes.NewReader(text), ocds.Mapping{YearOfStart: true})
	if err != nil {
		t.Fatal(err)
	}
	inOCDS := map[string]string{}
	for _, row := range read.Tables[1].Rows {
		inOCDS[row[0]] = row[1]
	}
	inTable := rows(t, dir, "contract")
	if err := d.st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		all, err := v.Officials(ctx)
		for _, o := range all {
			if cell := inTable[store.Harmless(o.ContractNo)]["name"]; cell != store.Harmless(o.Name) || inOCDS[o.ContractNo] != o.Name {
				t.Errorf("%q is named %q, in the table %q and in OCDS %q", o.ContractNo, o.Name, cell, inOCDS[o.ContractNo])
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
