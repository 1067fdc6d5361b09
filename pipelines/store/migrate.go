package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the tables' history; steps are applied in order and never change afterwards.
type migration struct{ name, text, sha256 string }

func migrations() ([]migration, error) {
	entries, err := migrationFiles.ReadDir("migrations") // sorted by name
	if err != nil {
		return nil, err
	}
	var all []migration
	for _, e := range entries {
		text, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		all = append(all, migration{strings.TrimSuffix(e.Name(), ".sql"), string(text), hex.EncodeToString(sum[:])})
	}
	return all, nil
}

// ready brings the tables up to date and learns which there are.
func (s *Store) ready(ctx context.Context) error {
	if err := migrate(ctx, s); err != nil {
		return err
	}
	return s.Read(ctx, func(ctx context.Context, r *Reader) error {
		tables, err := listFrom(ctx, r, "the names of tables", `SELECT table_name FROM duckdb_tables() WHERE NOT internal`, func(rows *sql.Rows, name *string) error { return rows.Scan(name) })
		for _, name := range tables {
			s.recall.tables[name] = true
		}
		return err
	})
}

// migrate brings the tables up to date, each step in its own transaction with a checkpoint behind it, those of a new
// district all in one: a log that holds a change of tables is what DuckDB may fail to replay.
func migrate(ctx context.Context, s *Store) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	applied, err := s.appliedMigrations(ctx)
	if err != nil {
		return err
	}
	if len(applied) > len(all) {
		return fmt.Errorf("its tables are of a newer pingxin (step %s): update the program", applied[len(applied)-1].name)
	}
	for i, m := range applied {
		if m.name != all[i].name || m.sha256 != all[i].sha256 {
			return fmt.Errorf("its tables were made by step %s and this program has another step %s in its place: use the program that made them", m.name, all[i].name)
		}
	}
	if len(applied) == 0 {
		return s.apply(ctx, all)
	}
	for i := range all[len(applied):] {
		at := len(applied) + i
		if err := s.apply(ctx, all[at:at+1]); err != nil {
			return err
		}
	}
	return s.Checkpoint(ctx)
}

func (s *Store) appliedMigrations(ctx context.Context) ([]migration, error) {
	var applied []migration
	err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if _, err := w.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migration (name VARCHAR PRIMARY KEY, sha256 VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)`); err != nil {
			return err
		}
		rows, err := w.Query(ctx, `SELECT name, sha256 FROM schema_migration ORDER BY name`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m migration
			if err := rows.Scan(&m.name, &m.sha256); err != nil {
				return err
			}
			applied = append(applied, m)
		}
		return rows.Err()
	})
	return applied, err
}

// apply takes steps in one transaction with a checkpoint behind it.
func (s *Store) apply(ctx context.Context, steps []migration) error {
	err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
		for _, m := range steps {
			if _, err := w.Exec(ctx, m.text); err != nil {
				return fmt.Errorf("step %s: %w", m.name, err)
			}
			if _, err := w.Exec(ctx, `INSERT INTO schema_migration VALUES (?, ?, ?)`, m.name, m.sha256, s.now().UTC()); err != nil {
				return fmt.Errorf("step %s: %w", m.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Checkpoint(ctx)
}
