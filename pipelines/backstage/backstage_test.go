//go:build linux

package backstage

import (
	"context"
	"errors"
	"runtime"
	"syscall"
	"testing"
)

// usual is what Linux answers of a thread of the usual priority: 20 less its nice value.
const usual = 20

func priority(t *testing.T) int {
	t.Helper()
	p, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestWorkGivesWay: the goroutines of a work have threads of the lowest priority, and nobody else has; processors are as many as
// before, during the work and after it.
func TestWorkGivesWay(t *testing.T) {
	before, failed := runtime.GOMAXPROCS(0), errors.New("failed")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own := priority(t)
	err := Do(t.Context(), func(ctx context.Context) error {
		joined, other := make(chan int), make(chan int)
		go func() {
			Join(ctx)
			joined <- priority(t)
		}()
		go func() {
			Join(t.Context())
			other <- priority(t)
		}()
		if first, second, third := priority(t), <-joined, <-other; first != usual-19 || second != first || third != own {
			t.Errorf("priorities %d of the work, %d of what joined it, %d of another; expected %d, %[4]d and %d", first, second, third, usual-19, own)
		}
		front := 0
		if err := Front(ctx, func() error { front = priority(t); return nil }); err != nil || front != own {
			t.Errorf("priority %d in front, expected %d (%v)", front, own, err)
		}
		if n, wide := Processors(), runtime.GOMAXPROCS(0); n != before || wide != 2*before {
			t.Errorf("%d processors and %d places, expected %d and twice as many", n, wide, before)
		}
		return Do(ctx, func(context.Context) error { return failed })
	})
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if n, now := Processors(), runtime.GOMAXPROCS(0); n != before || now != before || priority(t) != own {
		t.Errorf("afterwards %d processors, %d places, priority %d; expected %d, %[4]d, %d", n, now, priority(t), before, own)
	}
}
