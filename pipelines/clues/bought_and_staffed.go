package clues

import "time"

// Staffed is a function for which a department keeps staff, with the catalogue item that would buy the same.
type Staffed struct {
	ID, Purchaser, Item string
	Posts               int
	From, Until         time.Time // first and last day; Until is zero while it goes on
}

// Twice looks for services that a department buys while it keeps staff for them: paying twice (二(三) of the document
// asks that no such service be bought).
type Twice struct {
	MinN  int `toml:"min_n"` // contracts; 0 turns the rule off
	Posts int `toml:"posts"` // filled at least: a post without people does no work
}

// Find returns one clue for each staffed function during which the department bought its item. Seen is the number of
// posts and Line the policy's; N is the number of contracts.
func (r Twice) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	for _, s := range f.Staffed {
		bought := f.chosen(func(c *Contract) bool { return c.Purchaser == s.Purchaser && c.Item == s.Item && s.during(c) })
		if s.Posts < r.Posts || len(bought) < r.MinN {
			continue
		}
		c := onPurchaser(BoughtAndStaffed, s.Purchaser, bought, s.ID)
		c.Item, c.Supplier, c.Seen, c.Line = s.Item, onlySupplier(bought), float64(s.Posts), float64(r.Posts)
		c.Evidence = append(c.Evidence, Evidence{Kind: "staffed_function", ID: s.ID, On: s.From})
		all = append(all, c)
	}
	return all
}

// during says whether the service of a contract and the function overlap by a day.
func (s Staffed) during(c *Contract) bool {
	return !c.EndOn.Before(s.From) && (s.Until.IsZero() || !c.StartOn.After(s.Until))
}

func (r Twice) check(c *checker) {
	const key = "bought_and_staffed"
	if c.enabled(key, r.MinN, 1) {
		c.atLeast(key+".posts", r.Posts, 1)
	}
}
