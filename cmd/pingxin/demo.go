package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pingxin/dashboards"
	"pingxin/dashboards/publish"
	"pingxin/pipelines"
	"pingxin/pipelines/district"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

func newDemo(s *settings) *cobra.Command {
	size := district.Default()
	var noServe bool
	var addr, onDay string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "make a sample district, run three nights of its history, and show it",
		Long: `demo makes a believable district of Jiangbei, imports its files as a bureau would, runs
three nights and serves the pages on this machine. The data directory must be new or hold
a demo already; a second demo serves what is there. The clock of a demo stands at the day
of its last night and goes on from there; --day turns it on, to see terms, windows and
grades end.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			front := frontOptions{addr: addr}
			if _, err := front.check(); err != nil { // before all the work
				return err
			}
			later, err := parseDay("day", onDay)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("data") {
				s.data = "./pingxin-demo"
			}
			if err := demo(cmd.Context(), s, size, later, cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
				return err
			}
			if noServe {
				return nil
			}
			return serve(cmd.Context(), s, serveOptions{front: front, demo: true, policy: defaultPolicy, schedule: nightlySchedule}, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.BoolVar(&noServe, "no-serve", false, "stop after the third night")
	f.StringVar(&onDay, "day", "", "day to turn the clock on to, for example 2026-06-30 (default: where the demo was left)")
	f.StringVar(&addr, "addr", defaultAddr, "address to serve on (loopback only)")
	f.Uint64Var(&size.Seed, "seed", size.Seed, "seed of the sample district")
	f.IntVar(&size.Departments, "departments", size.Departments, "purchasing departments")
	f.IntVar(&size.Suppliers, "suppliers", size.Suppliers, "suppliers")
	f.IntVar(&size.Contracts, "contracts", size.Contracts, "contracts")
	f.IntVar(&size.Scores, "scores", size.Scores, "scores, about")
	f.IntVar(&size.Evaluators, "evaluators", size.Evaluators, "third-party evaluators")
	return cmd
}

// demo fills a data directory with the sample district unless it holds a published run already, and turns the clock on to the
// later day; zero leaves it where it is.
func demo(ctx context.Context, s *settings, size district.Size, later time.Time, out, stderr io.Writer) error {
	if err := os.MkdirAll(s.data, 0o750); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	files, clock := filepath.Join(s.data, "sample"), &demoClock{}
	s.now = clock.now
	err := s.with(ctx, func(st *store.Store) error {
		switch ready, err := hasRun(ctx, st); {
		case err != nil:
			return err
		case ready:
			if _, err := fmt.Fprintf(out, "%s holds a published run already; showing that\n", s.data); err != nil {
				return err
			}
			if err := clock.resume(ctx, st); err != nil {
				return err
			}
			return demoAccounts(ctx, st)
		}
		fmt.Fprintf(out, "making the sample district in %s\n", files)
		manifest, err := district.Generate(files, size, progressOn(stderr, "sample"))
		if err != nil {
			return err
		}
		return demoNights(ctx, st, clock, files, s.publisher, manifest, out, stderr)
	})
	if err != nil || later.IsZero() {
		return err
	}
	return clock.turnOn(later)
}

func hasRun(ctx context.Context, st *store.Store) (ready bool, err error) {
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		_, ready, err = store.LatestPublished(ctx, r)
		return err
	})
	return ready, err
}

// demoNights imports the files of each night and runs it; releases are in the name of the publisher. After the first night it calibrates, so that the others show
// what a calibration adds; at the end it looks back on the ratings of a year before that night.
func demoNights(ctx context.Context, st *store.Store, clock *demoClock, dir, publisher string, m district.Manifest, out, stderr io.Writer) error {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		return err
	}
	var course *demoCourse
	for i, night := range m.Nights {
		clock.set(night.AsOf.Add(opening))
		if err := demoFiles(ctx, st, dir, m, i+1, p, out, stderr); err != nil {
			return err
		}
		if i == len(m.Nights)-1 {
			if err := course.demoRuling(ctx, m); err != nil {
				return err
			}
		}
		report, err := runNight(ctx, st, pipelines.Options{AsOf: night.AsOf, Policy: p})
		if err != nil {
			return err
		}
		if err := printReport(out, p, report); err != nil {
			return err
		}
		if i == len(m.Nights)-2 {
			clock.set(lastNight(m).Add(opening))
			if course, err = demoBegins(ctx, st, p, m); err != nil {
				return err
			}
			if err := demoPast(ctx, st, p, m); err != nil {
				return err
			}
			if err := demoListing(ctx, st, p, m); err != nil {
				return err
			}
		}
		if i > 0 {
			continue
		}
		c, err := pipelines.Calibrate(ctx, st, pipelines.Options{AsOf: night.AsOf, Policy: p, Program: program()})
		if err != nil {
			return err
		}
		if err := printCalibration(out, c); err != nil {
			return err
		}
	}
	if err := demoValidation(ctx, st, p, m.Nights[0].AsOf, out); err != nil {
		return err
	}
	release := func(year int) error {
		return demoRelease(ctx, st, publisher, fmt.Sprintf("公开 %d 年度评价结果", year), out)
	}
	if err := course.demoPublication(ctx, m, release); err != nil {
		return err
	}
	if err := course.askDemo(ctx); err != nil {
		return err
	}
	if err := course.demoRepairs(ctx, p); err != nil {
		return err
	}
	if err := demoCases(ctx, st, p, m); err != nil {
		return err
	}
	if err := course.demoClues(ctx, p); err != nil {
		return err
	}
	return printPlanted(out, m)
}

// demoRelease publishes what is public by now, so that the public's pages and the chain of releases can be seen.
func demoRelease(ctx context.Context, st *store.Store, publisher, reason string, out io.Writer) error {
	result, err := publish.Here(ctx, st, publish.Options{Publisher: publisher, Program: program(), Reason: reason})
	if err != nil {
		return err
	}
	return printRelease(out, result, filepath.Join(st.Dir(), dashboards.PublicDir))
}

// demoBegins makes the accounts of the demonstration before its last night, and plays what they did until then.
func demoBegins(ctx context.Context, st *store.Store, p *policy.Policy, m district.Manifest) (*demoCourse, error) {
	if err := demoAccounts(ctx, st); err != nil {
		return nil, err
	}
	course, err := newDemoCourse(ctx, st, p)
	if err == nil {
		err = course.demoObjections(ctx, m)
	}
	return course, err
}

// demoFiles imports the files of one night.
func demoFiles(ctx context.Context, st *store.Store, dir string, m district.Manifest, night int, p *policy.Policy, out, stderr io.Writer) error {
	for _, f := range m.Files {
		if f.Night != night {
			continue
		}
		kind, err := intake.KindOf(f.Kind)
		if err != nil {
			return err
		}
		result, err := importFile(ctx, st, kind, filepath.Join(dir, f.Path), p, nil, stderr)
		if err != nil {
			return fmt.Errorf("sample file %s: %w", f.Path, err)
		}
		fmt.Fprintf(out, "  %-18s %10s rows   receipt %d\n", f.Kind, grouped(result.Receipt.Rows), result.Receipt.Number)
	}
	return nil
}

// demoValidation holds the ratings of one horizon before a day against what came until it, for the page that shows it.
func demoValidation(ctx context.Context, st *store.Store, p *policy.Policy, until time.Time, out io.Writer) error {
	asOf := until.AddDate(0, 0, -p.Validation.HorizonDays)
	v, err := pipelines.Validate(ctx, st, pipelines.ValidateOptions{Options: pipelines.Options{AsOf: asOf, Policy: p, Program: program()}})
	if err != nil {
		return err
	}
	if v.ID, err = pipelines.Keep(ctx, st, v); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "validation %d: of %s suppliers rated for %s, %s had an outcome until %s\n", v.ID, grouped(int64(v.Report.Rated)), asOf.Format(time.DateOnly),
		grouped(int64(v.Report.Events)), until.Format(time.DateOnly))
	return err
}

func printPlanted(out io.Writer, m district.Manifest) error {
	_, err := fmt.Fprintln(out, "planted in the sample, to be found on the pages:")
	for _, p := range m.Planted {
		_, writing := fmt.Fprintf(out, "  %-24s %s %s\n", p.Situation, p.Kind, p.ID)
		err = errors.Join(err, writing)
	}
	return err
}
