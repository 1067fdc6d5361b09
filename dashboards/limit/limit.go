// Package limit decides whether one more request of a client is too many. It keeps one token bucket per key in bounded
// memory; what a key is, and what a refused client is told, is left to the caller.
package limit

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Rate is how often one key may do something: Burst times at once, and one more after each Every.
type Rate struct {
	Burst int           // at least 1
	Every time.Duration // above zero
}

// Limiter is a token bucket per key. It remembers at most as many keys as it was made for; beyond that it forgets the
// one that asked longest ago, which then begins with a full bucket, as after a pause. It is safe for concurrent use.
type Limiter struct {
	rate Rate
	keys int
	now  func() time.Time

	mu      sync.Mutex
	buckets map[string]*list.Element // of *bucket
	order   list.List                // the key that asked last in front
}

type bucket struct {
	key   string
	level time.Duration // what it holds: Every for each token
	at    time.Time     // when it held that
}

// New returns a limiter of so many keys by the clock now. It panics on a rate that allows nothing or everything.
func New(rate Rate, keys int, now func() time.Time) *Limiter {
	if rate.Burst < 1 || rate.Every <= 0 || keys < 1 {
		panic("limit: a rate needs a burst, a time above zero and room for a key")
	}
	return &Limiter{rate: rate, keys: keys, now: now, buckets: map[string]*list.Element{}}
}

// Allow takes one token of the key. Without one it takes nothing and says how long to wait until there is one.
func (l *Limiter) Allow(key string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key)
	if b.level < l.rate.Every {
		return false, l.rate.Every - b.level
	}
	b.level -= l.rate.Every
	return true, 0
}

// bucket is the key's bucket as filled by now.
func (l *Limiter) bucket(key string) *bucket {
	now, full := l.now(), time.Duration(l.rate.Burst)*l.rate.Every
	if e, known := l.buckets[key]; known {
		l.order.MoveToFront(e)
		b := e.Value.(*bucket)
		if passed := now.Sub(b.at); passed > 0 { // a clock that was set back gives nothing and takes nothing
			b.level = min(full, b.level+passed)
		}
		b.at = now
		return b
	}
	if l.order.Len() == l.keys {
		oldest := l.order.Remove(l.order.Back()).(*bucket)
		delete(l.buckets, oldest.key)
	}
	b := &bucket{key: key, level: full, at: now}
	l.buckets[key] = l.order.PushFront(b)
	return b
}

// Address is the key of a client's address: an IPv4 address by itself, and of an IPv6 address the network of 64 bits,
// because whoever has one address of that has all of them.
func Address(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}
