package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pingxin/dashboards"
	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// The readers of the pages, as a bureau has them on the morning after a night.
const (
	readerCount     = 64
	thinkTime       = 2 * time.Second // between two pages of a reader, on average; people take longer
	servedFor       = "30s"           // each of the two measurements: a few dozen answers of each page
	searchedNumbers = 9_999           // what is searched for differs from reader to reader
	searchedPages   = 50
	triedFloors     = 100 // in percent
	warmShare       = 10  // of the time nobody is measured: the first of the morning waits for what is then remembered
)

// The parts of the measurement, each with pages and searches of its own.
const (
	warmPart uint64 = iota
	quietPart
	busyPart
)

// While full runs compute, a file of scores arrives every now and then, as on the busiest day.
const (
	uploadRows  = 100_000
	uploadEvery = 2 * time.Minute
	uploadRound = 1_000 // the raters of these files are others than those of any file before
)

// servedPages are what readers ask for, all as often: every page that shows the published run or the facts behind it. %d
// becomes the number of a random contract, supplier, department or item, or one to search for.
var servedPages = []struct{ path, of string }{
	{"/", ""}, {"/overview", ""}, {"/departments", ""}, {"/departments/P%d", "department"}, {"/items", ""}, {"/items/A%d", "item"},
	{"/evaluations", ""}, {"/evaluations?grade=fair&sort=value&dir=desc", ""}, {"/evaluations?q=B1%d", "number"}, {"/evaluations?page=1%d&sort=amount", "page"}, {"/evaluations/B%d", "contract"},
	{"/process", ""}, {"/tracking", ""}, {"/settlement", ""}, {"/settlement?q=B2%d", "number"}, {"/settlement/B%d", "contract"},
	{"/suppliers", ""}, {"/suppliers?level=AA", ""}, {"/suppliers?q=%d", "number"}, {"/suppliers/S%d", "supplier"}, {"/selection", ""}, {"/selection/A%d", "item"}, {"/register", ""},
	{"/assessments", ""}, {"/repairs", ""}, {"/commendations", ""}, {"/blacklist", ""}, {"/clues", ""}, {"/clues/rules", ""},
	{"/budget", ""}, {"/budget?by=item", ""}, {"/budget?pool=neutral&floor=%d", "floor"}, {"/budget/scenarios", ""}, {"/plans", ""}, {"/execution", ""}, {"/readiness", ""}, {"/purchase", ""}, {"/payments", ""}, {"/rollout", ""}, {"/market", ""},
	{"/catalogue", ""}, {"/catalogue/advice", ""}, {"/assignments", ""}, {"/inquiries", ""}, {"/incidents", ""}, {"/runs", ""}, {"/validation", ""}, {"/validation/suppliers", ""}, {"/evaluators", ""},
	{"/methods/trimmed_mean", ""}, {"/public", ""},
}

// servings is how long the pages took the readers.
type servings struct {
	Readers     int         `json:"readers"`
	P99         float64     `json:"p99_ms"`
	BusyP99     float64     `json:"busy_p99_ms"` // while full runs compute and files arrive
	FirstLoadKB int         `json:"first_load_gzipped_kb"`
	Pages       []pageTimes `json:"pages"`
}

// pageTimes are the times of one page.
type pageTimes struct {
	Page    string  `json:"page"`
	Asked   int     `json:"asked"`
	Median  float64 `json:"median_ms"`
	P99     float64 `json:"p99_ms"`
	BusyP99 float64 `json:"busy_p99_ms"`
}

// serve measures the pages, first alone and then while full runs compute and files arrive.
func (b *bench) serve(ctx context.Context, st *store.Store) error {
	address, stop, err := b.open(ctx, st)
	if err != nil {
		return err
	}
	defer stop()
	readers, err := newReaders(ctx, address)
	if err != nil {
		return err
	}
	b.result.Served = &servings{Readers: readerCount}
	if b.result.Served.FirstLoadKB, err = readers[0].firstLoad(ctx); err != nil {
		return err
	}
	if _, err := b.read(ctx, readers, warmPart, b.serving/warmShare); err != nil {
		return err
	}
	quiet, err := b.read(ctx, readers, quietPart, b.serving)
	if err != nil {
		return err
	}
	busy, err := b.readDuringRuns(ctx, st, readers)
	if err != nil {
		return err
	}
	b.result.Served.sumUp(quiet, busy)
	return nil
}

// open serves the store on a free port of this machine.
func (b *bench) open(ctx context.Context, st *store.Store) (address string, stop func(), err error) {
	keeper, err := access.Open(ctx, st, access.Options{})
	if err != nil {
		return "", nil, err
	}
	if _, _, err := keeper.Add(ctx, access.Draft{Login: dashboards.DemoLogin(access.Finance), Name: "finance", Role: access.Finance}); err != nil {
		return "", nil, err
	}
	pages, err := dashboards.New(dashboards.Config{Store: st, Access: keeper, Policy: b.policy, Demo: true, Logger: slog.New(slog.NewTextHandler(b.log, nil))})
	if err != nil {
		return "", nil, err
	}
	b.replace = pages.Replace
	pages.MakeReady(ctx)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: clocked(pages.Handler()), ReadHeaderTimeout: time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close() // nobody is reading any more
		<-ended
	}, nil
}

// clockHeader names the clock of a request to the server that measures it.
const clockHeader = "Bench-Clock"

// clocks are of the requests under way, by their names: each is told the milliseconds of its answer.
var clocks sync.Map

// clocked times every answer from the beginning of its handler to its end. That is what the server needs, waiting for processors and
// for the database in it; how long the readers, who are of the same process here, need to take an answer in is not.
func clocked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		h.ServeHTTP(w, r)
		if clock, asked := clocks.LoadAndDelete(r.Header.Get(clockHeader)); asked {
			clock.(chan float64) <- float64(time.Since(began)) / float64(time.Millisecond)
		}
	})
}

// reader is a browser of the finance bureau.
type reader struct {
	client  *http.Client
	address string
	clock   chan float64 // the server's, of the answer that is read
}

// newReaders share one session: an account has only so many at a time, and who has none is shown the sign-in page.
func newReaders(ctx context.Context, address string) ([]*reader, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	all := make([]*reader, readerCount)
	for i := range all {
		all[i] = &reader{&http.Client{Jar: jar, Transport: &http.Transport{DisableCompression: true}}, address, make(chan float64, 1)}
	}
	_, err = all[0].ask(ctx, http.MethodPost, "/sign-in/demo", url.Values{"role": {string(access.Finance)}}.Encode())
	return all, err
}

// ask returns the bytes that came over the wire; anything but a good answer is an error.
func (r *reader) ask(ctx context.Context, method, path, form string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.address+path, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Origin", r.address)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set(clockHeader, fmt.Sprintf("%p", r))
	response, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", path, response.StatusCode)
	}
	if led := response.Request.URL.Path; err == nil && led == "/sign-in" {
		err = fmt.Errorf("%s led to %s", path, led)
	}
	return content, err
}

// assetAddress finds what a page loads with it.
var assetAddress = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)

// firstLoad is how many kilobytes a browser loads that opens the overview for the first time.
func (r *reader) firstLoad(ctx context.Context) (int, error) {
	page, err := r.ask(ctx, http.MethodGet, "/overview", "")
	if err != nil {
		return 0, err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(page))
	if err != nil {
		return 0, fmt.Errorf("/overview was not sent compressed: %w", err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		return 0, err
	}
	total := len(page)
	for _, m := range assetAddress.FindAllSubmatch(text, -1) {
		content, err := r.ask(ctx, http.MethodGet, string(m[1]), "")
		if err != nil {
			return 0, err
		}
		total += len(content)
	}
	return total / 1000, nil
}

// readings are the milliseconds of every answer, by page.
type readings [][]float64

// read lets the readers read for a while. Each asks for one page after another in an order of its own, with a pause between
// them that is drawn anew each time. The part of the measurement gives other orders: what was asked for before is remembered.
func (b *bench) read(ctx context.Context, readers []*reader, part uint64, long time.Duration) (readings, error) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	all := make(readings, len(servedPages))
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for i, r := range readers {
		random := rand.New(rand.NewPCG(uint64(i), part))
		group.Go(func() error {
			for pause(ctx, time.Duration(random.ExpFloat64()*float64(thinkTime))) == nil {
				page := random.IntN(len(servedPages))
				ms, err := r.timed(ctx, b.pathOf(page, random))
				if errors.Is(err, context.DeadlineExceeded) {
					return nil
				}
				if err != nil {
					return err
				}
				mu.Lock()
				all[page] = append(all[page], ms)
				mu.Unlock()
			}
			return nil
		})
	}
	return all, group.Wait()
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pathOf is the address of a page, with a random number where it is one of many.
func (b *bench) pathOf(page int, random *rand.Rand) string {
	p, contracts := servedPages[page], b.result.Contracts
	many := map[string]int{"contract": contracts, "supplier": suppliersOf(contracts), "department": purchasersOf(contracts), "item": itemCount, "number": searchedNumbers, "page": searchedPages, "floor": triedFloors}
	if p.of == "" {
		return p.path
	}
	return fmt.Sprintf(p.path, random.IntN(many[p.of]))
}

// timed asks for a page and returns the milliseconds that the server needed for it.
func (r *reader) timed(ctx context.Context, path string) (float64, error) {
	clocks.Store(fmt.Sprintf("%p", r), r.clock)
	if _, err := r.ask(ctx, http.MethodGet, path, ""); err != nil {
		return 0, err
	}
	select {
	case ms := <-r.clock:
		return ms, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// readDuringRuns lets the readers read while one full run after another computes and files arrive.
func (b *bench) readDuringRuns(ctx context.Context, st *store.Store, readers []*reader) (readings, error) {
	running, stop := context.WithCancel(ctx)
	var busy errgroup.Group
	for _, work := range []func(context.Context, *store.Store) error{b.runAgain, b.uploadAgain} {
		busy.Go(func() error {
			if err := work(running, st); running.Err() == nil {
				return err
			}
			return nil // it was only ended
		})
	}
	all, err := b.read(ctx, readers, busyPart, b.serving)
	stop()
	return all, errors.Join(err, busy.Wait())
}

// runAgain makes full runs until it is ended.
func (b *bench) runAgain(ctx context.Context, st *store.Store) error {
	for {
		err := b.replace(ctx, func(ctx context.Context) error {
			_, _, err := b.run(ctx, st, true)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// uploadAgain accepts files of scores until it is ended.
func (b *bench) uploadAgain(ctx context.Context, st *store.Store) error {
	kind, err := intake.KindOf("score")
	if err != nil {
		return err
	}
	for round := uploadRound; ; round++ {
		path := filepath.Join(b.dir, fmt.Sprintf("upload%d.csv", round))
		if err := writeScores(path, uploadRows, b.result.Contracts, round); err != nil {
			return err
		}
		if _, err := importFile(ctx, st, kind, path, b.policy, nil, io.Discard); err != nil {
			return err
		}
		if err := pause(ctx, uploadEvery); err != nil {
			return err
		}
	}
}

// sumUp makes the figures of both measurements.
func (s *servings) sumUp(quiet, busy readings) {
	s.P99, s.BusyP99 = quantile(slices.Concat(quiet...), .99), quantile(slices.Concat(busy...), .99)
	for i, p := range servedPages {
		s.Pages = append(s.Pages, pageTimes{Page: strings.ReplaceAll(p.path, "%d", "…"), Asked: len(quiet[i]), Median: quantile(quiet[i], .5), P99: quantile(quiet[i], .99), BusyP99: quantile(busy[i], .99)})
	}
}

// quantile is the smallest of the values that at least the share of them do not exceed; 0 of none.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := int(share * float64(len(sorted)))
	return sorted[min(at, len(sorted)-1)]
}

// print writes the figures as a table.
func (s *servings) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "  %d readers: p99 %.1f ms, while full runs compute and files arrive %.1f ms, %.2f times; first load %d KB gzipped\n", s.Readers, s.P99, s.BusyP99, s.BusyP99/s.P99, s.FirstLoadKB)
	for _, p := range s.Pages {
		fmt.Fprintf(&b, "    %-48s %6d times  median %7.1f ms  p99 %7.1f ms  busy %7.1f ms\n", p.Page, p.Asked, p.Median, p.P99, p.BusyP99)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
