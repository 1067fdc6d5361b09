package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"pingxin/scoring/integrity"
)

// contractRules is the condition that a flag's subject is a contract.
var contractRules = fmt.Sprintf("rule IN ('%s', '%s', '%s')", integrity.RuleLateAnswers, integrity.RuleDenseAnswers, integrity.RulePartiesApart)

// sheetRules is the condition that a flag is about sheets of answers, each on the contract that its ref names.
var sheetRules = fmt.Sprintf("rule IN ('%s', '%s', '%s')", integrity.RuleSameAnswerRun, integrity.RuleFlatAnswers, integrity.RuleAlikeAnswers)

// FlagFilter says which flags of a calibration to list; the zero value lists none: set Calibration and Limit.
type FlagFilter struct {
	Calibration   int
	Search        string // part of the subject's or a contract's id or name
	Rule          string // empty: all
	Rater         string // that the flag is about, alone or with others; empty: all
	Sort          string // a key of FlagSorts; empty: by rule, farthest beyond the line first
	Descending    bool
	Limit, Offset int
}

// FlagSorts maps what a list of flags can be sorted by to its columns.
var FlagSorts = map[string]string{"rule": "rule", "subject": "subject", "statistic": "statistic", "n": "n", "p": "p_value"}

// FlagRow is one flag with the names that it concerns, empty where none is on record.
type FlagRow struct {
	integrity.Flag
	SubjectName string // of the rater or contract
	RefName     string // of the contract or supplier
}

func (f FlagFilter) where() (string, []any, error) {
	text, args := "calibration_id = ?", []any{int32(f.Calibration)}
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		text += " AND (contains(lower(subject), ?) OR contains(lower(ref), ?) OR contains(lower(subject_name), ?) OR contains(lower(ref_name), ?))"
		args = append(args, s, s, s, s)
	}
	if f.Rule != "" {
		text, args = text+" AND rule = ?", append(args, f.Rule)
	}
	if f.Rater != "" {
		quoted, err := json.Marshal(f.Rater) // as an item of others is written
		if err != nil {
			return "", nil, fmt.Errorf("rater %q: %w", f.Rater, err)
		}
		text, args = text+" AND NOT "+contractRules+" AND (subject = ? OR contains(others, ?))", append(args, f.Rater, string(quoted))
	}
	return text, args, nil
}

func (f FlagFilter) order() string {
	column, known := FlagSorts[f.Sort]
	if !known {
		column = "rule"
	}
	if f.Descending {
		column += " DESC"
	}
	return " ORDER BY " + column + " NULLS LAST, abs(statistic - threshold) DESC, rule, subject, ref LIMIT ? OFFSET ?"
}

// flags names what the flags are about. Each name is joined by one equality.
func (v *View) flags() string {
	return v.with() + `, flag AS (SELECT f.*, coalesce(about.name, who.name, '') AS subject_name, coalesce(beside.name, supplier.name, '') AS ref_name
		FROM (SELECT *, CASE WHEN ` + contractRules + ` THEN subject END AS contract_no, CASE WHEN NOT ` + contractRules + ` THEN subject END AS rater_id
			FROM calibration_flag) f
		LEFT JOIN e about ON about.contract_no = f.contract_no LEFT JOIN org who ON who.org_id = rater_id
		LEFT JOIN e beside ON beside.contract_no = ref LEFT JOIN org supplier ON supplier.org_id = ref)
`
}

const flagColumns = `SELECT rule, subject, ref, others, statistic, threshold, n, p_value, subject_name, ref_name FROM flag WHERE `

func scanFlag(rows *sql.Rows, f *FlagRow) error {
	var others string
	var p sql.NullFloat64
	err := rows.Scan(&f.Rule, &f.Subject, &f.Ref, &others, &f.Statistic, &f.Threshold, &f.N, &p, &f.SubjectName, &f.RefName)
	if err != nil {
		return err
	}
	if p.Valid {
		f.PValue = &p.Float64
	}
	f.Others, err = fromJSON[string]("others of a flag", others)
	return err
}

// Flags lists flags of a calibration and says how many match.
func (v *View) Flags(ctx context.Context, f FlagFilter) ([]FlagRow, int, error) {
	where, args, err := f.where()
	if err != nil {
		return nil, 0, err
	}
	var total int
	if err := v.scan(ctx, []any{&total}, v.flags()+`SELECT count(*) FROM flag WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count flags: %w", err)
	}
	rows, err := list(ctx, v, "flags", v.flags()+flagColumns+where+f.order(), append(args, f.Limit, f.Offset), scanFlag)
	return rows, total, err
}

// FlagsOn lists the flags of the run's calibration that concern a contract: about its answers, about a sheet of answers
// on it, or about a purchaser or third party who scored it.
func (v *View) FlagsOn(ctx context.Context, e *Evaluation) ([]FlagRow, error) {
	const scored = `subject IN (SELECT evaluator_id FROM rater WHERE rater_key IN (SELECT rater_key FROM score WHERE contract_key = ? AND batch_id <= ?
		UNION SELECT rater_key FROM score_superseded WHERE contract_key = ? AND batch_id <= ?))`
	where := `calibration_id = ? AND (` + contractRules + ` AND subject = ? OR ` + sheetRules + ` AND ref = ?
		OR NOT ` + contractRules + ` AND NOT ` + sheetRules + ` AND (rule <> ? OR ref = ?) AND ` + scored + `) ORDER BY rule, subject, ref`
	mark := int32(v.Run.Watermark)
	args := []any{int32(v.Run.Calibration), e.ContractNo, e.ContractNo, string(integrity.RuleMostlyOneSupplier), e.SupplierID, e.Key, mark, e.Key, mark}
	return list(ctx, v, "flags on "+e.ContractNo, v.flags()+flagColumns+where, args, scanFlag)
}
