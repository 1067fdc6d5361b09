package access

import (
	"sync"
	"time"
)

// Throttling of attempts to sign in. Nobody is locked out for ever: after the free attempts each further failure doubles
// the wait up to maxWait, and a quiet hour forgets them. At that pace one key allows 300 guesses a day, of which the rules
// for passwords leave no chance.
const (
	freeByPair    = 5  // failures of one account from one address: typing errors
	freeByAccount = 20 // of one account from everywhere: beyond it somebody guesses from many addresses
	freeByAddress = 30 // of one address: an office of many people behind one
	firstWait     = time.Second
	maxWait       = 5 * time.Minute
	forgetAfter   = time.Hour
	// maxKeys bounds the memory of an attack from everywhere; beyond it those who failed longest ago are forgotten.
	maxKeys = 50_000
	// trustAfter is how long an address from which an account signed in is spared the account's wait, so that whoever
	// guesses elsewhere cannot keep the owner out.
	trustAfter = 30 * 24 * time.Hour
)

// failures are those of one key.
type failures struct {
	count int
	last  time.Time
	until time.Time // no attempt before
}

// throttle slows down attempts by account, by address and by the pair of both. It is safe for concurrent use.
type throttle struct {
	mu      sync.Mutex
	now     func() time.Time
	failed  map[string]*failures
	trusted map[string]time.Time // pairs that signed in, with when
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, failed: map[string]*failures{}, trusted: map[string]time.Time{}}
}

// limitOf is a key of an attempt with its free failures.
type limitOf struct {
	key  string
	free int
}

func (t *throttle) limits(account, address string) []limitOf {
	pair := account + "\x00" + address
	all := []limitOf{{"pair\x00" + pair, freeByPair}, {"address\x00" + address, freeByAddress}}
	if at, known := t.trusted[pair]; !known || t.now().Sub(at) > trustAfter {
		all = append(all, limitOf{"account\x00" + account, freeByAccount})
	}
	return all
}

// begin counts an attempt as a failure before it is known to be one, so that many at once do not slip through; succeed
// takes it back. It returns how long to wait when the attempt comes too early, and then counts nothing.
func (t *throttle) begin(account, address string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, limits := t.now(), t.limits(account, address)
	for _, l := range limits {
		if f := t.failed[l.key]; f != nil && now.Before(f.until) {
			wait = max(wait, f.until.Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	t.makeRoom(now)
	for _, l := range limits {
		f := t.failed[l.key]
		if f == nil || now.Sub(f.last) > forgetAfter {
			f = &failures{}
			t.failed[l.key] = f
		}
		f.count, f.last = f.count+1, now
		if over := f.count - l.free; over > 0 {
			f.until = now.Add(min(firstWait<<min(over-1, 20), maxWait))
		}
	}
	return 0
}

// succeed forgets the failures of an account that was proved to be its owner's, and takes the attempt off the address.
func (t *throttle) succeed(account, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pair := account + "\x00" + address
	delete(t.failed, "pair\x00"+pair)
	delete(t.failed, "account\x00"+account)
	if f := t.failed["address\x00"+address]; f != nil && f.count > 0 {
		f.count, f.until = f.count-1, time.Time{}
	}
	t.trusted[pair] = t.now()
}

// makeRoom keeps the memory bounded: first it forgets what is old, then whatever failed longest ago.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.failed) < maxKeys && len(t.trusted) < maxKeys {
		return
	}
	for key, f := range t.failed {
		if now.Sub(f.last) > forgetAfter {
			delete(t.failed, key)
		}
	}
	for pair, at := range t.trusted {
		if now.Sub(at) > trustAfter || len(t.trusted) >= maxKeys {
			delete(t.trusted, pair)
		}
	}
	for len(t.failed) >= maxKeys {
		oldest, found := "", now.Add(time.Hour)
		for key, f := range t.failed {
			if f.last.Before(found) {
				oldest, found = key, f.last
			}
		}
		delete(t.failed, oldest)
	}
}
