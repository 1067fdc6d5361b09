package access

import (
	"context"
	"strings"

	"pingxin/pipelines/store"
)

// Close closes the evaluation of contracts, after which nobody scores them, or opens it again, and returns for how many that
// was a change. It needs a reason, which stays with it.
func (k *Keeper) Close(ctx context.Context, who Identity, numbers []string, closed bool, reason string) (changed int64, err error) {
	reason = strings.TrimSpace(reason)
	switch {
	case len(numbers) == 0:
		return 0, refuse("assign_none")
	case reason == "":
		return 0, refuse("closing_reason")
	}
	note, action := store.ReopenContracts, AuditReopened
	if closed {
		note, action = store.CloseContracts, AuditClosed
	}
	err = k.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		if unknown, err := store.UnknownContract(ctx, &w.Reader, numbers); err != nil || unknown != "" {
			if err == nil {
				err = &Refusal{Code: "assign_unknown", Found: unknown}
			}
			return err
		}
		now := k.now()
		if changed, err = note(ctx, w, store.Closing{Contracts: numbers, On: store.DayOf(now), Account: who.Account, Reason: reason, At: now}); err != nil || changed == 0 {
			return err
		}
		return w.Audit(ctx, store.AuditEntry{Action: action, Subject: "evaluations", Detail: contractsIn(changed, numbers)})
	})
	return changed, err
}
