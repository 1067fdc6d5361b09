package cohort

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pingxin/credit/challenger"
)

func read(t *testing.T, text string) *Table {
	t.Helper()
	table, err := ReadCSV(strings.NewReader(text), "cases.csv")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestRecords: kinds by the cells, missing cells, a byte order mark, ids and rule scores from their columns or none.
func TestRecords(t *testing.T) {
	table := read(t, "\ufeffid,size,grade,code,rule,later\nS1,1.5,good,1,80,no\nS2,,,2,,yes\n")
	roles := Roles{Outcome: "later", Bad: "yes", ID: "id", Rule: "rule", Categories: []string{"code"}}
	design, err := table.Design(roles)
	want := challenger.Design{{Name: "size", Kind: challenger.Number}, {Name: "grade", Kind: challenger.Category}, {Name: "code", Kind: challenger.Category}}
	if err != nil || !slices.Equal(design, want) {
		t.Fatalf("%v, got %v, want %v", err, design, want)
	}
	records, err := table.Records(design, roles)
	if err != nil || len(records) != 2 {
		t.Fatalf("%v, %d records", err, len(records))
	}
	first, second := records[0], records[1]
	if first.ID != "S1" || first.Bad || first.Rule != 80 || first.Values[0].Number != 1.5 || first.Values[1].Label != "good" || first.Values[2].Label != "1" {
		t.Errorf("got %+v", first)
	}
	if second.ID != "S2" || !second.Bad || !math.IsNaN(second.Rule) || !math.IsNaN(second.Values[0].Number) || second.Values[1].Label != "" {
		t.Errorf("got %+v", second)
	}
	roles = Roles{Outcome: "later", Bad: "yes", Ignore: []string{"id", "rule"}}
	if design, err = table.Design(roles); err != nil || len(design) != 3 || design[2].Kind != challenger.Number {
		t.Errorf("%v, got %v", err, design)
	}
	if records, err = table.Records(design, roles); err != nil || records[0].ID != "2" || !math.IsNaN(records[0].Rule) {
		t.Errorf("%v, got %+v", err, records[0])
	}
}

// TestFaults: every fault says where it is, what was found and what was expected.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, text string
		roles      Roles
		says       []string
	}{
		{"mixed", "x,y\n1,no\nl2,yes\n3,no\nl4,no\n", Roles{Outcome: "y", Bad: "yes"}, []string{"row 3, column x", `found "l2"`, "number as in 2 rows", "all 2 texts", "--category"}},
		{"third outcome", "x,y\n1,no\n2,yes\n3,maybe\n", Roles{Outcome: "y", Bad: "yes"}, []string{"row 4, column y", `found "maybe"`, `"no" (good`, `"yes" (bad`}},
		{"no outcome", "x,y\n1,no\n2,\n", Roles{Outcome: "y", Bad: "yes"}, []string{"row 3, column y", `found ""`}},
		{"outcome column", "x,y\n1,no\n", Roles{Outcome: "z", Bad: "yes"}, []string{`no column "z" for the outcome`, "x, y"}},
		{"id column", "x,y\n1,no\n", Roles{Outcome: "y", Bad: "yes", ID: "z"}, []string{`no column "z" for the id`}},
		{"rule column", "x,y\n1,no\n", Roles{Outcome: "y", Bad: "yes", Rule: "z"}, []string{`no column "z" for the rule score`}},
		{"rule score", "x,r,y\n1,high,no\n", Roles{Outcome: "y", Bad: "yes", Rule: "r"}, []string{"row 2, column r", `found "high"`, "a number such as"}},
		{"left out", "x,y\n1,no\n", Roles{Outcome: "y", Bad: "yes", Ignore: []string{"z"}}, []string{`no column "z" for inputs left out`}},
		{"category", "x,y\n1,no\n", Roles{Outcome: "y", Bad: "yes", Categories: []string{"z"}}, []string{`no column "z" for categories`}},
		{"id twice", "i,x,y\nA,1,no\nB,1,yes\nA,2,yes\n", Roles{Outcome: "y", Bad: "yes", ID: "i"}, []string{"row 4, column i", `found "A"`, "row 2 has it too"}},
		{"no id", "i,x,y\nA,1,no\n,1,yes\n", Roles{Outcome: "y", Bad: "yes", ID: "i"}, []string{"row 3, column i", `found ""`, "an id"}},
		{"nobody bad", "x,y\n1,no\n2,no\n", Roles{Outcome: "y", Bad: "yes"}, []string{"column y", `found only "no"`, `"yes" (bad`}},
		{"nobody good", "x,y\n1,yes\n2,yes\n", Roles{Outcome: "y", Bad: "yes"}, []string{"column y", `found only "yes"`}},
		{"no input", "y\nno\n", Roles{Outcome: "y", Bad: "yes"}, []string{"expected inputs"}},
		{"not a plain number", "x,y\nNaN,no\n1,yes\n", Roles{Outcome: "y", Bad: "yes"}, []string{"row 2, column x", `found "NaN"`}},
		{"too large", "x,y\n1e999,no\n1,yes\n", Roles{Outcome: "y", Bad: "yes"}, []string{"row 2, column x", `found "1e999"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := read(t, c.text)
			design, err := table.Design(c.roles)
			if err == nil {
				_, err = table.Records(design, c.roles)
			}
			if !errors.Is(err, ErrTable) || !strings.HasPrefix(err.Error(), "cases.csv: ") {
				t.Fatalf("got %v, want a refusal with the name of the file", err)
			}
			for _, words := range c.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%v\ndoes not say %q", err, words)
				}
			}
		})
	}
}

// TestModelInputs: a table without a column that the model needs, or with a text where it needs a number, is refused.
func TestModelInputs(t *testing.T) {
	table, roles := read(t, "x,y\nwide,no\n"), Roles{Outcome: "y", Bad: "yes"}
	for _, c := range []struct{ input, says string }{{"size", `no column "size" for an input`}, {"x", "row 2, column x: found \"wide\", expected a number"}} {
		if _, err := table.Records(challenger.Design{{Name: c.input, Kind: challenger.Number}}, roles); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got %v, want %q", err, c.says)
		}
	}
}

func TestRefusedFiles(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "header alone": "x,y\n", "name twice": "x,x\n1,2\n", "no name": "x,\n1,2\n", "cells": "x,y\n1\n"} {
		if _, err := ReadCSV(strings.NewReader(text), "cases.csv"); !errors.Is(err, ErrTable) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}
