package store

// Scope says which contracts somebody may read and write, and with them which rows of everything that belongs to a
// contract. It is the union of what its fields allow; the zero value allows nothing.
type Scope struct {
	All       bool   // every contract, and what belongs to none
	Purchaser string // organisation whose purchases they are
	Evaluator string // organisation to which they are assigned, with its declaration of no conflict
	Supplier  string // organisation that performs them; also its own credit file
}

// Everything is the scope of the program itself and of those who supervise the whole district.
var Everything = Scope{All: true}
