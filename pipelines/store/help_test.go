package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// childOf names, in the environment of a child process, the data directory on which it works; childJob what it does.
const (
	childOf  = "PINGXIN_TEST_CHILD_OF"
	childJob = "PINGXIN_TEST_CHILD_JOB"
)

// TestMain runs this program as the child that some tests start and kill.
func TestMain(m *testing.M) {
	dir := os.Getenv(childOf)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := children[os.Getenv(childJob)](dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// open opens a store that is closed with the test.
func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{Readers: 3, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// table makes the rows of a file: columns are name:type, type one of s (text), i (INTEGER), l (BIGINT), d (day number), b (truth).
func table(columns string, rows ...[]any) array.RecordReader {
	types := map[string]arrow.DataType{"s": arrow.BinaryTypes.String, "i": arrow.PrimitiveTypes.Int32, "l": arrow.PrimitiveTypes.Int64, "d": arrow.FixedWidthTypes.Date32,
		"b": arrow.FixedWidthTypes.Boolean}
	var fields []arrow.Field
	for _, c := range strings.Fields(columns + " row_no:l") {
		name, typ, _ := strings.Cut(c, ":")
		fields = append(fields, arrow.Field{Name: name, Type: types[typ], Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for n, row := range rows {
		for i, v := range append(row, n+2) {
			switch f := b.Field(i).(type) {
			case *array.StringBuilder:
				f.Append(v.(string))
			case *array.Int32Builder:
				f.Append(int32(v.(int)))
			case *array.Int64Builder:
				f.Append(int64(v.(int)))
			case *array.Date32Builder:
				f.Append(arrow.Date32(v.(int)))
			case *array.BooleanBuilder:
				f.Append(v.(bool))
			}
		}
	}
	record := b.NewRecordBatch()
	reader, err := array.NewRecordReader(schema, []arrow.RecordBatch{record})
	if err != nil {
		panic(err) // the columns are the test's own
	}
	return reader
}

// accept archives content and stores rows under it.
func accept(ctx context.Context, s *Store, kind, content string, rows array.RecordReader) (Accepted, error) {
	file, err := s.Archive(ctx, bytes.NewReader([]byte(content)))
	if err != nil {
		return Accepted{}, err
	}
	return s.Accept(ctx, Acceptance{Kind: kind, FileName: content + ".csv", File: file}, rows)
}

func mustAccept(t *testing.T, s *Store, kind, content string, rows array.RecordReader) Accepted {
	t.Helper()
	a, err := accept(t.Context(), s, kind, content, rows)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// organisations makes n rows whose ids begin with name.
func organisations(name string, n int) array.RecordReader {
	var rows [][]any
	for i := range n {
		rows = append(rows, []any{fmt.Sprintf("%s%d", name, i), "机构", "supplier"})
	}
	return table("org_id:s name:s kind:s", rows...)
}

// number answers a query for one number.
func number(t *testing.T, s *Store, query string, args ...any) (n int64) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error { return r.Scan(ctx, []any{&n}, query, args...) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// district fills the store with one purchaser, two suppliers, an item and three contracts.
func district(t *testing.T, s *Store) {
	t.Helper()
	mustAccept(t, s, "organisation", "organisations", table("org_id:s name:s kind:s", []any{"P1", "民政局", "purchaser"}, []any{"S1", "甲", "supplier"}, []any{"S2", "乙", "supplier"}))
	mustAccept(t, s, "catalog_item", "items", table("item_code:s name:s purchasable:b", []any{"A01", "养老", true}))
	mustAccept(t, s, "contract", "contracts", table("contract_no:s purchaser_id:s supplier_id:s item_code:s method:s amount_fen:l start_on:d end_on:d budget_year:l",
		[]any{"C1", "P1", "S1", "A01", "open_tender", 100_00, 20000, 20300, 2024}, []any{"C2", "P1", "S2", "A01", "open_tender", 200_00, 20000, 20300, 2024},
		[]any{"C3", "P1", "S1", "A01", "open_tender", 300_00, 20000, 20300, 2025}))
}

const scoreColumns = "contract_no:s indicator:s party:s evaluator_id:s score_e4:i scored_on:d"

func score(contract, evaluator string, e4 int) []any {
	return []any{contract, "quality", "recipient", evaluator, e4, 20100}
}
