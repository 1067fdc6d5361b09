package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/api"
	"pingxin/pipelines"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

const sample = "../../testdata/district"

// Organisations of the sample, and a contract of purchaser and supplier that the evaluator is assigned to.
const (
	purchaser = "P006"
	supplier  = "S0001"
	evaluator = "E01"
	contract  = "HT2023-00001"
)

var firstDay = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)

// identities are who holds the token of each name.
var identities = map[string]access.Identity{
	"admin":       {Account: "a1", Name: "管理员", Role: access.Admin},
	"finance":     {Account: "f1", Name: "财政", Role: access.Finance},
	"purchaser":   {Account: "p1", Name: "城管局", Role: access.Purchaser, Org: purchaser},
	"evaluator":   {Account: "e1", Name: "评估", Role: access.Evaluator, Org: evaluator},
	"supervision": {Account: "s1", Name: "审计", Role: access.Supervision},
	"supplier":    {Account: "u1", Name: "阳光", Role: access.Supplier, Org: supplier},
}

// authenticate takes a role's name for its token, for all that the role may; after a colon stand the only actions that
// the token is for.
func authenticate(_ context.Context, bearer string) (access.Identity, []access.Action, error) {
	name, only, limited := strings.Cut(bearer, ":")
	i, known := identities[name]
	if !known {
		return access.Identity{}, nil, access.ErrToken
	}
	if !limited {
		return i, access.Actions, nil
	}
	var granted []access.Action
	for action := range strings.SplitSeq(only, ",") {
		granted = append(granted, access.Action(action))
	}
	return i, granted, nil
}

// anyIndicator lets every score in: the sample was made for the policy.
func anyIndicator(string) ([]string, bool, string) {
	return []string{"purchaser", "recipient", "third_party"}, true, ""
}

func emptyStore(t *testing.T) *store.Store {
	t.Helper()
	return openStore(t, t.TempDir())
}

func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dir, store.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// bring imports files of the first night.
func bring(t *testing.T, st *store.Store, kinds ...string) {
	t.Helper()
	for _, name := range kinds {
		kind, err := intake.KindOf(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := intake.Import(t.Context(), st, kind, filepath.Join(sample, "night1", name+".csv"), intake.Options{Indicators: anyIndicator}); err != nil {
			t.Fatal(err)
		}
	}
}

func run(t *testing.T, st *store.Store, asOf time.Time) pipelines.Report {
	t.Helper()
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	report, err := pipelines.Run(t.Context(), st, pipelines.Options{AsOf: asOf, Policy: p, Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// districtDir is made once: every test works on a copy.
var districtDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "district-*") })

// TestMain makes the district and takes it away.
func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := districtDir(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// districtStore holds the first night of the sample, run, with one assignment.
func districtStore(t *testing.T) *store.Store {
	t.Helper()
	dir, err := districtDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "receipts.jsonl")); err != nil {
		makeDistrict(t, dir)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return openStore(t, copied)
}

func makeDistrict(t *testing.T, dir string) {
	t.Helper()
	st, err := store.Open(t.Context(), dir, store.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	bring(t, st, "organisation", "catalog_item", "contract", "target", "progress", "payment", "score", "credit_event")
	run(t, st, firstDay)
	err = st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		_, err := w.Exec(ctx, `INSERT INTO assignment BY NAME SELECT ? AS contract_no, ? AS evaluator_org, now()::TIMESTAMP AS assigned_at, '' AS assigned_by, ? AS declared,
			'' AS reason, '' AS declared_by`, contract, evaluator, store.NoConflict)
		return err
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
}

// server serves the interface; log holds what it logged.
type server struct {
	*httptest.Server
	api *api.API
	log *syncBuffer
}

// syncBuffer is a log that several requests write.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func newServer(t *testing.T, c api.Config) *server {
	t.Helper()
	s := &server{log: &syncBuffer{}}
	c.Logger = slog.New(slog.NewTextHandler(s.log, nil))
	if c.Authenticate == nil {
		c.Authenticate = authenticate
	}
	if c.TokenRate.Burst == 0 { // a test asks faster than anybody
		c.TokenRate.Burst, c.TokenRate.Every = 1_000_000, time.Microsecond
		c.AddressRate = c.TokenRate
	}
	var err error
	if s.api, err = api.New(c); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(s.api)
	t.Cleanup(s.Close)
	return s
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request with a token; empty: without one. headers are pairs.
func (s *server) ask(t *testing.T, token, method, path string, body io.Reader, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+api.Prefix+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, text}
}

func (s *server) get(t *testing.T, token, path string, headers ...string) answer {
	t.Helper()
	return s.ask(t, token, http.MethodGet, path, nil, headers...)
}

// got decodes an answer, which has to have the status.
func got[T any](t *testing.T, a answer, status int) (v T) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d\n%s", a.status, status, a.body)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%v in\n%s", err, a.body)
	}
	return v
}

// problemOf decodes a problem, which has to be of the kind.
func problemOf(t *testing.T, a answer, status int, kind string) api.Problem {
	t.Helper()
	p := got[api.Problem](t, a, status)
	if p.Type != api.Prefix+"/problems/"+kind || p.Status != status || p.Title == "" || p.Mend == "" || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %s %+v, want a problem %s", a.header.Get("Content-Type"), p, kind)
	}
	return p
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func jsonBody(format string, args ...any) io.Reader {
	return strings.NewReader(fmt.Sprintf(format, args...))
}
