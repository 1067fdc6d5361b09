package api_test

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pingxin/dashboards/api"
	"pingxin/dashboards/api/uploader"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// scoreFile writes a file of scores.
func scoreFile(t *testing.T, who string, rows int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), who+".csv")
	if err := os.WriteFile(path, []byte(scores(who, rows)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newClient is a client that waits no longer than a test should.
func newClient(t *testing.T, address, token string, transport http.RoundTripper) *uploader.Client {
	t.Helper()
	c, err := uploader.New(address, token, transport)
	if err != nil {
		t.Fatal(err)
	}
	c.Pause = func(ctx context.Context, d time.Duration) error {
		time.Sleep(d / 8) // in which a busy disk still keeps what arrived
		return ctx.Err()
	}
	return c
}

// onlyReceipt is the receipt of a file, which has to be the only one of its bytes.
func onlyReceipt(t *testing.T, st *store.Store, path string) store.Receipt {
	t.Helper()
	all, err := st.Receipts()
	if err != nil {
		t.Fatal(err)
	}
	var found []store.Receipt
	for _, r := range all {
		if r.SHA256 == hashOf(string(readFile(t, path))) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d receipts, want 1", filepath.Base(path), len(found))
	}
	return found[0]
}

// brought sends a file and checks that it is stored exactly once, with the receipt that the client got.
func brought(t *testing.T, st *store.Store, c *uploader.Client, path string) {
	t.Helper()
	results, err := c.Send(t.Context(), uploader.File{Path: path, Kind: "score"})
	if err != nil {
		t.Fatal(err)
	}
	if want := onlyReceipt(t, st, path); len(results) != 1 || results[0].Receipt != want {
		t.Errorf("%s: got %+v, want the receipt %+v", filepath.Base(path), results, want)
	}
}

// cutter is a line to a server that breaks after some bytes, in whichever direction they go; how many is chance.
type cutter struct {
	net.Listener
	to   string
	most int64
	cuts atomic.Int64
	mu   sync.Mutex
	dice *rand.Rand
}

func newCutter(t *testing.T, to string, most int64, seed uint64) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l, to: strings.TrimPrefix(to, "http://"), most: most, dice: rand.New(rand.NewPCG(seed, seed))}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(conn)
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return c
}

func (c *cutter) carry(conn net.Conn) {
	defer conn.Close()
	server, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer server.Close()
	c.mu.Lock()
	left := c.dice.Int64N(c.most)
	c.mu.Unlock()
	var carried atomic.Int64
	done := make(chan struct{}, 2)
	pipe := func(to, from net.Conn) {
		defer func() { done <- struct{}{} }()
		buffer := make([]byte, 1024)
		for {
			n, err := from.Read(buffer)
			if carried.Add(int64(n)) > left {
				c.cuts.Add(1)
				return
			}
			if _, writing := to.Write(buffer[:n]); err != nil || writing != nil {
				return
			}
		}
	}
	go pipe(server, conn)
	go pipe(conn, server)
	<-done
}

// TestClientOverABadLine: the connection breaks at random places, and each file is stored exactly once.
func TestClientOverABadLine(t *testing.T) {
	s, st := uploads(t)
	for seed := range uint64(8) {
		path := scoreFile(t, fmt.Sprintf("line%d", seed), 4000)
		size := int64(len(readFile(t, path)))
		line := newCutter(t, s.URL, size/2, seed+1)
		brought(t, st, newClient(t, "http://"+line.Addr().String(), "finance", &http.Transport{}), path)
		if line.cuts.Load() == 0 {
			t.Error("the line was never cut")
		}
		brought(t, st, newClient(t, s.URL, "finance", nil), path)
	}
}

// losing is a transport that loses answers after the server has given them.
type losing struct {
	dice *rand.Rand
	lost int
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || l.dice.IntN(2) == 0 {
		return response, err
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	l.lost++
	return nil, errors.New("the answer was lost")
}

// TestClientLosesAnswers: half of all answers are lost, that of a commit among them, and each file is stored exactly once.
func TestClientLosesAnswers(t *testing.T) {
	s, st := uploads(t)
	lost := 0
	for seed := range uint64(12) {
		path := scoreFile(t, fmt.Sprintf("answer%d", seed), 50)
		transport := &losing{dice: rand.New(rand.NewPCG(seed, 7))}
		brought(t, st, newClient(t, s.URL, "finance", transport), path)
		lost += transport.lost
	}
	if lost < 12 {
		t.Errorf("only %d answers were lost", lost)
	}
}

// counting counts the bytes of bodies that are sent.
type counting struct{ sent atomic.Int64 }

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPatch {
		c.sent.Add(r.ContentLength)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestClientIsKilled: a client that starts anew goes on where another one ended, after any number of bytes, and sends
// nothing twice.
func TestClientIsKilled(t *testing.T) {
	s, st := uploads(t)
	path := scoreFile(t, "killed", 4000)
	text := readFile(t, path)
	upload := s.begun(t, "finance", string(text)) // under another name of the file
	s.patch(t, "finance", upload, 0, string(text[:len(text)/3]))
	transport := &counting{}
	brought(t, st, newClient(t, s.URL, "finance", transport), path)
	if want := int64(len(text) - len(text)/3); transport.sent.Load() != want {
		t.Errorf("%d bytes were sent, want the other %d", transport.sent.Load(), want)
	}
	transport.sent.Store(0)
	brought(t, st, newClient(t, s.URL, "finance", transport), path) // killed before it could say the receipt
	if transport.sent.Load() != 0 {
		t.Errorf("%d bytes were sent of a file that the server has", transport.sent.Load())
	}
}

// TestClientStops: a person who gives up stops it at once, and what the server has is kept.
func TestClientStops(t *testing.T) {
	s, st := uploads(t)
	path := scoreFile(t, "stopped", 100)
	ctx, stop := context.WithCancel(t.Context())
	c := newClient(t, s.URL, "finance", nil)
	c.Progress = func(done, total int64) {
		if done == total {
			stop()
		}
	}
	if _, err := c.Send(ctx, uploader.File{Path: path}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	brought(t, st, newClient(t, s.URL, "finance", nil), path)
}

// TestClientTellsFaults: a refused file is told as `pingxin import` tells it, and in part it can be taken.
func TestClientTellsFaults(t *testing.T) {
	s, st := uploads(t)
	path := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(path, []byte(strings.Replace(scores("bad", 3), ",61,", ",101,", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s.URL, "finance", nil)
	_, err := c.Send(t.Context(), uploader.File{Path: path})
	var faults *intake.FaultsError
	if !errors.As(err, &faults) || faults.File != "bad.csv" || faults.Total != 1 || faults.Faults[0].Row != 3 || !strings.Contains(err.Error(), "bad.csv was refused") {
		t.Errorf("got %v", err)
	}
	results, err := c.Send(t.Context(), uploader.File{Path: path, Partial: true})
	if err != nil || len(results) != 1 || results[0].Receipt.Rows != 2 {
		t.Errorf("in part: %+v, %v", results, err)
	}
	onlyReceipt(t, st, path)
	if _, err := newClient(t, s.URL, "supplier", nil).Send(t.Context(), uploader.File{Path: path}); err == nil || !strings.Contains(err.Error(), "may not do this") {
		t.Errorf("a supplier: %v", err)
	}
	if _, err := newClient(t, s.URL, "nobody", nil).Send(t.Context(), uploader.File{Path: path}); err == nil || !strings.Contains(err.Error(), "does not accept the token") {
		t.Errorf("nobody: %v", err)
	}
}

// TestClientBringsAZip: the files of a zip go in in an order in which they can be taken.
func TestClientBringsAZip(t *testing.T) {
	st := emptyStore(t)
	s := deskServer(t, st)
	path := filepath.Join(t.TempDir(), "night.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, kind := range []string{"score", "contract", "organisation", "catalog_item"} {
		w, err := z.Create(kind + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(readFile(t, filepath.Join(sample, "night1", kind+".csv"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	results, err := newClient(t, s.URL, "admin", nil).Send(t.Context(), uploader.File{Path: path})
	if err != nil || len(results) != 4 || results[3].Receipt.Kind != "score" || results[3].Receipt.Rows != 6263 {
		t.Errorf("got %+v, %v", results, err)
	}
}

// TestClientBringsAMillionRows is for the long suite.
func TestClientBringsAMillionRows(t *testing.T) {
	if os.Getenv("PINGXIN_LONG") == "" {
		t.Skip("takes a minute; set PINGXIN_LONG=1")
	}
	s, st := uploads(t)
	path := scoreFile(t, "million", 1_000_000)
	began := time.Now()
	brought(t, st, newClient(t, s.URL, "finance", nil), path)
	t.Logf("%d bytes in %s", len(readFile(t, path)), time.Since(began))
	if r := onlyReceipt(t, st, path); r.Rows != 1_000_000 {
		t.Errorf("the receipt is of %d rows", r.Rows)
	}
}

// deskServer serves a store with a desk.
func deskServer(t *testing.T, st *store.Store) *server {
	t.Helper()
	d, err := desk.Open(st, filepath.Join(st.Dir(), "uploads"), desk.Options{Indicators: anyIndicator})
	if err != nil {
		t.Fatal(err)
	}
	return newServer(t, api.Config{Store: st, Desk: d})
}
