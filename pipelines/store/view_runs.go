package store

import (
	"context"
	"database/sql"
	"fmt"

	"pingxin/scoring"
)

// RunStep is one step of a run with its cost.
type RunStep struct {
	Name string `json:"step"`
	MS   int64  `json:"ms"`
	Rows int64  `json:"rows"`
}

// RunRecord is one run with its steps, notes and number of movements.
type RunRecord struct {
	Run
	StepList []RunStep      `json:"steps"`
	NoteList []scoring.Note `json:"notes"`
	Moved    int            `json:"moved"`
}

// Runs lists the runs up to the view's, latest first.
func (v *View) Runs(ctx context.Context, limit, offset int) ([]RunRecord, int, error) {
	var total int
	if err := v.scan(ctx, []any{&total}, `SELECT count(*) FROM run WHERE run_id <= ?`, int32(v.Run.ID)); err != nil {
		return nil, 0, fmt.Errorf("count runs: %w", err)
	}
	rows, err := list(ctx, v, "runs", runColumns+` WHERE run_id <= ? ORDER BY run_id DESC LIMIT ? OFFSET ?`, []any{int32(v.Run.ID), limit, offset}, scanRecord)
	return rows, total, err
}

// RunByID reads one run up to the view's.
func (v *View) RunByID(ctx context.Context, id int) (RunRecord, error) {
	rows, err := list(ctx, v, "run", runColumns+` WHERE run_id = ? AND run_id <= ?`, []any{int32(id), int32(v.Run.ID)}, scanRecord)
	return one(rows, err, "run", fmt.Sprint(id))
}

const runColumns = `SELECT ` + runFields + `, coalesce((SELECT count(*) FROM movement m WHERE m.run_id = run.run_id), 0) FROM run`

func scanRecord(rows *sql.Rows, r *RunRecord) error {
	if err := scanRun(rows, &r.Run, &r.Moved); err != nil {
		return err
	}
	var err error
	if r.StepList, err = fromJSON[RunStep]("steps", r.Steps); err != nil {
		return err
	}
	r.NoteList, err = fromJSON[scoring.Note]("notes", r.Notes)
	return err
}
