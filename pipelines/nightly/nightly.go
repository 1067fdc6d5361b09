// Package nightly decides when the next night begins, makes up for a missed one, runs between nights when it is asked to,
// and lets only one run at a time. What a run does is a function handed in.
package nightly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/adhocore/gronx"
)

// ErrRunning says that a run is under way already.
var ErrRunning = errors.New("a run is under way")

// A night that fails is tried again after a while, a few times; then the next night is waited for.
const (
	retryAfter = 5 * time.Minute
	attempts   = 3
)

// settling is how long a run that was asked for waits, so that what a person does in one go, as closing three incidents,
// is one run; it leaves most of a minute for the run itself.
const settling = 10 * time.Second

// china is the time zone of schedules.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// Schedule is a cron text of five fields in China time.
type Schedule string

// Next is the first time after the given one at which a night begins.
func (s Schedule) Next(after time.Time) (time.Time, error) {
	next, err := gronx.NextTickAfter(string(s), after.In(china), false)
	if err != nil {
		return time.Time{}, fmt.Errorf("schedule %q: %w; expected five cron fields such as \"0 2 * * *\"", string(s), err)
	}
	return next, nil
}

// Missed says whether a night should have begun after the last run and before now. A zero last means that nothing ever
// ran, which is a missed night.
func (s Schedule) Missed(last, now time.Time) (bool, error) {
	if last.IsZero() {
		return true, nil
	}
	next, err := s.Next(last)
	return err == nil && !next.After(now), err
}

// Config says what to run and when.
type Config struct {
	Schedule string
	Last     time.Time // end of the last run; zero when there was none
	Now      func() time.Time
	Run      func(context.Context) error
	After    func(context.Context) // what follows a night that went well, and no other run; nil: nothing
	Logger   *slog.Logger
}

// Status is what the loop is doing.
type Status struct {
	Running   bool
	LastEnd   time.Time
	LastError string
	Next      time.Time
}

// Loop begins nights by a schedule. It is safe for concurrent use.
type Loop struct {
	Config
	schedule Schedule
	flight   chan struct{} // holds a token while a run is under way
	asked    chan struct{} // holds a token while somebody waits for a run
	mu       sync.Mutex
	status   Status
}

// New checks the schedule and returns a loop that is not running yet.
func New(c Config) (*Loop, error) {
	l := &Loop{Config: c, schedule: Schedule(c.Schedule), flight: make(chan struct{}, 1), asked: make(chan struct{}, 1)}
	next, err := l.schedule.Next(c.Now())
	l.status = Status{LastEnd: c.Last, Next: next}
	return l, err
}

// Status says what the loop is doing.
func (l *Loop) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

// Run begins nights until the context ends, and returns after a night under way has ended.
func (l *Loop) Run(ctx context.Context) error {
	missed, err := l.schedule.Missed(l.Last, l.Now())
	if err != nil {
		return err
	}
	for {
		if missed && l.night(ctx) && l.After != nil {
			l.After(ctx)
		}
		next, err := l.schedule.Next(l.Now())
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.status.Next = next
		l.mu.Unlock()
		if missed, err = l.wait(ctx, next); err != nil {
			return err
		}
	}
}

// Soon asks for a run within a minute, and returns at once. Askers who come before it begins share it.
func (l *Loop) Soon() {
	select {
	case l.asked <- struct{}{}:
	default:
	}
}

// wait returns true when the next night begins, and false when it has made a run that somebody asked for.
func (l *Loop) wait(ctx context.Context, next time.Time) (night bool, err error) {
	timer := time.NewTimer(next.Sub(l.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true, nil
	case <-l.asked:
		if err := sleep(ctx, settling); err != nil {
			return false, err
		}
		select { // who asked meanwhile shares it
		case <-l.asked:
		default:
		}
		l.night(ctx)
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// night runs, tries again when that fails, and says whether it went well in the end. While another run is under way, which
// may not see what this one is for, it asks for one after that.
func (l *Loop) night(ctx context.Context) bool {
	for attempt := 1; attempt <= attempts; attempt++ {
		err := l.Trigger(ctx)
		if err == nil {
			return true
		}
		if errors.Is(err, ErrRunning) {
			l.Soon()
			return false
		}
		l.Logger.Error("night failed", "attempt", attempt, "error", err)
		if attempt < attempts && sleep(ctx, retryAfter) != nil {
			return false
		}
	}
	return false
}

// Trigger runs once, now; ErrRunning when a run is under way already.
func (l *Loop) Trigger(ctx context.Context) error {
	select {
	case l.flight <- struct{}{}:
	default:
		return ErrRunning
	}
	defer func() { <-l.flight }()
	l.mu.Lock()
	l.status.Running = true
	l.mu.Unlock()
	err := l.Config.Run(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.Running, l.status.LastEnd, l.status.LastError = false, l.Now(), ""
	if err != nil {
		l.status.LastError = err.Error()
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
