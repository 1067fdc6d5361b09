package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Measures are what can be watched of a store from outside.
type Measures struct {
	Batches, Rows int64 // accepted
	Runs, Entries int64 // made; of the audit log
	PublishedAt   time.Time
	DatabaseBytes int64
	LogBytes      int64 // of the database, not yet in its file
	FreeBytes     int64 // on the disk, for this program
}

// Measure counts and weighs the store.
func (s *Store) Measure(ctx context.Context) (m Measures, err error) {
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		var published sql.NullTime
		err := r.Scan(ctx, []any{&m.Batches, &m.Rows, &m.Runs, &m.Entries, &published}, `SELECT (SELECT count(*) FROM batch),
			(SELECT coalesce(sum(row_count), 0)::BIGINT FROM batch), (SELECT count(*) FROM run), (SELECT count(*) FROM audit), (SELECT max(published_at) FROM published)`)
		m.PublishedAt = published.Time
		return err
	})
	if err != nil {
		return m, fmt.Errorf("measure the store: %w", err)
	}
	for end, size := range map[string]*int64{"": &m.DatabaseBytes, ".wal": &m.LogBytes} {
		if *size, err = s.sizeOf(end); err != nil {
			return m, fmt.Errorf("measure the store: %w", err)
		}
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &disk); err != nil {
		return m, fmt.Errorf("measure the store: %w", err)
	}
	m.FreeBytes = int64(disk.Bavail) * disk.Bsize
	return m, nil
}

// sizeOf is the size of a file of the database by what its name has after the path; 0 where it is not there, as the log after a checkpoint.
func (s *Store) sizeOf(end string) (int64, error) {
	info, err := os.Stat(s.databasePath() + end)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
