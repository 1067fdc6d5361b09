package dashboards

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// TestReadersAreShownARunWhenItIsReady: from the publication of a run until what took long is asked of it, readers see the run
// before; what is made ready is asked of the new one, and a run that fails leaves them where they were.
func TestReadersAreShownARunWhenItIsReady(t *testing.T) {
	st := freshDistrict(t)
	s, _ := newServer(t, st, io.Discard)
	seen := func(ctx context.Context) (run int, at time.Time) {
		t.Helper()
		err := st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
			v, err := s.shown(ctx, r, store.Everything)
			if err == nil {
				run, at = v.Run.ID, v.PublishedAt
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return run, at
	}
	before, publishedAt := seen(t.Context())
	publish := func(ctx context.Context) error {
		return st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
			for _, text := range []string{fmt.Sprintf(`INSERT INTO run SELECT * REPLACE (%d AS run_id) FROM run WHERE run_id = %d`, before+1, before),
				fmt.Sprintf(`UPDATE published SET run_id = %d, published_at = TIMESTAMP '2030-01-01'`, before+1)} {
				if _, err := w.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		})
	}
	s.mux.HandleFunc("GET /watched", func(_ http.ResponseWriter, r *http.Request) {
		if made, _ := seen(r.Context()); made != before+1 {
			t.Errorf("run %d is made ready, expected %d", made, before+1)
		}
		if shown, at := seen(t.Context()); shown != before || !at.Equal(publishedAt) {
			t.Errorf("meanwhile readers see run %d of %v, expected %d of %v", shown, at, before, publishedAt)
		}
	})
	s.ready.note(slowAsking{access.Identity{Account: "a", Role: access.Finance}, "/watched"})
	failed := errors.New("no run")
	if err := s.Replace(t.Context(), func(context.Context) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if run, _ := seen(t.Context()); run != before {
		t.Errorf("after a run that failed readers see run %d, expected %d", run, before)
	}
	if err := s.Replace(t.Context(), publish); err != nil {
		t.Fatal(err)
	}
	if run, _ := seen(t.Context()); run != before+1 {
		t.Errorf("at last readers see run %d, expected %d", run, before+1)
	}
}

// TestPerRun: what is put together is put together once for a run and a scope, again after a failure, and let go of two runs later.
func TestPerRun(t *testing.T) {
	st := districtStore(t)
	var m store.PerRun[int]
	made := 0
	ask := func(run int, fail error) (n int, err error) {
		t.Helper()
		_ = st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
			v, verr := store.NewView(ctx, r, store.Everything)
			if verr != nil {
				t.Fatal(verr)
			}
			v.Run.ID = run
			n, err = m.Of(ctx, v, func() (int, error) {
				made++
				return made, fail
			})
			return nil
		})
		return n, err
	}
	failed := errors.New("not now")
	if _, err := ask(1, failed); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	for _, c := range []struct{ run, want int }{{1, 2}, {1, 2}, {2, 3}, {1, 2}, {3, 4}, {2, 3}, {1, 5}} {
		if n, err := ask(c.run, nil); n != c.want || err != nil {
			t.Errorf("run %d: %d, expected %d (%v)", c.run, n, c.want, err)
		}
	}
}

// TestKeptPagesNameNobody: what is kept for all of a role says nothing of who is asking, and of the nightly loop only where the
// content is kept for its state.
func TestKeptPagesNameNobody(t *testing.T) {
	registered := regexp.MustCompile(`s\.kept\("GET [^"]+", access\.\w+, "(\w+\.html)"`)
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range registered.FindAllSubmatch(text, -1) {
			kept[string(m[1])] = true
		}
	}
	if len(kept) < 10 {
		t.Fatalf("found %d kept pages, expected more", len(kept))
	}
	for name := range kept {
		text, err := os.ReadFile(filepath.Join("templates", name))
		if err != nil {
			t.Fatal(err)
		}
		if says := regexp.MustCompile(`\.Status\b`).Match(text); says != showsLoop[name] {
			t.Errorf("%s: the state of the loop stands in it: %t, and it is kept for that state: %t", name, says, showsLoop[name])
		}
		if found := regexp.MustCompile(`\.(Who|NightSaid|SavedViews|Views)\b`).Find(text); found != nil {
			t.Errorf("%s: found %s, which differs from account to account", name, found)
		}
	}
}
