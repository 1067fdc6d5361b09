package main

import (
	"context"
	"fmt"

	"pingxin/pipelines/store"
)

// fill writes organisations, contracts and scores of a synthetic district straight into an empty store: one percent of
// the scores by purchasers, 95 by recipients, 4 by third parties. The values come from the database's hash function,
// so that they are the same on every machine.
func (b *bench) fill(ctx context.Context, st *store.Store) error {
	contracts := b.result.Contracts
	suppliers, purchasers := suppliersOf(contracts), purchasersOf(contracts)
	return st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		for _, text := range []string{
			fmt.Sprintf(`INSERT INTO organisation SELECT 1, i, 'S' || i, 'supplier ' || i, 'supplier', NULL, 'enterprise', '500105', DATE '2015-01-01' FROM range(%d) t(i)`, max(suppliers, b.suppliers)),
			fmt.Sprintf(`INSERT INTO organisation SELECT 1, i, 'P' || i, 'department ' || i, 'purchaser', NULL, NULL, '500105', NULL FROM range(%d) t(i)`, purchasers),
			fmt.Sprintf(`INSERT INTO catalog_item SELECT 1, i, 'A' || i, 'item ' || i, NULL, NULL, true FROM range(%d) t(i)`, itemCount),
			fmt.Sprintf(`INSERT INTO contract SELECT 1, i, (CASE WHEN i %% 3 = 0 THEN 23 WHEN i %% 3 = 1 THEN 24 ELSE 25 END) * 4194304 + i, 'B' || i, NULL, 'P' || (i %% %d),
				'S' || (i %% %d), 'A' || (i %% %d), 'open_tender', 10000000 + (hash(i) %% 500000000)::BIGINT, NULL, make_date(2023 + (i %% 3)::INTEGER, 1, 1),
				make_date(2023 + (i %% 3)::INTEGER, 12, 20), 2023 + (i %% 3), 1000 FROM range(%d) t(i)`, purchasers, suppliers, itemCount, contracts),
			`INSERT INTO target SELECT 1, row_no, contract_key, 'target_quantity', 100, 'x', 'higher' FROM contract`,
			`INSERT INTO progress SELECT 1, row_no, contract_key, 'target_quantity', 70 + hash(contract_key) % 45, end_on FROM contract`,
			`INSERT INTO payment SELECT 1, row_no, contract_key, 'first', start_on, start_on, amount_fen * 8 // 10 FROM contract`,
			fmt.Sprintf(`INSERT INTO payment SELECT 1, row_no, contract_key, 'final', end_on, CASE WHEN row_no %% %d = 0 THEN end_on ELSE DATE '2026-01-10' END,
				amount_fen - amount_fen * 8 // 10 FROM contract`, paidEarly),
			fmt.Sprintf(`INSERT INTO rater SELECT i, 'R' || i FROM range(%d) t(i)`, b.raters),
			`INSERT INTO indicator SELECT row_number() OVER (ORDER BY i) - 1, i FROM (VALUES ('funds_compliance'), ('quality_attitude'), ('quality_management'),
				('quality_professional'), ('quality_safety'), ('satisfaction_outcome'), ('satisfaction_service'), ('target_outcome'), ('target_timeliness')) t(i)`,
			fmt.Sprintf(benchScores, max(1, b.result.Scores/contracts), b.raters),
			`INSERT INTO batch_contract SELECT 1, contract_key, DATE '2025-12-31' FROM contract`,
			`INSERT INTO batch SELECT 1, 'score', 'bench', 'bench', count(*), '', 0, TIMESTAMP '2026-01-01' FROM score`,
		} {
			if _, err := w.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
}

// paidEarly is of how many contracts one is paid in full when it ends, before its evaluation: rare enough for a clue to be one.
const paidEarly = 20

// itemCount is how many catalogue items are bought.
const itemCount = 60

// purchasersOf is how many departments share so many contracts.
func purchasersOf(contracts int) int { return max(1, contracts/75) }

// suppliersOf is how many suppliers share so many contracts.
func suppliersOf(contracts int) int { return max(1, contracts*2/15) }

// benchScores spreads the scores of a contract over parties and indicators: of a hundred, the first by a purchaser, the
// next four by third parties, the others by recipients on their three indicators; no rater scores a contract twice.
const benchScores = `INSERT INTO score
	WITH numbered AS (SELECT c.contract_key, j, j %% 100 AS place FROM contract c, range(%[1]d) t(j))
	SELECT contract_key,
	       CASE WHEN place < 5 THEN [0, 1, 2, 3, 4, 7, 8][1 + (j // 100 + place) %% 7] ELSE [1, 5, 6][1 + j %% 3] END,
	       CASE WHEN place = 0 THEN 1 WHEN place < 5 THEN 3 ELSE 2 END,
	       (hash(contract_key) %% %[2]d + j * 7919) %% %[2]d,
	       10000 * (55 + (hash(contract_key) %% 25) + hash(contract_key, j, 7) %% 20),
	       DATE '2025-12-31' - (hash(j) %% 300)::INTEGER, 1, j
	FROM numbered
	ORDER BY contract_key, 2, 3`

// newScores gives a thousandth of the contracts one more score each, as a batch of their own.
func (b *bench) newScores(ctx context.Context, st *store.Store, round int) error {
	touched := max(1, int(float64(b.result.Contracts)*touchedShare))
	return st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		for _, text := range []string{
			fmt.Sprintf(`INSERT INTO score SELECT contract_key, 6, 2, 99999, 800000, DATE '2026-01-15', (SELECT max(batch_id) + 1 FROM batch), row_number() OVER ()
				FROM (SELECT contract_key FROM contract ORDER BY hash(contract_key, %d) LIMIT %d)`, round, touched),
			`INSERT INTO batch_contract SELECT batch_id, contract_key, max(scored_on) FROM score WHERE batch_id > (SELECT max(batch_id) FROM batch) GROUP BY ALL`,
			fmt.Sprintf(`INSERT INTO batch SELECT max(batch_id) + 1, 'score', 'bench%d', 'bench', %d, '', 0, TIMESTAMP '2026-01-15' FROM batch`, round, touched),
		} {
			if _, err := w.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
}
