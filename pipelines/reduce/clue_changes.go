package reduce

import (
	"context"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// AgreedSince says whether a contract was described since the published run, or for what a department keeps staff.
func AgreedSince(ctx context.Context, r *store.Reader, since Since, now Snapshot) (agreed bool, err error) {
	err = scan(ctx, r, "agreed_since", scope{Watermark: now.Watermark}, []any{int32(since.Watermark)}, func(b columns, i int) { agreed = b.bool(0, i) })
	return agreed, err
}

// LookedAt says which contracts the rules of clues have to look at in a night that looks at some only.
type LookedAt struct {
	Numbers, Suppliers []string   // contracts with these numbers, and all of these suppliers
	Ended, Paid        clues.Days // on which they ended, or a payment was made for them
}

// ClueKeys are the keys of these contracts of a published run, in no order.
func ClueKeys(ctx context.Context, r *store.Reader, run int, now Snapshot, at LookedAt) ([]int32, error) {
	args := []any{int32(run), at.Numbers, at.Suppliers, at.Ended.First, at.Ended.End, at.Paid.First, at.Paid.End}
	return keyList(ctx, r, "clue_keys", scope{Watermark: now.Watermark}, args)
}

// HeldClues reads the hashes of the clues that hold for a published run. Where about is not nil it is of those alone that
// clues.Policy.FindOfSome finds of facts that know the contracts with these numbers.
func HeldClues(ctx context.Context, r *store.Reader, run int, about []string) (map[string]bool, error) {
	held, args := map[string]bool{}, []any{int32(run)}
	if about != nil {
		args = append(args, names(clues.NamedContracts), names(clues.EachContract), about)
	}
	err := scan(ctx, r, "held_clues", scope{Some: about != nil}, args, func(b columns, i int) { held[b.text(0, i)] = true })
	return held, err
}

func names(rules []clues.Rule) []string {
	all := make([]string, len(rules))
	for i, rule := range rules {
		all[i] = string(rule)
	}
	return all
}
