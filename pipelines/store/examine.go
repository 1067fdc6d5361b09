package store

import (
	"context"
	"fmt"
)

// Examine compares the receipts with the batches, and the batches with their rows, and returns what does not fit, one
// sentence each; nil means sound. It reads every table once.
func Examine(ctx context.Context, r *Reader, receipts []Receipt) ([]string, error) {
	var findings []string
	for _, receipt := range receipts {
		var rows int64
		if err := r.Scan(ctx, []any{&rows}, `SELECT coalesce(max(row_count), -1) FROM batch WHERE batch_id = ? AND sha256 = ?`, int32(receipt.Batch), receipt.SHA256); err != nil {
			return nil, err
		}
		if rows != receipt.Rows {
			findings = append(findings, fmt.Sprintf("receipt %d (%s) says %d rows, its batch says %d (-1: no such batch)", receipt.Number, receipt.FileName, receipt.Rows, rows))
		}
	}
	batches, err := Batches(ctx, r)
	if err != nil {
		return nil, err
	}
	differing, err := differingBatches(ctx, r, batches)
	if err != nil {
		return nil, err
	}
	findings = append(findings, differing...)
	for _, orphan := range []struct{ what, query string }{
		{"score rows without a contract", `SELECT count(*) FROM score WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"target rows without a contract", `SELECT count(*) FROM target WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"progress rows without a contract", `SELECT count(*) FROM progress WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"payment rows without a contract", `SELECT count(*) FROM payment WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"incident rows without a contract", `SELECT count(*) FROM incident WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"score rows without an indicator", `SELECT count(*) FROM score WHERE indicator_key NOT IN (SELECT indicator_key FROM indicator)`},
	} {
		var n int64
		if err := r.Scan(ctx, []any{&n}, orphan.query); err != nil {
			return nil, err
		}
		if n > 0 {
			findings = append(findings, fmt.Sprintf("%d %s", n, orphan.what))
		}
	}
	refused, err := refusedEntries(ctx, r)
	return append(findings, refused...), err
}

// factTables hold the rows of batches.
var factTables = []string{"organisation", "catalog_item", "contract", "target", "progress", "payment", "credit_event", "inspection", "assessment_item", "listing", "external_listing", "holiday", "objection", "complaint", "score",
	"catalog_entry", "catalog_adoption", "supplier_registration", "supplier_training",
	"plan_item", "plan_review", "department_budget", "budget_line", "contract_plan", "payment_schedule", "contract_content", "target_source", "staffed_function",
	"organisation_contact", "incident", "narrative"}
