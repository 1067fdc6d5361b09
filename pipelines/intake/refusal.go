package intake

import (
	"fmt"

	"pingxin/pipelines/store"
)

// FileError refuses a file as a whole, as one that cannot be read. Its fault has Row 0, or the line at which the file ends
// to make sense; the cause and the parameters say it in another language.
type FileError struct{ Fault store.Fault }

func (e *FileError) Error() string { return e.Fault.Expected }

// params are the parts of a sentence that differ from case to case.
type params = map[string]string

// refuse makes a FileError whose sentence is text.
func refuse(cause string, row int64, p params, text string, args ...any) *FileError {
	return &FileError{store.Fault{Row: row, Cause: cause, Found: p["found"], Expected: fmt.Sprintf(text, args...), Params: p}}
}

// rowError is what is wrong with a row before its cells are looked at; the rows behind it can be read.
type rowError struct {
	found string
	trouble
}

// say makes a note.
func say(code string, p params, text string, args ...any) Note {
	return Note{Code: code, Params: p, Text: fmt.Sprintf(text, args...)}
}

// Causes are all the causes of faults, of cells, rows, whole files and of what shows only beside what is stored. Pages have
// a sentence for each; a test holds the list against the sources.
var Causes = []string{
	// cells
	"empty", "bad_date", "bad_amount", "bad_score", "score_over_100", "bad_whole_number", "bad_year", "not_a_number", "bad_boolean", "bad_word", "bad_uscc", "uscc_check_digit",
	"end_before_start", "unknown_indicator", "party_not_asked",
	// rows
	"cell_count", "json_syntax", "json_nested", "json_twice", "cell_too_long", "duplicate_key", "unknown_contract_no", "unknown_supplier_id", "unknown_purchaser_id", "unknown_item_code", "outside_scope",
	"party_not_yours", "evaluator_not_yours", "author_not_of_contract", "contract_closed", "outcome_without_day",
	"signed_after_end", "before_signing", "payment_above_contract", "schedule_above_contract", "unknown_plan_no", "plan_of_another", "plan_of_another_year", "approved_above_plan", "approval_not_yours",
	// rows of lists and holidays
	"listing_by_case", "days_order", "points_above_full", "days_overlap", "holiday_long",
	// rows of the catalogue and the register
	"unknown_version_id", "version_adopted", "negative_unexplained", "same_day_in_force", "contradictory_days",
	// whole files
	"file_empty", "file_no_rows", "header_unknown", "header_twice", "header_missing", "header_columns", "nul_byte", "long_line", "bad_quotes", "bad_encoding", "not_text", "parquet_damaged",
	"json_array", "too_many_rows", "old_or_encrypted", "xlsx_damaged", "xlsx_too_large", "xlsx_sheet", "xlsx_empty", "zip_damaged", "zip_encrypted", "zip_too_large", "zip_too_many", "zip_nested", "zip_name",
	"zip_empty", "zip_whole", "read_otherwise", "was_withdrawn", "kind_unclear", "kind_not_yours",
}

// NoteCodes are the codes of all notes; pages have a sentence for each.
var NoteCodes = []string{"full_width", "mixed_line_ends", "delimiter", "read_as_gb18030", "read_as_utf16", "numbers_in_codes", "day_numbers", "left_out_columns", "hidden_rows", "other_sheets", "formulas", "mapped"}
