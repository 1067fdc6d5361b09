package nightly

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestNextIsInChinaTime(t *testing.T) {
	next, err := Schedule("0 2 * * *").Next(time.Date(2026, 3, 1, 17, 59, 0, 0, time.UTC)) // 01:59 on the 2nd in China
	if want := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC); err != nil || !next.Equal(want) {
		t.Errorf("got %v, %v; want %v", next, err, want)
	}
}

func TestMissed(t *testing.T) {
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // 08:00 in China
	for _, c := range []struct {
		name string
		last time.Time
		want bool
	}{
		{"never ran", time.Time{}, true},
		{"ran at two", now.Add(-5 * time.Hour), false},
		{"ran yesterday", now.Add(-20 * time.Hour), true},
	} {
		got, err := Schedule("0 2 * * *").Missed(c.last, now)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

// loopFor returns a loop whose runs are counted and fail as told.
func loopFor(t *testing.T, last time.Time, fail func(run int) error) (*Loop, *int) {
	t.Helper()
	runs := 0
	l, err := New(Config{Schedule: "0 2 * * *", Last: last, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Run: func(context.Context) error {
		runs++
		return fail(runs)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l, &runs
}

func TestCatchesUpThenOncePerNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, runs := loopFor(t, time.Now().Add(-48*time.Hour), func(int) error { return nil })
		ctx, stop := context.WithTimeout(t.Context(), 72*time.Hour)
		defer stop()
		if err := l.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if *runs != 4 {
			t.Errorf("%d runs in three days after a missed night, want 4", *runs)
		}
	})
}

func TestFailedNightIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, runs := loopFor(t, time.Time{}, func(run int) error {
			if run < 3 {
				return errors.New("disk full")
			}
			return nil
		})
		l.night(t.Context())
		if *runs != 3 || l.Status().LastError != "" {
			t.Errorf("%d runs, last error %q; want 3 and none", *runs, l.Status().LastError)
		}
	})
}

func TestAskedForSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now() // midnight in UTC, eight in the morning in China: no night for eighteen hours
		l, runs := loopFor(t, began, func(int) error { return nil })
		nights := 0
		l.After = func(context.Context) { nights++ }
		ctx, stop := context.WithTimeout(t.Context(), 17*time.Hour)
		defer stop()
		ended := make(chan error)
		go func() { ended <- l.Run(ctx) }()
		for range 3 { // acts that follow each other
			l.Soon()
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		if *runs != 1 {
			t.Errorf("%d runs a minute after three acts, want 1", *runs)
		}
		l.Soon()
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || *runs != 2 || nights != 0 {
			t.Errorf("got %v, %d runs and %d nights; want one more run and no night", err, *runs, nights)
		}
	})
}

func TestAskedForWhileAnotherRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, runs := loopFor(t, time.Now(), func(run int) error {
			if run == 1 {
				time.Sleep(time.Hour)
			}
			return nil
		})
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Hour)
		defer stop()
		go l.Trigger(ctx)
		synctest.Wait()
		l.Soon()
		_ = l.Run(ctx)
		if *runs != 2 {
			t.Errorf("%d runs, want the one under way and one after it", *runs)
		}
	})
}

func TestOneRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l, _ := loopFor(t, time.Time{}, func(int) error { <-release; return nil })
		first := make(chan error)
		go func() { first <- l.Trigger(t.Context()) }()
		synctest.Wait()
		if err := l.Trigger(t.Context()); !errors.Is(err, ErrRunning) {
			t.Errorf("got %v, want ErrRunning", err)
		}
		close(release)
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

func TestBadSchedule(t *testing.T) {
	if _, err := New(Config{Schedule: "at night", Now: time.Now}); err == nil {
		t.Error("a schedule that is not cron was taken")
	}
}
