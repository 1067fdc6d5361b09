package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"pingxin/dashboards"
	"pingxin/pipelines/store"
)

// Keep copies a published folder into the data directory, from which the server hands it out. It replaces the one before
// in one step: whoever reads a file meanwhile reads the old one to its end.
func Keep(st *store.Store, from string) error {
	next := filepath.Join(st.Dir(), dashboards.PublicDir, "next")
	if err := os.RemoveAll(next); err != nil {
		return fmt.Errorf("keep a release: %w", err)
	}
	if err := os.CopyFS(next, os.DirFS(from)); err != nil {
		return fmt.Errorf("keep a release: %w", err)
	}
	return moveIn(st, next)
}

// moveIn makes a folder the current one.
func moveIn(st *store.Store, next string) error {
	dir := filepath.Join(st.Dir(), dashboards.PublicDir)
	current, old := filepath.Join(dir, "current"), filepath.Join(dir, "old")
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("keep a release: %w", err)
	}
	if err := os.Rename(current, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("keep a release: %w", err)
	}
	if err := os.Rename(next, current); err != nil {
		return fmt.Errorf("keep a release: %w", err)
	}
	return os.RemoveAll(old)
}

// Here publishes to the data directory alone, for a server that is asked to; o.Out is set by it.
func Here(ctx context.Context, st *store.Store, o Options) (Result, error) {
	o.Out = filepath.Join(st.Dir(), dashboards.PublicDir, "next")
	if err := os.RemoveAll(o.Out); err != nil {
		return Result{}, fmt.Errorf("publish: %w", err)
	}
	result, err := Publish(ctx, st, o)
	if err != nil {
		return result, err
	}
	return result, moveIn(st, o.Out)
}
