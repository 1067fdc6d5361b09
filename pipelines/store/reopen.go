package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A database that fails fatally answers nothing any more until it is closed and opened again.
const (
	// fallsMost within fallsWindow is more than a passing trouble: the process then ends, so that its supervisor starts a
	// clean one and somebody hears of it.
	fallsMost   = 2
	fallsWindow = 10 * time.Minute
	// reopenEvery bounds how often opening is tried while it cannot succeed, as on a full disk; it heals within seconds
	// after space was freed.
	reopenEvery = 2 * time.Second
	// drainTimeout is how long reads under way may take to notice that the database is gone.
	drainTimeout = 10 * time.Second
)

// ErrFell says that the database failed fatally and is being opened again.
var ErrFell = errors.New("the database failed and is opened again; nothing that was receipted is lost: try again in some seconds")

// health is what is known of the database in this process.
type health struct {
	options Options
	broken  atomic.Bool // has to be opened again before it is used

	counting sync.Mutex
	falls    []time.Time

	mu     sync.Mutex // held while it is opened again
	tried  time.Time  // when that was tried last
	failed error      // what came of it
}

// look notes whether an error says that the database failed fatally.
func (s *Store) look(errs ...error) {
	for _, err := range errs {
		var c *cleanError
		if errors.As(err, &c) && c.fatal {
			s.fell(c)
			return
		}
	}
}

// fell notes a fatal failure, once for all who meet it. A full disk is counted apart: a new process would meet it again.
func (s *Store) fell(cause *cleanError) {
	h := &s.health
	if !h.broken.CompareAndSwap(false, true) {
		return
	}
	h.options.Logger.Error("the database failed and will be opened again", "error", cause.Error())
	if cause.full {
		return
	}
	h.counting.Lock() // not mu: whoever opens again waits for the right to write, which the caller still has
	defer h.counting.Unlock()
	now := s.now()
	kept := h.falls[:0]
	for _, at := range h.falls {
		if now.Sub(at) < fallsWindow {
			kept = append(kept, at)
		}
	}
	if h.falls = append(kept, now); len(h.falls) >= fallsMost && h.options.Failed != nil {
		h.options.Failed(fmt.Errorf("the database failed %d times within %v (%w): the program ends so that it can be started anew; run `pingxin doctor` if that happens again",
			len(h.falls), fallsWindow, cause))
	}
}

// heal opens the database again when it failed: it waits until nobody uses it, closes it, opens it by the ladder and
// compares it with the receipts.
func (s *Store) heal(ctx context.Context) error {
	if !s.health.broken.Load() {
		return nil
	}
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.broken.Load() {
		return nil
	}
	if since := s.now().Sub(h.tried); h.failed != nil && since >= 0 && since < reopenEvery {
		return h.failed
	}
	h.failed = s.reopen(context.WithoutCancel(ctx))
	h.tried = s.now()
	if h.failed == nil {
		h.broken.Store(false)
		h.options.Logger.Info("the database was opened again and matches its receipts")
	}
	return h.failed
}

// reopen takes every right to read and write, and puts a database opened anew in the place of the failed one.
func (s *Store) reopen(ctx context.Context) error {
	release, err := s.takeAll(ctx)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrFell, err)
	}
	defer release()
	if err := s.disconnect(); err != nil {
		s.health.options.Logger.Warn("close the failed database", "error", err)
	}
	fresh := newStore(s.dir, s.health.options)
	fresh.journal, fresh.trail = s.journal, s.trail
	if err := fresh.openDatabase(ctx, s.health.options); err != nil {
		return fmt.Errorf("%w (%w)", ErrFell, errors.Join(err, fresh.disconnect()))
	}
	s.connector, s.db, s.writer, s.columns, s.trail, s.recall = fresh.connector, fresh.db, fresh.writer, fresh.columns, fresh.trail, fresh.recall
	if fresh.recovery != nil {
		s.recovery = fresh.recovery
	}
	return nil
}

// takeAll waits for every token.
func (s *Store) takeAll(ctx context.Context) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	taken := 0
	giveBack := func() {
		for range taken {
			<-s.reading
		}
	}
	for range cap(s.reading) {
		if err := acquire(ctx, s.reading); err != nil {
			giveBack()
			return nil, err
		}
		taken++
	}
	if err := acquire(ctx, s.writing); err != nil {
		giveBack()
		return nil, err
	}
	return func() { <-s.writing; giveBack() }, nil
}
