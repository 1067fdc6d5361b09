package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"pingxin/credit"
	"pingxin/pipelines/store"
)

// supplierSlip is all that explains one rating.
type supplierSlip struct {
	Supplier store.SupplierRow
	Movement *store.Movement `json:",omitempty"` // since the run before; nil when it did not move
	Notes    store.RatingNotes
	Terms    []credit.Part
}

func explainSupplier(ctx context.Context, v *store.View, id string, _ int, asJSON bool, w io.Writer) error {
	var slip supplierSlip
	var err error
	if slip.Supplier, err = v.Supplier(ctx, id); err != nil {
		return err
	}
	if slip.Movement, err = movementOf(ctx, v, "supplier", id); err != nil {
		return err
	}
	if slip.Notes, err = v.RatingNotes(ctx, id); err != nil {
		return err
	}
	if slip.Terms, err = v.RatingTerms(ctx, id); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(w, finite(slip))
	}
	return printRating(w, v.Run, slip)
}

func printRating(w io.Writer, run store.Run, s supplierSlip) error {
	var b strings.Builder
	r := s.Supplier
	fmt.Fprintf(&b, "supplier %s  %s\n  run %d for %s, policy %s\n", r.ID, r.Name, run.ID, run.AsOf.Format(time.DateOnly), run.PolicyID)
	fmt.Fprintf(&b, "  score %s  level %s (by the score alone %s)  %s; performance %s, conduct %s, %d evaluations\n", number(r.Score, 2), orDash(r.Level),
		orDash(r.Uncapped), r.Status, number(r.Performance, 2), number(r.Conduct, 2), r.Evaluations)
	b.WriteString(movementText(s.Movement))
	for _, c := range s.Notes.Caps {
		fmt.Fprintf(&b, "  cap %s: at most %s%s%s\n", c.Rule, c.Grade, prefixed(", event ", c.Event), prefixed(", until ", day(c.Until)))
	}
	for _, n := range s.Notes.Reasons {
		fmt.Fprintf(&b, "  cost %s\n", noteText(n))
	}
	for _, n := range s.Notes.Lift {
		fmt.Fprintf(&b, "  lift %s\n", noteText(n))
	}
	for _, n := range s.Notes.Warnings {
		fmt.Fprintf(&b, "  warning %s\n", noteText(n))
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"term", "of", "value", "age in days", "weight", "share", "contribution", "note"})
	for _, p := range s.Terms {
		t.AppendRow(table.Row{p.Term, p.Ref, number(p.Value, 2), p.AgeDays, number(p.Weight, 4), number(p.Share, 4), number(p.Contribution, 4), p.Note})
	}
	b.WriteString(t.Render())
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// finite turns a value into maps and lists in which a missing number (NaN) is null, as JSON has no other word for it.
func finite(v any) any { return finiteValue(reflect.ValueOf(v)) }

func finiteValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Float64:
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			return nil
		}
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return finiteValue(v.Elem())
	case reflect.Slice:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = finiteValue(v.Index(i))
		}
		return all
	case reflect.Struct:
		if _, isTime := v.Interface().(time.Time); isTime {
			return v.Interface()
		}
		fields := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous {
				for name, value := range finiteValue(v.Field(i)).(map[string]any) {
					fields[name] = value
				}
				continue
			}
			fields[f.Name] = finiteValue(v.Field(i))
		}
		return fields
	}
	return v.Interface()
}
