package reduce

import "iter"

// places say where in a list the contract of a key stands. Keys are not dense, but those of one year are numbered one after the
// other: pages of neighbouring keys hold them in a fraction of the time that a map takes.
type places struct{ pages []*[pageLen]int32 }

// pageLen is how many neighbouring keys share a page: a contract alone in its page costs 16 KiB.
const pageLen = 1 << 12

// of is the place of a key; false when it has none.
func (p *places) of(key int32) (place int32, known bool) {
	if page := int(key / pageLen); page < len(p.pages) && p.pages[page] != nil {
		place = p.pages[page][key%pageLen] - 1
		return place, place >= 0
	}
	return 0, false
}

// put gives a key, which is not negative, its place.
func (p *places) put(key, place int32) {
	page := int(key / pageLen)
	if page >= len(p.pages) {
		p.pages = append(p.pages, make([]*[pageLen]int32, page+1-len(p.pages))...)
	}
	if p.pages[page] == nil {
		p.pages[page] = new([pageLen]int32)
	}
	p.pages[page][key%pageLen] = place + 1 // 0 is none
}

// all hands out the places in the order of keys.
func (p *places) all() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, page := range p.pages {
			if page == nil {
				continue
			}
			for _, place := range page {
				if place > 0 && !yield(place-1) {
					return
				}
			}
		}
	}
}
