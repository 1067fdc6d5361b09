package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pingxin/dashboards"
	"pingxin/dashboards/access"
	"pingxin/pipelines"
	"pingxin/pipelines/nightly"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

const (
	defaultAddr = "127.0.0.1:8080"
	// nightlySchedule is two in the morning in China: uploads of the day are in, offices are closed.
	nightlySchedule = "0 2 * * *"
	// headerTimeout bounds a client that opens a connection and says nothing.
	headerTimeout = 10 * time.Second
	// stopTimeout bounds how long requests under way may take after the server is told to stop.
	stopTimeout = 15 * time.Second
)

type serveOptions struct {
	addr     string
	policy   string
	schedule string
}

func newServe(s *settings) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "show the published run in a browser, and compute a new one every night",
		Long: `serve shows the pages and computes every night by the schedule; a night that was missed
while the program was down is made up for at once. There is no sign-in yet, so it listens
on this machine only.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), s, o, cmd.OutOrStdout()) },
	}
	cmd.Flags().StringVar(&o.addr, "addr", defaultAddr, "address to serve on (loopback only)")
	cmd.Flags().StringVar(&o.policy, "policy", defaultPolicy, "shipped policy or policy file for the nightly run")
	cmd.Flags().StringVar(&o.schedule, "schedule", nightlySchedule, "when the night begins, as cron text in China time; empty: never")
	return cmd
}

// serve serves until the context ends, then lets requests and a running night finish.
func serve(ctx context.Context, s *settings, o serveOptions, out io.Writer) error {
	listener, err := listen(o.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	p, err := policy.Load(o.policy)
	if err != nil {
		return err
	}
	return s.with(ctx, func(st *store.Store) error {
		logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
		loop, err := newLoop(ctx, st, p, o.schedule, logger)
		if err != nil {
			return err
		}
		keeper, err := access.Open(ctx, st, access.Options{})
		if err != nil {
			return err
		}
		pages, err := dashboards.New(dashboards.Config{Store: st, Access: keeper, Logger: logger, Version: program(), Status: statusOf(loop), StartRun: starter(loop)})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "serving http://%s (this machine only: there is no sign-in yet); stop with Ctrl-C\n", listener.Addr())
		return serveUntil(ctx, listener, pages.Handler(), loop)
	})
}

// checkAddr refuses addresses that are not loopback ones.
func checkAddr(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr: found %q, expected an address such as %s", addr, defaultAddr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--addr: found %q, but there is no sign-in yet, so pingxin listens on this machine only: use %s or another loopback address", addr, defaultAddr)
	}
	return nil
}

// listen opens a listener on a loopback address and refuses any other.
func listen(addr string) (net.Listener, error) {
	if err := checkAddr(addr); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another --addr", addr, err)
	}
	return listener, nil
}

// newLoop is the nightly loop, or nil without a schedule.
func newLoop(ctx context.Context, st *store.Store, p *policy.Policy, schedule string, logger *slog.Logger) (*nightly.Loop, error) {
	if schedule == "" {
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
	return nightly.New(nightly.Config{Schedule: schedule, Last: last, Now: time.Now, Logger: logger, Run: func(ctx context.Context) error {
		report, err := runNight(ctx, st, pipelines.Options{Policy: p})
		if errors.Is(err, pipelines.ErrNothing) {
			logger.Info("nothing to run yet", "reason", err)
			return nil
		}
		if err == nil {
			logger.Info("night published", "run", report.ID, "judged", report.Touched, "hash", report.Hash)
		}
		return err
	}})
}

func serveUntil(ctx context.Context, listener net.Listener, handler http.Handler, loop *nightly.Loop) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return server.Shutdown(stop)
	})
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

// statusOf tells the pages what the loop is doing; without a loop there is nothing to tell.
func statusOf(loop *nightly.Loop) func() dashboards.RunStatus {
	if loop == nil {
		return nil
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
		if errors.Is(err, nightly.ErrRunning) {
			return dashboards.ErrRunUnderWay
		}
		return err
	}
}
