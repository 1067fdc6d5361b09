package main

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ratersCases are the reference cases of package raters; their READMEs say where the expected numbers are from.
const ratersCases = "../../scoring/raters/testdata/cases"

// ratersCase returns the input of a case and decodes its expected numbers.
func ratersCase(t *testing.T, name string, expected any) (input string) {
	t.Helper()
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(ratersCases, name, "expected.json"))), expected); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(ratersCases, name, "input.csv")
}

// agreed runs the command and returns what it says as JSON, with the measures by their ids.
func agreed(t *testing.T, args ...string) (agreementReport, map[string]agreementMeasure) {
	t.Helper()
	report := decode[agreementReport](t, must(t, append([]string{"agreement", "--json"}, args...)...))
	byID := map[string]agreementMeasure{}
	for _, m := range report.Measures {
		byID[m.ID] = m
	}
	if len(byID) != 15 {
		t.Errorf("got %d measures, want 6 correlations, 4 alphas, a W and 4 kappas", len(byID))
	}
	return report, byID
}

// sameNumber allows an error relative to the wanted number, or absolute where that is below 1.
func sameNumber(t *testing.T, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil || !(math.Abs(*got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %.15g", what, orNone(got), want)
	}
}

func TestAgreementIntraclass(t *testing.T) {
	var want map[string]struct{ ICC, F, DF1, DF2, Low, High float64 }
	report, got := agreed(t, ratersCase(t, "icc", &want), "--wide")
	if report.Objects != 6 || len(report.Raters) != 4 || report.Values != 24 || report.Missing != 0 || report.Complete != 6 || report.Confidence != 0.95 ||
		!strings.Contains(report.Note, "every column a rater") {
		t.Errorf("got %+v", report)
	}
	for id, named := range map[string]string{"icc_1": "ICC1_1", "icc_1_k": "ICC1_k", "icc_2_1": "ICC2_1", "icc_2_k": "ICC2_k", "icc_3_1": "ICC3_1", "icc_3_k": "ICC3_k"} {
		m, w := got[id], want[named]
		if w.F == 0 || m.Test == nil || m.Test.DF != w.DF1 || m.Test.DF2 != w.DF2 {
			t.Fatalf("%s: got %+v, want %+v", id, m, w)
		}
		sameNumber(t, id, m.Value, w.ICC, 1e-10)
		sameNumber(t, id+" low", m.Low, w.Low, 1e-10)
		sameNumber(t, id+" high", m.High, w.High, 1e-10)
		sameNumber(t, id+" F", m.Test.Statistic, w.F, 1e-10)
	}
	wants(t, must(t, "agreement", filepath.Join(ratersCases, "icc-polished", "input.csv"), "--wide", "--object", "subject", "--confidence", "0.9"),
		"6 objects, 4 raters (J1, J2, J3, J4)", "24 values, 0 missing", "90% interval", "0.165742", "F(5, 18) = 1.79468, p = 0.165")
}

func TestAgreementAlpha(t *testing.T) {
	var want map[string]float64
	report, got := agreed(t, ratersCase(t, "krippendorff-alpha", &want), "--object", "unit")
	if report.Objects != 12 || len(report.Raters) != 4 || report.Values != 41 || report.Missing != 7 {
		t.Errorf("got %+v", report)
	}
	for metric, alpha := range want {
		sameNumber(t, metric, got["alpha_"+metric].Value, alpha, 1e-12)
	}
	if m := got["fleiss_kappa"]; m.Value != nil || !strings.Contains(m.Reason, "different numbers of values") {
		t.Errorf("Fleiss' kappa with gaps: %+v", m)
	}
}

// TestAgreementOfCategories: W and Fleiss' kappa of five judges, Cohen's kappas of the first two.
func TestAgreementOfCategories(t *testing.T) {
	var want struct {
		Kendall struct{ W, ChiSq, P float64 } `json:"kendall_w"`
		Fleiss  float64                       `json:"fleiss_kappa"`
		Cohen   map[string]float64
	}
	input := ratersCase(t, "agreement", &want)
	_, got := agreed(t, input, "--wide")
	w := got["kendall_w"]
	sameNumber(t, "W", w.Value, want.Kendall.W, 1e-12)
	sameNumber(t, "chi-square", w.Test.Statistic, want.Kendall.ChiSq, 1e-12)
	sameNumber(t, "p", &w.Test.P, want.Kendall.P, 1e-12)
	sameNumber(t, "Fleiss", got["fleiss_kappa"].Value, want.Fleiss, 1e-12)
	if m := got["cohen_kappa_linear"]; m.Value != nil || m.Reason != "it is for two raters" {
		t.Errorf("Cohen's kappa of five: %+v", m)
	}
	var two strings.Builder
	for line := range strings.Lines(readFile(t, input)) {
		cells := strings.Split(line, ",")
		fmt.Fprintf(&two, "%s,%s\n", cells[0], cells[1])
	}
	_, got = agreed(t, file(t, t.TempDir(), "two.csv", two.String()), "--wide")
	if len(want.Cohen) != 3 {
		t.Fatalf("want %v", want.Cohen)
	}
	for weights, kappa := range want.Cohen {
		sameNumber(t, weights, got["cohen_kappa_"+weights].Value, kappa, 1e-12)
	}
}

// TestAgreementOrder: rows in another order, and the same ratings wide, give the same bytes; the flags name a Chinese header.
func TestAgreementOrder(t *testing.T) {
	dir := t.TempDir()
	rows := []string{"甲,C1,80.5\n", "乙,C1,82\n", "甲,C2,85\n", "乙,C2,88.25\n", "甲,C3,90\n", "乙,C3,94\n", "乙,C4,70\n", "甲,C4,\n"}
	const header = "评价人,合同号,分数\n"
	long := func() string {
		return must(t, "agreement", file(t, dir, "评分.csv", header+strings.Join(rows, "")), "--object", "合同号", "--rater", "评价人", "--value", "分数")
	}
	want := long()
	wants(t, want, "评分.csv: 4 objects, 2 raters", "7 values, 1 missing; 3 objects rated by all", "standard error")
	slices.Reverse(rows)
	if got := long(); got != want {
		t.Errorf("rows in another order:\n%s\nwant\n%s", got, want)
	}
	if got := must(t, "agreement", file(t, dir, "评分.csv", "object,乙,甲\nC4,70,\nC1,82,80.5\nC3,94,90\nC2,88.25,85\n"), "--wide"); got != want {
		t.Errorf("wide:\n%s\nwant\n%s", got, want)
	}
}

// TestAgreementSaysWhyNot: what cannot be computed is said with its reason, and never as NaN.
func TestAgreementSaysWhyNot(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]string // by measure; the others are not looked at
	}{
		{"one rater", "a\n1\n2\n", map[string]string{"icc_1": "fewer than two objects", "icc_2_1": "fewer than two raters", "alpha_nominal": "no object has values of two",
			"kendall_w": "fewer than two raters", "cohen_kappa_linear": "two raters", "fleiss_kappa": "fewer than two raters"}},
		{"all alike", "a,b\n3,3\n3,3\n", map[string]string{"icc_1": "do not vary", "icc_3_k": "do not vary", "alpha_ratio": "do not vary", "kendall_w": "do not vary",
			"cohen_kappa_unweighted": "do not vary", "fleiss_kappa": "do not vary"}},
		{"below zero", "a,b\n-1,2\n3,4\n", map[string]string{"alpha_ratio": "below 0", "alpha_interval": ""}},
		{"no pairs", "a,b\n1,\n,2\n", map[string]string{"icc_1": "fewer than two objects", "alpha_interval": "no object has values of two", "cohen_kappa_quadratic": "fewer than two objects",
			"fleiss_kappa": "fewer than two raters"}},
		{"no values", "a,b\n,\n,\n", map[string]string{"icc_1": "fewer than two objects", "alpha_ordinal": "no object", "fleiss_kappa": "fewer than two"}},
		{"means alike", "a,b\n1,3\n3,1\n", map[string]string{"icc_1": "", "icc_1_k": "no more than chance", "icc_3_k": "no more than chance"}},
		{"raters apart", "a,b\n1,3\n1,3\n", map[string]string{"icc_3_1": "no more than chance", "icc_2_1": ""}},
		{"latin square", "a,b,c\n1,2,3\n2,3,1\n3,1,2\n", map[string]string{"icc_2_1": "no interval", "icc_2_k": "no more than chance", "kendall_w": ""}},
		{"perfect", "a,b\n1,1\n2,2\n", map[string]string{"icc_1": "", "icc_3_1": "", "fleiss_kappa": ""}},
		{"many values", "a,b\n1,2\n3,4\n5,6\n7,8\n9,10\n11,12\n", map[string]string{"cohen_kappa_linear": "more than 11", "fleiss_kappa": "more than 11"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := file(t, t.TempDir(), "ratings.csv", c.text)
			_, got := agreed(t, path, "--wide")
			for id, reason := range c.want {
				if m := got[id]; !strings.Contains(m.Reason, reason) || (reason == "") != (m.Reason == "") || reason != "" && reason != "no interval" && m.Value != nil {
					t.Errorf("%s: got %+v, want the reason %q", id, m, reason)
				}
			}
			if out := must(t, "agreement", path, "--wide"); strings.Contains(out, "NaN") || strings.Contains(out, "Inf") {
				t.Errorf("a number is missing without a word:\n%s", out)
			}
		})
	}
}

func TestAgreementRefuses(t *testing.T) {
	dir := t.TempDir()
	long := file(t, dir, "long.csv", "object,rater,value\na,x,1\nb,x,2\na,x,3\n")
	wide := file(t, dir, "wide.csv", "subject,x,y\nS1,1,2\nS2,2,3\n")
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"twice", []string{long}, []string{"agreement: long.csv: ", "row 4, column rater: found \"x\"", "row 2 has both too"}},
		{"columns", []string{wide}, []string{"wide.csv: ", "found no column \"object\" for the object", "subject, x, y"}},
		{"text for a number", []string{wide, "--wide"}, []string{"row 2, column subject: found \"S1\", expected a number"}},
		{"no such object", []string{wide, "--wide", "--object", "thing"}, []string{"found no column \"thing\" for the object"}},
		{"no rater", []string{file(t, dir, "none.csv", "object\nC1\n"), "--wide"}, []string{"none.csv: ", "found no column beside the object, expected one for each rater"}},
		{"percent", []string{wide, "--wide", "--object", "subject", "--confidence", "95"}, []string{"--confidence: found 95, expected more than 0 and less than 1"}},
		{"wide with a rater", []string{wide, "--wide", "--rater", "x"}, []string{"rater", "wide"}},
		{"no file", []string{filepath.Join(dir, "lost.csv")}, []string{"lost.csv"}},
		{"two files", []string{long, wide}, []string{"1 arg"}},
	} {
		t.Run(c.name, func(t *testing.T) { wants(t, refused(t, append([]string{"agreement"}, c.args...)...), c.want...) })
	}
}
