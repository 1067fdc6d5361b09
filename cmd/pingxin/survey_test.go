package main

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/dashboards"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
)

const surveyedContract = "HT2025-00090"

// TestSurvey: from links by the console to scores that a run has seen, with the rates by hand.
func TestSurvey(t *testing.T) {
	data, dir := imported(t, "organisation", "catalog_item", "contract"), t.TempDir()
	links, sheet := filepath.Join(dir, "links.csv"), filepath.Join(dir, "sheet.html")
	out := must(t, "--data", data, "survey", "issue", surveyedContract, "--links", "8", "--frame", "40", "--public-url", "https://pj.example.gov.cn/", "--out", links)
	wants(t, out, "batch 1, 8 links until", "frame of 40", "kept nowhere else")
	info, err := os.Stat(links)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the links are a file of mode %v, %v; expected one that only its owner reads", info.Mode(), err)
	}
	refused(t, "--data", data, "survey", "issue", surveyedContract, "--public-url", "https://pj.example.gov.cn", "--out", links)
	wants(t, must(t, "survey", "sheet", links, "--out", sheet, "--lang", "en"), "8 QR codes")
	if n := strings.Count(readFile(t, sheet), `<svg class="qr"`); n != 8 {
		t.Errorf("the sheet has %d codes, expected 8", n)
	}
	answerLinks(t, data, links, 6)
	must(t, "--data", data, "run", "--as-of", sampleDay)
	if c := readSurveys(t, data)[0]; c.ContractNo != surveyedContract || c.Asked != 8 || c.Answered != 6 || c.Waiting != 2 || *c.Rate != 6./40 || *c.Return != 6./8 {
		t.Errorf("status %+v, rates %g and %g; by hand 6 of 40 people and 6 of 8 links", c, *c.Rate, *c.Return)
	}
	wants(t, must(t, "--data", data, "explain", "contract", surveyedContract), "satisfaction_service")
	wants(t, must(t, "--data", data, "survey", "close", surveyedContract), "2 unused links")
	wants(t, must(t, "--data", data, "survey", "status"), surveyedContract, "15.0%", "75.0%")
	wants(t, must(t, "--data", data, "doctor"), "4 receipts")
}

// answerLinks hands in the sheets of the first links.
func answerLinks(t *testing.T, data, links string, n int) {
	t.Helper()
	list, err := os.Open(links)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	all, err := dashboards.ReadLinks(list)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	d, err := survey.Open(st, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	chosen := map[string]string{}
	for _, q := range d.Questions() {
		chosen[q.Indicator] = "satisfied"
	}
	for _, l := range all[:n] {
		u, err := url.Parse(l.Address)
		if err != nil || u.Host != "pj.example.gov.cn" {
			t.Fatalf("link %s: %v", l.Address, err)
		}
		if err := d.Answer(t.Context(), strings.TrimPrefix(u.Path, "/s/"), chosen); err != nil {
			t.Fatal(err)
		}
	}
}

func readSurveys(t *testing.T, data string) []surveyReport {
	t.Helper()
	return decode[[]surveyReport](t, must(t, "--data", data, "survey", "status", "--json"))
}

func TestPublicURL(t *testing.T) {
	listener := fixedListener{}
	for _, c := range []struct {
		f     front
		given string
		want  string // empty: refused
	}{
		{front{}, "", "http://127.0.0.1:8080"},
		{front{}, "http://localhost:8080", "http://localhost:8080"},
		{front{hosts: []string{"pj.example.gov.cn"}}, "https://PJ.example.gov.cn/", "https://PJ.example.gov.cn"},
		{front{}, "https://pj.example.gov.cn", ""},
		{front{}, "pj.example.gov.cn", ""},
		{front{}, "ftp://localhost", ""},
		{front{}, "https://localhost/survey", ""},
		{front{}, "https://li@localhost", ""},
	} {
		got, err := c.f.public(c.given, listener)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v; expected %q", c.given, got, err, c.want)
		}
	}
}

// fixedListener stands where its server would.
type fixedListener struct{ net.Listener }

func (fixedListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }
