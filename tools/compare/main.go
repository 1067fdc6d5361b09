// Command compare computes one three-party evaluation of the same rows with pingxin and with what people use for such
// questions, each tuned as its users would, and prints a table of the seconds that each took and of how far its results
// are from pingxin's. It decides what is compared and measures from outside; what each program does stands in a script
// of its own below engines. A program that is not installed is left out and named.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

// agreed is the largest difference of two results that are the same. Half of it is the rounding to nine decimals, the most
// that a policy may ask for.
const agreed = 1e-9

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// run makes the rows, asks every program and prints the table; results that do not agree are an error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rows := flags.Int("rows", 10_000_000, "scores to make, 500 for each contract")
	dir := flags.String("dir", "", "directory to work in (default: a temporary one, removed afterwards)")
	program := flags.String("pingxin", "bin/pingxin", "the program")
	repeat := flags.Int("repeat", 3, "times each program is measured; the median counts")
	only := flags.String("only", "", "programs to ask, separated by commas; empty: all that are installed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	path, err := filepath.Abs(*program)
	if err != nil {
		return err
	}
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "pingxin-compare-"); err != nil {
			return err
		}
		defer os.RemoveAll(*dir)
	}
	c := &comparison{dir: *dir, program: path, repeat: *repeat, log: stderr}
	if err := c.lay(*rows); err != nil {
		return err
	}
	var names []string
	if *only != "" {
		names = strings.Split(*only, ",")
	}
	if err := c.measure(ctx, names); err != nil {
		return err
	}
	if err := c.print(stdout, *rows); err != nil {
		return err
	}
	return c.differing()
}
