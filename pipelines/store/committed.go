package store

import "sync"

// commitNumber is the number of the last commit that a transaction sees: each commit adds one.
const commitNumber = "commit_number"

// committed are the versions of the tables that a transaction may see that begins now: those of the last commit, and while another is
// under way those that it makes. By the number that each commit writes a transaction knows which of them it sees. The zero value knows
// none yet.
type committed struct {
	mu     sync.Mutex
	last   *versions // nil: not known
	coming *versions // of the commit under way; nil: there is none
	before *versions // of the commit before the last, which a transaction may see that began while the last was under way
	epoch  uint64    // how often it was not known which versions the last ones are
}

// latest are the versions of the last commit; nil where they are not known.
func (c *committed) latest() *versions {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// begins notes that a commit begins that writes tables.
func (c *committed) begins(tables map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil {
		c.coming = c.last.after(tables)
	}
}

// ends notes that the commit was made, or that it failed: then it is not known what holds.
func (c *committed) ends(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.coming, c.before = c.coming, nil, c.last
	if err != nil {
		c.last, c.before = nil, nil
	}
}

// numbered are the versions of the commit that wrote a number; nil where they are not known any more. Where none are, they begin with
// this one.
func (c *committed) numbered(number int64) *versions {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.epoch++
		c.last = &versions{epoch: c.epoch, number: number}
	}
	for _, v := range []*versions{c.last, c.coming, c.before} {
		if v != nil && v.number == number {
			return v
		}
	}
	return nil
}
