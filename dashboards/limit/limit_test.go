package limit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// clock is a clock that moves when told to.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)} }

func TestAllow(t *testing.T) {
	c := newClock()
	l := New(Rate{Burst: 2, Every: 10 * time.Second}, 8, c.now)
	steps := []struct {
		after time.Duration
		key   string
		ok    bool
		wait  time.Duration
	}{
		{0, "a", true, 0}, {0, "a", true, 0}, {0, "a", false, 10 * time.Second},
		{0, "b", true, 0}, // keys do not share
		{4 * time.Second, "a", false, 6 * time.Second},
		{6 * time.Second, "a", true, 0}, {0, "a", false, 10 * time.Second},
		{time.Hour, "a", true, 0}, {0, "a", true, 0}, {0, "a", false, 10 * time.Second}, // no more than the burst is saved up
		{-time.Minute, "a", false, 10 * time.Second}, {10 * time.Second, "a", true, 0}, // a clock set back
	}
	for i, s := range steps {
		c.Time = c.Add(s.after)
		if ok, wait := l.Allow(s.key); ok != s.ok || wait != s.wait {
			t.Errorf("step %d, key %s: %v, wait %v; want %v, %v", i, s.key, ok, wait, s.ok, s.wait)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	c := newClock()
	l := New(Rate{Burst: 1, Every: time.Minute}, 3, c.now)
	l.Allow("busy")
	for i := range 1000 {
		l.Allow(fmt.Sprint("stranger", i))
		if ok, _ := l.Allow("busy"); ok {
			t.Fatalf("after %d strangers a key that keeps asking is forgotten", i+1)
		}
	}
	if len(l.buckets) != 3 || l.order.Len() != 3 {
		t.Errorf("%d buckets and %d in order, want 3", len(l.buckets), l.order.Len())
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64"} {
		if got := Address(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: key %s, want %s", text, got, want)
		}
	}
}
