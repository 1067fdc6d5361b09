package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// version is stamped by the Makefile.
var version = ""

// program names this build, as kept with every run.
func program() string {
	if version != "" {
		return "pingxin " + version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return "pingxin " + info.Main.Version
	}
	return "pingxin (unversioned build)"
}

// settings are the flags that every command takes.
type settings struct {
	data    string
	threads int
	memory  string
	// publisher is who publishes: on the public's pages and sheets, in releases and their OCDS files.
	publisher string

	now     func() time.Time // clock of everything; nil: that of the machine
	backups string           // directory that backups go into; empty: none
	failed  func(error)      // hears that the database failed more often than is survived; nil: nobody
	profile *profile         // of what the command costs; nil: none
}

func newRoot() *cobra.Command {
	s := &settings{}
	root := &cobra.Command{
		Use:   "pingxin",
		Short: "评信: evaluate the public services a government buys, and rate their suppliers",
		Long: `pingxin (评信) takes in what purchasers, service recipients and third parties say of the
services that a district government buys, combines it every night into evaluations,
supplier ratings, grade assessments, blacklist candidates and budget proposals, and
shows where every number comes from.

Start with:  pingxin demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&s.data, "data", "./pingxin-data", "data directory")
	root.PersistentFlags().IntVar(&s.threads, "threads", 0, "threads of the database (0: one per processor, of which one is left to the readers where pages are served)")
	root.PersistentFlags().StringVar(&s.memory, "memory", "", "memory limit of the database, for example 3GB (empty: its default)")
	root.PersistentFlags().StringVar(&s.publisher, "publisher", defaultPublisher, "who publishes, as public pages, sheets and releases name it")
	root.AddCommand(
		newDemo(s), newServe(s), newUser(s), newToken(s), newImport(s), newSchema(), newTemplate(), newRun(s), newCalibrate(s), newExplain(s), newUpload(), newExport(s), newPublish(s), newVerify(s), newValidate(s),
		newPolicy(s), newGenerate(), newReproduce(), newChallenger(s), newAgreement(), newBench(s), newBackup(s), newRestore(s), newReplay(s), newDoctor(s), newAudit(s), newSurvey(s), newContract(s), newVersion(),
	)
	return root
}

// memorySize is how the database takes a limit of memory.
var memorySize = regexp.MustCompile(`^(?i)[0-9]+(\.[0-9]+)? ?[KMGT]i?B$`)

// options are how the data directory is opened. Settings are looked at before: a database that is opened with a wrong one
// seems damaged.
func (s *settings) options() (store.Options, error) {
	if s.threads < 0 {
		return store.Options{}, fmt.Errorf("--threads: found %d, expected a number from 0 (one per processor)", s.threads)
	}
	if s.memory != "" && !memorySize.MatchString(s.memory) {
		return store.Options{}, fmt.Errorf("limit of memory: found %q, expected a size such as 3GB", s.memory)
	}
	o := store.Options{Threads: s.threads, MemoryLimit: s.memory, Backups: s.backups, Replay: intake.Again, Failed: s.failed, Now: s.now}
	if s.profile != nil {
		o.Profiled = s.profile.add
	}
	return o, nil
}

// servedThreads are the threads of the database where pages are served: unless they are chosen, one less than there are processors. Those
// beside that of who asks help with the questions of runs as soon as with those of readers, whatever has to give way.
func servedThreads(chosen int) int {
	if chosen != 0 {
		return chosen
	}
	return max(1, runtime.GOMAXPROCS(0)-1)
}

func (s *settings) open(ctx context.Context) (*store.Store, error) {
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, s.data, o)
}

// with opens the data directory for the time of f.
func (s *settings) with(ctx context.Context, f func(*store.Store) error) (err error) {
	st, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closing := st.Close(); err == nil {
			err = closing
		}
	}()
	return f(st)
}

// existing opens a data directory that must be there, for commands that only make sense on one: a mistyped name would otherwise
// make an empty one, in which nothing is found.
func (s *settings) existing(ctx context.Context, f func(*store.Store) error) error {
	if _, err := os.Stat(s.data); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("data directory %s does not exist: correct --data, or begin one with `pingxin import` or `pingxin demo`", s.data)
	}
	return s.with(ctx, f)
}

// help is what a command that only holds others does by itself; without it, an unknown word would print the help as if all
// were well.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func newVersion() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "print the version", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), program())
		return err
	}}
}

// parseDay reads a date flag; the empty text is the zero time.
func parseDay(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--%s: found %q, expected a date such as 2026-03-31", flag, text)
	}
	return day, nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// grouped prints an integer with thousands separated.
func grouped(n int64) string {
	text, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		text, sign = text[1:], "-"
	}
	var b strings.Builder
	for i, c := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

// yuan prints fen as yuan.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		fen, sign = -fen, "-"
	}
	return fmt.Sprintf("%s%s.%02d", sign, grouped(fen/100), fen%100)
}
