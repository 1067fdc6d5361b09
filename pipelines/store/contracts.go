package store

import (
	"context"
	"fmt"
	"time"
)

// ContractFacts is a contract as its latest batch describes it.
type ContractFacts struct {
	No, Name            string
	Purchaser, Supplier string // names, or ids where no name is known
	Year                int
	StartOn, EndOn      time.Time
	Closed              bool // its evaluation is, so that it takes no scores
}

// Contracts lists the contracts of a scope as they were accepted, whether a run has seen them or not: those of the
// latest budget year first, then by number.
func Contracts(ctx context.Context, r *Reader, s Scope) ([]ContractFacts, error) {
	rows, err := r.Query(ctx, `WITH permitted AS (`+s.Contracts()+`),
org AS (SELECT org_id, arg_max(name, batch_id) AS name FROM organisation GROUP BY org_id),
latest AS (SELECT contract_no, arg_max(struct_pack(name, purchaser_id, supplier_id, budget_year, start_on, end_on), batch_id) AS c
	FROM contract SEMI JOIN permitted USING (contract_key) GROUP BY contract_no)
SELECT contract_no, coalesce(c.name, ''), coalesce(p.name, c.purchaser_id), coalesce(s.name, c.supplier_id), c.budget_year, c.start_on, c.end_on,
	contract_no IN (`+closedContracts+`)
FROM latest LEFT JOIN org p ON p.org_id = c.purchaser_id LEFT JOIN org s ON s.org_id = c.supplier_id ORDER BY c.budget_year DESC, contract_no`)
	if err != nil {
		return nil, fmt.Errorf("read contracts: %w", err)
	}
	defer rows.Close()
	var all []ContractFacts
	for rows.Next() {
		var c ContractFacts
		if err := rows.Scan(&c.No, &c.Name, &c.Purchaser, &c.Supplier, &c.Year, &c.StartOn, &c.EndOn, &c.Closed); err != nil {
			return nil, fmt.Errorf("read contracts: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// TargetFacts names a target that progress is reported against.
type TargetFacts struct{ ContractNo, Indicator, Unit string }

// Targets lists the targets of a scope's contracts, in the order of contracts and indicators.
func Targets(ctx context.Context, r *Reader, s Scope) ([]TargetFacts, error) {
	rows, err := r.Query(ctx, `WITH permitted AS (`+s.Contracts()+`)
SELECT contract_no, indicator, coalesce(arg_max(unit, batch_id), '') FROM target JOIN permitted USING (contract_key) GROUP BY ALL ORDER BY contract_no, indicator`)
	if err != nil {
		return nil, fmt.Errorf("read targets: %w", err)
	}
	defer rows.Close()
	var all []TargetFacts
	for rows.Next() {
		var t TargetFacts
		if err := rows.Scan(&t.ContractNo, &t.Indicator, &t.Unit); err != nil {
			return nil, fmt.Errorf("read targets: %w", err)
		}
		all = append(all, t)
	}
	return all, rows.Err()
}
