package store

import (
	"context"
	"database/sql/driver"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Profile is what the database says of one statement: at the root of its plan the metrics of the whole, below it those of
// each operator, by the database's own names.
type Profile struct {
	Statement string
	Plan      duckdb.ProfilingInfo
}

// profiling makes every connection keep the metrics of its last statement, where somebody listens.
func (o Options) profiling() func(driver.ExecerContext) error {
	if o.Profiled == nil {
		return nil
	}
	return func(conn driver.ExecerContext) error {
		_, err := conn.ExecContext(context.Background(), "PRAGMA enable_profiling = 'no_output'", nil)
		return err
	}
}

// tell hands out the profile of the statement that was just run, if anybody listens. One that has none, because it failed
// or the database keeps none of its kind, is passed over.
func (r *Reader) tell(statement string) {
	if r.profiled == nil {
		return
	}
	if plan, err := duckdb.GetProfilingInfo(r.conn); err == nil {
		r.profiled(Profile{Statement: statement, Plan: plan})
	}
}
