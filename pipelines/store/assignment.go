package store

import "time"

// What an evaluator declared of an assignment.
const (
	Undeclared = ""
	NoConflict = "none"
	Conflict   = "conflict"
)

// Assignment is a contract given to an evaluator.
type Assignment struct {
	ContractNo, Evaluator string
	DueOn                 time.Time // by which scores are expected; zero: none
	AssignedAt            time.Time
	AssignedBy            string // account
	Declared              string // Undeclared, NoConflict or Conflict
	Reason                string // what the conflict is, or why it was taken away
	DeclaredAt            time.Time
	DeclaredBy            string
	EndedAt               time.Time // zero: stands
}
