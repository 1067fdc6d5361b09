package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"pingxin/pipelines/district"
	"pingxin/pipelines/store"
)

// demoClock is the clock of a demonstration: it stands in the days of the sample while their history is played, and then
// goes on from there. So the sample does not grow old, and runs into no year whose holidays nobody knows yet.
type demoClock struct {
	ahead atomic.Int64 // of the machine's clock, in nanoseconds; mostly below zero
}

func (c *demoClock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *demoClock) set(now time.Time) { c.ahead.Store(int64(time.Until(now))) }

// turnOn sets the clock to the opening of a day that is still to come; on the day itself it goes on.
func (c *demoClock) turnOn(day time.Time) error {
	today := store.DayOf(c.now())
	if day.Before(today) {
		return fmt.Errorf("--day: found %s, expected %s or later: what was done by then is not undone", day.Format(time.DateOnly), today.Format(time.DateOnly))
	}
	if day.After(today) {
		c.set(day.Add(opening))
	}
	return nil
}

// opening is when a day's work of the sample begins, after midnight UTC: nine in the morning in China.
const opening = time.Hour

// lastNight is the day of the last night of a sample.
func lastNight(m district.Manifest) time.Time { return m.Nights[len(m.Nights)-1].AsOf }

// resume sets the clock to where a demonstration was left: the last thing that was done in it or computed.
func (c *demoClock) resume(ctx context.Context, st *store.Store) error {
	return st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		run, _, err := store.LatestPublished(ctx, r)
		done, _, reading := store.AuditLog(ctx, r, store.AuditFilter{Limit: 1})
		last := run.FinishedAt
		if len(done) > 0 && done[0].At.After(last) {
			last = done[0].At
		}
		c.set(last)
		return errors.Join(err, reading)
	})
}
