package store

import (
	"context"
	"slices"
	"sync"
)

// PerRun keeps what is put together of all contracts of a run, for each scope that asked: neither a published run nor this
// changes. Two runs are kept, the published one and the one that is made ready to take its place. It is safe for concurrent use.
type PerRun[T any] struct {
	mu   sync.Mutex
	made map[runScope]*making[T]
}

// runScope is a run as a scope sees it.
type runScope struct {
	run   int
	hash  string
	scope Scope
}

// making is what is put together, once ready is closed.
type making[T any] struct {
	ready chan struct{}
	value T
	err   error
}

// keptRuns is how many runs are kept.
const keptRuns = 2

// Of is what put makes of the view's run. Whoever asks while it is being made waits for it; where that failed, which may have been
// because whoever asked first went away, the next one makes it.
func (m *PerRun[T]) Of(ctx context.Context, v *View, put func() (T, error)) (T, error) {
	var none T
	key := runScope{v.Run.ID, v.Run.Hash, v.Scope()}
	k, known := m.find(key)
	if !known { // who lets others wait must not wait for a place that one of them has
		if err := v.begin(ctx); err != nil {
			return none, err
		}
		k, known = m.claim(key)
	}
	if !known {
		defer m.end(key, k)
		k.value, k.err = put()
		return k.value, k.err
	}
	select {
	case <-k.ready:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if k.err != nil {
		return m.Of(ctx, v, put)
	}
	return k.value, nil
}

func (m *PerRun[T]) find(key runScope) (k *making[T], known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, known = m.made[key]
	return k, known
}

// claim finds it, or promises that the caller will make it.
func (m *PerRun[T]) claim(key runScope) (k *making[T], known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, known = m.made[key]; !known {
		k = &making[T]{ready: make(chan struct{}), err: context.Canceled}
		m.keep(key, k)
	}
	return k, known
}

// keep keeps it, and lets go of runs before those that are kept.
func (m *PerRun[T]) keep(key runScope, k *making[T]) {
	if m.made == nil {
		m.made = map[runScope]*making[T]{}
	}
	m.made[key] = k
	var runs []int
	for key := range m.made {
		runs = append(runs, key.run)
	}
	slices.Sort(runs)
	runs = slices.Compact(runs)
	for _, old := range runs[:max(0, len(runs)-keptRuns)] {
		m.forget(func(k runScope) bool { return k.run == old && old != key.run })
	}
}

// forget lets go of what a condition names.
func (m *PerRun[T]) forget(which func(runScope) bool) {
	for key := range m.made {
		if which(key) {
			delete(m.made, key)
		}
	}
}

// end hands it to those who wait.
func (m *PerRun[T]) end(key runScope, k *making[T]) {
	m.mu.Lock()
	if k.err != nil && m.made[key] == k {
		delete(m.made, key)
	}
	m.mu.Unlock()
	close(k.ready)
}
