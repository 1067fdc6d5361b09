package reduce

import (
	"sync"

	"pingxin/scoring"
)

// memory is where the cells of one reading lie. A full run reads some thousand contracts at a time, one lot after the other
// into the same memory: new memory for every score costs more than to judge it.
type memory struct {
	numbers  arena[int32] // scores and raters
	cells    arena[scoring.Cell]
	cellKeys arena[cellKey]
}

// idle is memory of readings that ended.
var idle = sync.Pool{New: func() any { return new(memory) }}

// giveBack lets another reading use the memory.
func (m *memory) giveBack() {
	m.numbers.reset()
	m.cells.reset()
	m.cellKeys.reset()
	idle.Put(m)
}

// copied returns the numbers in memory of our own, nil for none; another append to it moves it.
func (m *memory) copied(numbers []int32) []int32 {
	if len(numbers) == 0 {
		return nil
	}
	return append(m.numbers.take(len(numbers)), numbers...)
}

// arena hands out memory in pieces of blocks, which are used again after a reset.
type arena[T any] struct {
	blocks [][]T
	used   int // blocks
	spare  []T // of the last one
}

// blockLen is how many elements are allocated at a time.
const blockLen = 1 << 14

// take returns an empty slice with room for n elements, more of which would move it.
func (a *arena[T]) take(n int) []T {
	if n > blockLen {
		return make([]T, 0, n)
	}
	if len(a.spare) < n {
		if a.used == len(a.blocks) {
			a.blocks = append(a.blocks, make([]T, blockLen))
		}
		a.spare = a.blocks[a.used]
		a.used++
	}
	piece := a.spare[:0:n]
	a.spare = a.spare[n:]
	return piece
}

// reset takes everything back.
func (a *arena[T]) reset() { a.used, a.spare = 0, nil }
