package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"pingxin/pipelines/store"
)

// Again brings an archived file in again that the database lost, exactly as it was read when it was accepted; see
// store.Replay. What was asked of its rows then is not asked again, since contracts may have been closed and policies
// changed: rows that were left out stay out, the others were found good, and the store compares them with the receipt.
func Again(ctx context.Context, st *store.Store, f store.Again) error {
	kind, err := KindOf(f.Receipt.Kind)
	if err != nil {
		return err
	}
	var reading Reading
	if len(f.Reading) > 0 {
		if err := json.Unmarshal(f.Reading, &reading); err != nil {
			return fmt.Errorf("how it was read: %w", err)
		}
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	p, err := newParser(ctx, file, kind, Options{Indicators: anyIndicator, Choice: reading.Choice}, info.Size())
	if err != nil {
		return err
	}
	p.passed = reading.LeftOut
	rows := p.batches(ctx)
	defer rows.stop()
	_, err = st.Accept(ctx, store.Acceptance{Kind: kind.Name, FileName: f.Receipt.FileName, Scope: store.Everything, Again: &f.Receipt,
		File: store.Archived{SHA256: f.Receipt.SHA256, Bytes: info.Size(), Path: f.Path}}, rows)
	return err
}

// anyIndicator lets every party score every indicator.
func anyIndicator(string) (parties []string, ok bool, hint string) {
	return []string{"purchaser", "recipient", "third_party"}, true, ""
}
