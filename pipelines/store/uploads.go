package store

import "time"

// BatchRecord is one accepted batch as the history of uploads shows it.
type BatchRecord struct {
	Batch       int       `json:"batch"`
	Kind        string    `json:"kind"`
	FileName    string    `json:"file_name"`
	SHA256      string    `json:"sha256"`
	Rows        int64     `json:"rows"`
	Superseded  int64     `json:"superseded"` // rows of earlier batches that it replaced
	AcceptedAt  time.Time `json:"accepted_at"`
	Account     string    `json:"account"`  // empty: the operator at the console
	Uploader    string    `json:"uploader"` // name of the account then
	Reason      string    `json:"reason"`
	LeftOut     int64     `json:"left_out"`     // rows of the file that were not accepted
	WithdrawnBy int       `json:"withdrawn_by"` // batch of its withdrawal; 0: it stands
	Withdraws   int       `json:"withdraws"`    // batch that this one withdraws; 0: it brings rows
}
