// Package backstage lets work that nobody waits for give way to what somebody does wait for: a night that computes on all processors
// to the pages that people read meanwhile. It decides how such work gives way; which work that is, its caller says. What comes of the
// work does not follow from it.
//
// Each goroutine of such work has a thread of its own, to which the system gives only what no other thread wants. The program is
// given as many processors again as it has for as long: else the thread of a reader, which the system would prefer, had to wait inside
// the program for a place that a thread backstage holds and, without time, cannot leave.
package backstage

import (
	"context"
	"runtime"
	"sync"
)

type key struct{}

// Do does f backstage and returns what it returns. The goroutines that f starts with its context are backstage where they Join.
func Do(ctx context.Context, f func(context.Context) error) error {
	stage.widen()
	defer stage.narrow()
	ctx = context.WithValue(ctx, key{}, true)
	var err error
	var work sync.WaitGroup
	work.Go(func() {
		Join(ctx)
		err = f(ctx)
	})
	work.Wait()
	return err
}

// Join puts the goroutine that calls it backstage until it ends, where the context is one of Do. Its thread ends with it: a priority
// that was given up is not had back.
func Join(ctx context.Context) {
	if ctx.Value(key{}) != nil {
		runtime.LockOSThread()
		giveWay()
	}
}

// Front does f, which others wait for while it lasts, as if it were not backstage.
func Front(ctx context.Context, f func() error) error {
	if ctx.Value(key{}) == nil {
		return f()
	}
	var err error
	var work sync.WaitGroup
	work.Go(func() { err = f() })
	work.Wait()
	return err
}

// Processors is how many processors the program has, whether it was given more or not.
func Processors() int {
	stage.Lock()
	defer stage.Unlock()
	if stage.works > 0 {
		return stage.processors
	}
	return runtime.GOMAXPROCS(0)
}

// stage counts the works under way.
var stage wings

type wings struct {
	sync.Mutex
	works      int
	processors int // before the first of the works began
}

func (w *wings) widen() {
	w.Lock()
	defer w.Unlock()
	if w.works++; w.works == 1 {
		w.processors = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(2 * w.processors)
	}
}

func (w *wings) narrow() {
	w.Lock()
	defer w.Unlock()
	if w.works--; w.works == 0 {
		runtime.GOMAXPROCS(w.processors)
	}
}
