package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"pingxin/credit/blacklist"
	"pingxin/pipelines/clues"
)

// clueEvidence begins the id of a clue among the evidence of a case.
const clueEvidence = "clue:"

// ClueEvidence is the id of a clue among the evidence of a case.
func ClueEvidence(clue string) string { return clueEvidence + clue }

// CluesAmong are the clues among the evidence of a case, by id; nil: it rests on none.
func CluesAmong(evidence []string) (ids []string) {
	for _, e := range evidence {
		if id, is := strings.CutPrefix(e, clueEvidence); is {
			ids = append(ids, id)
		}
	}
	return ids
}

// CasesOnClue reads the cases that have a clue among their evidence, those opened last in front.
func CasesOnClue(ctx context.Context, r *Reader, clue string) ([]blacklist.Case, error) {
	return readCases(ctx, r, `WHERE case_no IN (SELECT case_no FROM case_step WHERE contains(content, ?))`, JSON(ClueEvidence(clue)))
}

// confirmed refuses a clue as evidence unless its last verdict confirmed it by the figures that it has: nobody is to answer
// for what no person looked into.
func (w *Writer) confirmed(ctx context.Context, evidence []string) error {
	for _, id := range CluesAmong(evidence) {
		var stands bool
		err := w.Scan(ctx, []any{&stands}, `SELECT coalesce((SELECT arg_max(verdict, verdict_id) = $2 AND arg_max(row_hash, verdict_id) = (SELECT arg_max(row_hash, from_run) FROM clue WHERE clue_id = $1)
			FROM clue_verdict WHERE clue_id = $1), false)`, id, string(clues.Confirmed))
		if err != nil {
			return fmt.Errorf("verdict on clue %s: %w", id, err)
		}
		if !stands {
			return &blacklist.Refusal{Rule: "clue_unconfirmed", Found: id}
		}
	}
	return nil
}

// contractsOfClues are the contracts that some clues ever rested on.
func contractsOfClues(ctx context.Context, r *Reader, ids []string) (contracts []string, err error) {
	texts, err := listFrom(ctx, r, "evidence of clues", `SELECT evidence FROM clue WHERE clue_id IN `+among(ids)+` ORDER BY clue_id, from_run`, func(rows *sql.Rows, text *string) error { return rows.Scan(text) })
	if err != nil {
		return nil, err
	}
	for _, text := range texts {
		evidence, err := fromJSON[clues.Evidence]("evidence of a clue", text)
		if err != nil {
			return nil, err
		}
		for _, e := range evidence {
			if e.Kind == clues.AboutContract {
				contracts = append(contracts, e.ID)
			}
		}
	}
	return contracts, nil
}

// ClueSuppliers are the suppliers against whom a clue can be a ground: the one that it names, else those of its contracts.
func (v *View) ClueSuppliers(ctx context.Context, c *ClueRow) ([]Choice, error) {
	switch {
	case c.About == clues.AboutSupplier:
		return []Choice{{ID: c.Subject, Name: c.SubjectName}}, nil
	case c.Supplier != "":
		return []Choice{{ID: c.Supplier, Name: c.SupplierName}}, nil
	}
	var contracts []string
	for _, e := range c.Evidence {
		if e.Kind == clues.AboutContract {
			contracts = append(contracts, e.ID)
		}
	}
	return list(ctx, v, "suppliers of a clue", v.with()+`SELECT supplier_id, coalesce(any_value(org.name), supplier_id) AS name, count(*) FROM e LEFT JOIN org ON org_id = supplier_id
		WHERE contract_no IN `+among(contracts)+` GROUP BY supplier_id ORDER BY name, supplier_id`, nil, func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) })
}
