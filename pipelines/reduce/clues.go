package reduce

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

// ClueContracts reads every contract with what was paid for it by the day of the snapshot, in the order of numbers, and
// without an evaluation. Known does not matter to it, nor to what else is read for clues.
func ClueContracts(ctx context.Context, r *store.Reader, s Snapshot) ([]clues.Contract, error) {
	paid, err := paidByContract(ctx, r, s)
	if err != nil {
		return nil, err
	}
	var all []clues.Contract
	number := func(b columns, i int) string { return b.view(0, i) }
	err = scanVersions(ctx, r, "clue_contracts", scope{Watermark: s.Watermark}, nil, number, func(b columns, i int, again bool) {
		if again {
			all = all[:len(all)-1]
		}
		sum := paid[b.int32(2, i)]
		all = append(all, clues.Contract{No: b.text(0, i), Purchaser: b.text(3, i), Supplier: b.text(4, i), Item: b.text(5, i), Method: b.text(6, i),
			Year: int(b.int32(7, i)), AmountFen: b.int64(8, i), SignedOn: b.day(9, i), StartOn: b.day(10, i), EndOn: b.day(11, i),
			Value: math.NaN(), Low: math.NaN(), High: math.NaN(), PaidFen: sum.fen, PaidOn: sum.lastOn})
	})
	return all, err
}

// paid is what was paid for a contract, and when last.
type paid struct {
	fen    int64
	lastOn time.Time
}

func paidByContract(ctx context.Context, r *store.Reader, s Snapshot) (map[int32]paid, error) {
	all := map[int32]paid{}
	err := scan(ctx, r, "clue_payments", scope{Watermark: s.Watermark}, []any{s.AsOf}, func(b columns, i int) {
		all[b.int32(0, i)] = paid{b.int64(1, i), b.day(2, i)}
	})
	return all, err
}

// Contacts reads how organisations that score or supply are reached on the day of the snapshot.
func Contacts(ctx context.Context, r *store.Reader, s Snapshot) ([]clues.Contact, error) {
	var all []clues.Contact
	err := scan(ctx, r, "contacts", scope{Watermark: s.Watermark}, []any{s.AsOf}, func(b columns, i int) {
		all = append(all, clues.Contact{Org: b.text(0, i), Kind: b.text(1, i), Value: b.text(2, i), Supplier: b.bool(3, i)})
	})
	return all, err
}

// ScoredFor reads which third parties scored contracts of some suppliers by the day of the snapshot.
func ScoredFor(ctx context.Context, r *store.Reader, s Snapshot, suppliers []string) ([]clues.Scored, error) {
	var all []clues.Scored
	args := []any{s.AsOf, int16(scoring.ThirdParty), suppliers}
	err := scan(ctx, r, "scored_for", scope{Watermark: s.Watermark}, args, func(b columns, i int) {
		all = append(all, clues.Scored{Contract: b.text(0, i), Evaluator: b.text(1, i)})
	})
	return all, err
}

// Signs reads the flags of a calibration, in order; none for calibration 0.
func Signs(ctx context.Context, r *store.Reader, calibration int) (all []integrity.Flag, err error) {
	var damaged error
	err = scan(ctx, r, "signs", scope{}, []any{int32(calibration)}, func(b columns, i int) {
		f := integrity.Flag{Rule: integrity.Rule(b.text(0, i)), Subject: b.text(1, i), Ref: b.text(2, i), Statistic: b.float(4, i), Threshold: b.float(5, i), N: int(b.int32(6, i))}
		if err := json.Unmarshal([]byte(b.view(3, i)), &f.Others); err != nil {
			damaged = fmt.Errorf("others of a flag in calibration %d: %w", calibration, err)
		}
		if p := b.float(7, i); !math.IsNaN(p) {
			f.PValue = &p
		}
		all = append(all, f)
	})
	if err == nil {
		err = damaged
	}
	return all, err
}
