package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pingxin/dashboards"
	"pingxin/dashboards/access"
	"pingxin/dashboards/metrics"
	"pingxin/dashboards/pdf"
	"pingxin/pipelines"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/nightly"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
	"pingxin/scoring"
)

const (
	defaultAddr = "127.0.0.1:8080"
	// nightlySchedule is two in the morning in China: uploads of the day are in, offices are closed.
	nightlySchedule = "0 2 * * *"
	// stopTimeout bounds how long requests under way may take after the server is told to stop.
	stopTimeout = 15 * time.Second
)

type serveOptions struct {
	front    frontOptions
	policy   string
	schedule string
	sso      ssoOptions
	demo     bool   // accounts are chosen without a password, on this machine only
	public   string // address with which the links of the survey begin; empty: that of the server
	metrics  string // address; empty: nothing is measured
	chromium string // makes PDFs; empty: the one that is installed

	backups string // directory of backups; empty: none are made
	keep    int    // of them
}

func newServe(s *settings) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "show the published run in a browser, and compute a new one every night",
		Long: `serve shows the pages and computes every night by the schedule; a night that was missed
while the program was down is made up for at once. Beyond this machine it listens only
under TLS, with --tls-cert and --tls-key, or behind a proxy that does the TLS, named by
--behind-proxy; either way --host says under which names it may be asked for. While there
is no account it prints a one-time code, by which the page /setup makes the first
administrator.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), s, o, cmd.OutOrStdout()) },
	}
	o.front.register(cmd)
	o.sso.register(cmd)
	cmd.Flags().StringVar(&o.policy, "policy", defaultPolicy, "shipped policy or policy file for the nightly run")
	cmd.Flags().StringVar(&o.public, "public-url", "", "address under which recipients of the survey reach the server, for example "+publicExample+" (default: where it serves)")
	cmd.Flags().StringVar(&o.metrics, "metrics", "", "loopback address on which monitoring reads counts and times, for example 127.0.0.1:9090; empty: none")
	cmd.Flags().StringVar(&o.chromium, "chromium", "", "path of the Chromium that makes PDFs of pages, or "+noChromium+" (default: the one that is installed)")
	cmd.Flags().StringVar(&o.backups, "backup-dir", "", "directory into which a verified backup goes after each night, best on another disk; empty: none")
	cmd.Flags().IntVar(&o.keep, "backup-keep", store.KeepBackups, "backups to keep")
	cmd.Flags().StringVar(&o.schedule, "schedule", nightlySchedule, "when the night begins, as cron text in China time; empty: never")
	return cmd
}

// noChromium in the place of a path offers no PDF.
const noChromium = "none"

// printerOf makes PDFs with the named Chromium; nil: no PDF is offered.
func printerOf(chromium string) *pdf.Printer {
	switch chromium {
	case "":
		return pdf.Find()
	case noChromium:
		return nil
	}
	return pdf.New(chromium)
}

// serve serves until the context ends, then lets requests and a running night finish.
func serve(ctx context.Context, s *settings, o serveOptions, out io.Writer) error {
	front, err := o.front.check()
	if err != nil {
		return err
	}
	listener, err := front.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	sso, err := o.sso.check()
	if err != nil {
		return err
	}
	watched, err := listenForMetrics(o.metrics)
	if err != nil {
		return err
	}
	public, err := front.public(o.public, listener)
	if err != nil {
		return err
	}
	p, err := policy.Load(o.policy)
	if err != nil {
		return err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s.threads = servedThreads(s.threads)
	s.backups, s.failed = o.backups, func(err error) { fail(&failedError{err}) }
	err = s.with(ctx, func(st *store.Store) error {
		logger := newLogger(os.Stderr)
		var pages *dashboards.Server
		loop, err := newLoop(ctx, st, p, o, logger, func(ctx context.Context, run func(context.Context) error) error { return pages.Replace(ctx, run) })
		if err != nil {
			return err
		}
		keeper, err := access.Open(ctx, st, access.Options{SSO: sso})
		if err != nil {
			return err
		}
		uploads, err := openDesk(st, p, asker(loop))
		if err != nil {
			return err
		}
		asking, err := survey.Open(st, p, nil)
		if err != nil {
			return err
		}
		config := dashboards.Config{Store: st, Access: keeper, Desk: uploads, Policy: p, Survey: asking, Public: public, Logger: logger, Version: program(),
			Status: statusOf(loop), StartRun: starter(loop), RunSoon: asker(loop), PublishRelease: releaser(st, s.publisher), Publisher: s.publisher, Hosts: front.hosts, Proxies: front.proxies, Demo: o.demo,
			Printer: printerOf(o.chromium)}
		var all []serving
		if watched != nil {
			meter := metrics.New(st)
			config.Measure = meter.Requests
			server := front.server(meter.Handler(), logger)
			all = append(all, serving{server, func() error { return server.Serve(watched) }})
		}
		if pages, err = dashboards.New(config); err != nil {
			return err
		}
		server := front.server(pages.Handler(), logger)
		all = append(all, serving{server, func() error { return front.serve(server, listener) }})
		fmt.Fprintf(out, "serving %s; stop with Ctrl-C\n", front.url(listener))
		if err := greet(out, keeper, o.demo); err != nil {
			return err
		}
		return serveUntil(ctx, all, loop, pages.MakeReady)
	})
	var failed *failedError
	if errors.As(context.Cause(ctx), &failed) { // whatever else came of stopping
		return failed
	}
	return err
}

// openDesk opens the desk that takes files to be judged by a policy. A file of incidents is followed by a run, as an incident
// noted on a page is; runSoon, which asks for it, may be nil.
func openDesk(st *store.Store, p *policy.Policy, runSoon func()) (*desk.Desk, error) {
	judge, err := scoring.Compile(p.Evaluation, nil)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.ID, err)
	}
	return desk.Open(st, filepath.Join(st.Dir(), "uploads"), desk.Options{Indicators: indicatorsOf(judge, p.Evaluation), Accepted: func(kind string) {
		if kind == "incident" && runSoon != nil {
			runSoon()
		}
	}})
}

// failedError is why the server ends by itself, for its supervisor to start it anew.
type failedError struct{ error }

// newLoop is the nightly loop, or nil without a schedule. A run is made by replace, which decides when readers are shown it.
func newLoop(ctx context.Context, st *store.Store, p *policy.Policy, o serveOptions, logger *slog.Logger, replace func(context.Context, func(context.Context) error) error) (*nightly.Loop, error) {
	if o.schedule == "" {
		return nil, nil
	}
	var last time.Time
	err := st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		run, _, err := store.LatestPublished(ctx, r)
		last = run.FinishedAt
		return err
	})
	if err != nil {
		return nil, err
	}
	return nightly.New(nightly.Config{Schedule: o.schedule, Last: last, Now: st.Now, Logger: logger, Run: func(ctx context.Context) error {
		return replace(ctx, func(ctx context.Context) error {
			report, err := runNight(ctx, st, pipelines.Options{Policy: p})
			if errors.Is(err, pipelines.ErrNothing) {
				logger.Info("nothing to run yet", "reason", err)
				return nil
			}
			if err == nil {
				logger.Info("run published", "run", report.ID, "judged", report.Touched, "hash", report.Hash)
			}
			return err
		})
	}, After: func(ctx context.Context) { backUp(ctx, st, o, logger) }})
}

// backUp makes the backup after a night. One that fails is no reason to compute the night again; doctor tells how old the
// last good one is.
func backUp(ctx context.Context, st *store.Store, o serveOptions, logger *slog.Logger) {
	if o.backups == "" {
		return
	}
	b, err := st.Backup(ctx, o.keep)
	if err != nil {
		logger.Error("no backup was made", "error", err)
		return
	}
	logger.Info("backup made and compared", "path", b.Path, "receipts", b.Receipts)
}

// serving is a server and what makes it serve.
type serving struct {
	server *http.Server
	begin  func() error
}

// serveUntil serves, makes the pages ready, and runs the loop until the context ends or one of them fails.
func serveUntil(ctx context.Context, all []serving, loop *nightly.Loop, makeReady func(context.Context)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		makeReady(ctx)
		return nil
	})
	for _, s := range all {
		group.Go(func() error {
			if err := s.begin(); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			return s.server.Shutdown(stop)
		})
	}
	if loop != nil {
		group.Go(func() error {
			if err := loop.Run(store.As(ctx, store.Actor{})); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	return group.Wait()
}

// statusOf tells the pages what the loop is doing; without a loop nothing is planned.
func statusOf(loop *nightly.Loop) func() dashboards.RunStatus {
	if loop == nil {
		return func() dashboards.RunStatus { return dashboards.RunStatus{} }
	}
	return func() dashboards.RunStatus {
		s := loop.Status()
		return dashboards.RunStatus{Running: s.Running, LastAt: s.LastEnd, LastError: s.LastError, NextAt: s.Next}
	}
}

// starter lets the pages start a run through the loop's single flight.
func starter(loop *nightly.Loop) func(context.Context) error {
	if loop == nil {
		return nil
	}
	return func(ctx context.Context) error {
		err := loop.Trigger(ctx)
		switch {
		case errors.Is(err, nightly.ErrRunning):
			return dashboards.ErrRunUnderWay
		case errors.Is(err, pipelines.ErrNothing):
			return dashboards.ErrNothingToRun
		}
		return err
	}
}

// asker lets the pages ask for a run within a minute.
func asker(loop *nightly.Loop) func() {
	if loop == nil {
		return nil
	}
	return loop.Soon
}
