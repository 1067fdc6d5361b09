package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pingxin/pipelines/store"
)

// Assign gives contracts to an evaluator, who has to declare before it may score them, and returns how many it did not
// have already. Contracts on which it declared a conflict are left out.
func (k *Keeper) Assign(ctx context.Context, who Identity, evaluator string, numbers []string, due time.Time) (added int64, err error) {
	now := k.now().UTC()
	if len(numbers) == 0 {
		return 0, refuse("assign_none")
	}
	if !due.IsZero() && due.Before(now.Truncate(24*time.Hour)) {
		return 0, &Refusal{Code: "due_past", Found: due.Format(time.DateOnly)}
	}
	err = k.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		if known, err := store.OrganisationIs(ctx, &w.Reader, evaluator, orgKinds[Evaluator]); err != nil || !known {
			if err == nil {
				err = &Refusal{Code: "org_unknown", Found: evaluator}
			}
			return err
		}
		if unknown, err := store.UnknownContract(ctx, &w.Reader, numbers); err != nil || unknown != "" {
			if err == nil {
				err = &Refusal{Code: "assign_unknown", Found: unknown}
			}
			return err
		}
		if added, err = store.Assign(ctx, w, evaluator, numbers, due, who.Account, now); err != nil || added == 0 {
			return err
		}
		return w.Audit(ctx, store.AuditEntry{Action: AuditAssigned, Subject: "evaluator:" + evaluator, Detail: contractsIn(added, numbers)})
	})
	return added, err
}

// contractsIn says in a line of the audit log which contracts it is about: all of a few, or how many.
func contractsIn(n int64, numbers []string) string {
	const few = 20
	if len(numbers) <= few {
		return strings.Join(numbers, " ")
	}
	return fmt.Sprintf("%d contracts", n)
}

// Unassign takes contracts away from an evaluator.
func (k *Keeper) Unassign(ctx context.Context, evaluator string, numbers []string) (ended int64, err error) {
	if len(numbers) == 0 {
		return 0, refuse("assign_none")
	}
	err = k.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		if ended, err = store.Unassign(ctx, w, evaluator, numbers, k.now().UTC()); err != nil || ended == 0 {
			return err
		}
		return w.Audit(ctx, store.AuditEntry{Action: AuditUnassigned, Subject: "evaluator:" + evaluator, Detail: contractsIn(ended, numbers)})
	})
	return ended, err
}

// Declare writes down what an evaluator declares of contracts that it was given: no conflict of interest, or one, with a
// word on what it is. A conflict takes the contracts away from it.
func (k *Keeper) Declare(ctx context.Context, who Identity, numbers []string, conflict bool, reason string) (n int64, err error) {
	reason = strings.TrimSpace(reason)
	declared := store.NoConflict
	switch {
	case len(numbers) == 0:
		return 0, refuse("assign_none")
	case conflict && reason == "":
		return 0, refuse("reason_missing")
	case conflict:
		declared = store.Conflict
	default:
		reason = ""
	}
	err = k.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		if n, err = store.Declare(ctx, w, who.Org, numbers, declared, reason, who.Account, k.now().UTC()); err != nil || n == 0 {
			return err
		}
		return w.Audit(ctx, store.AuditEntry{Action: AuditDeclared, Subject: "evaluator:" + who.Org, Detail: declared + ": " + contractsIn(n, numbers)})
	})
	return n, err
}
