// Command pingxin evaluates the public services that a government buys: it takes the scores of three parties in,
// computes evaluations, supplier ratings and budget proposals every night, and shows them. This package reads flags
// and connects the parts; it holds no rule.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"pingxin/dashboards"
	"pingxin/pipelines/store"
)

// gcPercent lets the heap grow to five times what lives before it is collected: a run makes much, keeps little and is
// over in seconds, and at Go's default it spent a fifth of its time collecting.
const gcPercent = 400

// softMemory is what the program's own memory may grow to before it is collected sooner than by gcPercent. With a database that
// may use 3 GB the process stays below 4 GiB; while a run of 200,000 contracts computes beside the pages half as much lives, and
// with 1,280 MiB it was collected two or three times a second. What needs more gets it, and Go then spends up to half of the
// time collecting: whoever has such a district sets GOMEMLIMIT, which counts instead.
const softMemory = 2 << 30

func main() {
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without the process around it: it returns the exit code, 1 on any failure.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(store.As(ctx, console())); err != nil {
		fmt.Fprintln(stderr, "pingxin:", dashboards.Legible(strings.TrimSpace(err.Error()))) // which may say cells of somebody's file
		return 1
	}
	return 0
}
