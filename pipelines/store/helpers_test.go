package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// smallOptions keep a test's database to two threads and little memory.
var smallOptions = Options{Threads: 2, MemoryLimit: "512MB", Readers: 4}

func openAt(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, smallOptions)
	if err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close %s: %v", dir, err)
		}
	})
	return s
}

func closeStore(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// sheet is a file of rows: its columns as "name:type" with the types text, whole, small (32 bits), real, day and bool.
type sheet struct {
	kind    string
	columns string
	rows    [][]any
}

var arrowTypesByWord = map[string]arrow.DataType{"text": arrow.BinaryTypes.String, "whole": arrow.PrimitiveTypes.Int64, "small": arrow.PrimitiveTypes.Int32,
	"real": arrow.PrimitiveTypes.Float64, "day": arrow.FixedWidthTypes.Date32, "bool": arrow.FixedWidthTypes.Boolean}

// reader makes the Arrow reader that an import would hand in; rows without a row_no get their place, counted from 2.
func (f sheet) reader() array.RecordReader {
	var fields []arrow.Field
	for column := range strings.FieldsSeq(f.columns) {
		name, word, _ := strings.Cut(column, ":")
		fields = append(fields, arrow.Field{Name: name, Type: arrowTypesByWord[word], Nullable: true})
	}
	fields = append(fields, arrow.Field{Name: "row_no", Type: arrow.PrimitiveTypes.Int64})
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i, row := range f.rows {
		for c, value := range append(slices.Clone(row), i+2) {
			appendCell(b.Field(c), value)
		}
	}
	reader, err := array.NewRecordReader(schema, []arrow.RecordBatch{b.NewRecordBatch()})
	if err != nil {
		panic(err) // one schema for both
	}
	return reader
}

func appendCell(b array.Builder, value any) {
	switch b := b.(type) {
	case *array.StringBuilder:
		if value != nil {
			b.Append(value.(string))
			return
		}
	case *array.Int64Builder:
		if value != nil {
			b.Append(int64(value.(int)))
			return
		}
	case *array.Int32Builder:
		if value != nil {
			b.Append(int32(value.(int)))
			return
		}
	case *array.Float64Builder:
		if value != nil {
			b.Append(value.(float64))
			return
		}
	case *array.BooleanBuilder:
		if value != nil {
			b.Append(value.(bool))
			return
		}
	case *array.Date32Builder:
		if value != nil {
			day, err := time.Parse(time.DateOnly, value.(string))
			if err != nil {
				panic(err)
			}
			b.Append(arrow.Date32FromTime(day))
			return
		}
	}
	b.AppendNull()
}

// bytes are what the sheet would be as a file.
func (f sheet) bytes() string { return fmt.Sprint(f.kind, f.columns, f.rows) }

func (f sheet) acceptance() Acceptance {
	sum := sha256.Sum256([]byte(f.bytes()))
	return Acceptance{Kind: f.kind, FileName: f.kind + ".csv", Scope: Everything, File: Archived{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(f.bytes()))}}
}

// acceptInto archives and accepts a sheet as an import does.
func (f sheet) acceptInto(ctx context.Context, s *Store) (Accepted, error) {
	a := f.acceptance()
	var err error
	if a.File, err = s.Archive(ctx, strings.NewReader(f.bytes())); err != nil {
		return Accepted{}, err
	}
	return s.Accept(ctx, a, f.reader())
}

func accept(t *testing.T, s *Store, f sheet) Accepted {
	t.Helper()
	in, err := f.acceptInto(t.Context(), s)
	if err != nil {
		t.Fatalf("accept %s: %v", f.kind, err)
	}
	return in
}

const (
	organisationColumns = "org_id:text name:text kind:text"
	itemColumns         = "item_code:text name:text purchasable:bool"
	contractColumns     = "contract_no:text purchaser_id:text supplier_id:text item_code:text method:text amount_fen:whole start_on:day end_on:day budget_year:whole"
	scoreColumns        = "contract_no:text indicator:text party:text evaluator_id:text score_e4:small scored_on:day"
)

func contracts(year int, numbers ...string) sheet {
	f := sheet{"contract", contractColumns, nil}
	for _, no := range numbers {
		f.rows = append(f.rows, []any{no, "P1", "S1", "A1", "open_tender", 100_00, fmt.Sprintf("%d-01-01", year), fmt.Sprintf("%d-12-20", year), year})
	}
	return f
}

func score(contract, evaluator string, scoreE4 int, day string) []any {
	return []any{contract, "quality", "recipient", evaluator, scoreE4, day}
}

func scores(rows ...[]any) sheet { return sheet{"score", scoreColumns, rows} }

// base is what scores refer to: two organisations, an item and the contracts C1 to C3 of 2025.
var base = []sheet{
	{"organisation", organisationColumns, [][]any{{"P1", "purchaser one", "purchaser"}, {"S1", "supplier one", "supplier"}}},
	{"catalog_item", itemColumns, [][]any{{"A1", "home care", true}}},
	contracts(2025, "C1", "C2", "C3"),
}

func acceptBase(t *testing.T, s *Store) {
	t.Helper()
	for _, f := range base {
		accept(t, s, f)
	}
}

// scan reads the one row of a query in a transaction of its own.
func scan(t *testing.T, s *Store, dest []any, query string, args ...any) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error { return r.Scan(ctx, dest, query, args...) })
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func number(t *testing.T, s *Store, query string, args ...any) (n int64) {
	t.Helper()
	scan(t, s, []any{&n}, query, args...)
	return n
}

// texts reads a query of one column of text.
func texts(t *testing.T, s *Store, query string) []string {
	t.Helper()
	var all []string
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		rows, err := r.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			all = append(all, text)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// write runs statements in one write transaction.
func write(t *testing.T, s *Store, statements ...string) {
	t.Helper()
	err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		for _, text := range statements {
			if _, err := w.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("write: %v", err)
	}
}

// sound checks what `pingxin doctor` checks, and that the journal has a receipt for each batch.
func sound(t *testing.T, s *Store) []Receipt {
	t.Helper()
	receipts, err := s.Receipts()
	if err != nil {
		t.Fatalf("receipts: %v", err)
	}
	err = s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		findings, err := Examine(ctx, r, receipts)
		for _, finding := range findings {
			t.Errorf("examine: %s", finding)
		}
		return err
	})
	if err != nil {
		t.Fatalf("examine: %v", err)
	}
	if batches := number(t, s, `SELECT count(*) FROM batch`); batches != int64(len(receipts)) {
		t.Errorf("%d batches and %d receipts", batches, len(receipts))
	}
	for _, table := range append(slices.Clone(factTables), "score_superseded", "batch_contract") {
		if n := number(t, s, `SELECT count(*) FROM `+table+` WHERE batch_id NOT IN (SELECT batch_id FROM batch)`); n > 0 {
			t.Errorf("%d rows of %s belong to no batch", n, table)
		}
	}
	return receipts
}

// says fails unless the error is there and its sentence holds every piece.
func says(t *testing.T, err error, pieces ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, expected one with %q", pieces)
	}
	for _, piece := range pieces {
		if !strings.Contains(err.Error(), piece) {
			t.Errorf("the error does not say %q: %v", piece, err)
		}
	}
}
