package clues

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode"

	"pingxin/scoring/splitmix"
)

// How texts are compared, by the numbers with which pairs above a line are found without comparing every pair (Broder 1997,
// minhash; Li, Owen and Zhang 2012, one permutation; Shrivastava 2017, filling empty bins): the least pieces of a text by
// their hashes stand for it, one in each bin, and two texts are compared where a whole band of bins is the same. At the
// least line allowed, three quarters, a pair stays unseen with a probability of (1-0.75^5)^20 = 0.4 percent, at the shipped
// one of 0.04 percent; what is compared is compared exactly.
const (
	shingle   = 5 // characters of a piece: about three words of Chinese, which rarely come together by chance
	bands     = 20
	rows      = 5 // bins of a band
	bins      = bands * rows
	leastLine = 0.75
)

// texts are narratives made ready to be compared.
type texts struct {
	of   []Narrative
	form map[uint64]bool // sentences that many authors write
	long []int           // those with enough letters
	keys [][bands]uint64 // of the bands, by text
	sets map[int][]uint64
}

// texts makes narratives ready: what is no letter goes, each number becomes one digit, so that texts are alike that differ in
// their figures alone, and sentences that more authors write than the policy allows go, too.
func (r Alike) texts(all []Narrative) *texts {
	t := &texts{of: all, form: r.ofForms(all), keys: make([][bands]uint64, len(all)), sets: map[int][]uint64{}}
	var bare []rune
	for i := range all {
		if bare = t.bare(i, bare[:0]); len(bare) >= max(r.Characters, shingle) {
			t.long, t.keys[i] = append(t.long, i), keysOf(bare)
		}
	}
	return t
}

// bare adds the letters of a text, without the sentences of forms, to some that are given.
func (t *texts) bare(i int, letters []rune) []rune {
	sentences(t.of[i].Text, func(sentence []rune) {
		if !t.form[hashOf(sentence)] {
			letters = append(letters, sentence...)
		}
	})
	return letters
}

// sentences hands out the sentences of a text one after the other, each with its letters alone; the slice is used again.
func sentences(text string, hand func([]rune)) {
	letters := make([]rune, 0, 256)
	end := func() {
		if len(letters) > 0 {
			hand(letters)
			letters = letters[:0]
		}
	}
	for _, r := range text {
		if r >= '一' && r <= '鿿' { // most letters by far
			letters = append(letters, r)
			continue
		}
		switch r = unicode.ToLower(narrow(r)); {
		case unicode.IsDigit(r):
			if len(letters) == 0 || letters[len(letters)-1] != '0' {
				letters = append(letters, '0')
			}
		case unicode.IsLetter(r):
			letters = append(letters, r)
		case r == '。' || r == '.' || r == '!' || r == '?' || r == ';' || r == '\n':
			end()
		}
	}
	end()
}

// ofForms are the sentences, by their hashes, that more authors write than the policy allows.
func (r Alike) ofForms(all []Narrative) map[uint64]bool {
	type written struct {
		sentence uint64
		author   int32
	}
	var each []written
	known := map[string]int32{}
	for i := range all {
		author, found := known[all[i].Author]
		if !found {
			author = int32(len(known))
			known[all[i].Author] = author
		}
		sentences(all[i].Text, func(sentence []rune) { each = append(each, written{hashOf(sentence), author}) })
	}
	slices.SortFunc(each, func(a, b written) int {
		return cmp.Or(cmp.Compare(a.sentence, b.sentence), cmp.Compare(a.author, b.author))
	})
	each = slices.Compact(each)
	form := map[uint64]bool{}
	for i := r.Most; i < len(each); i++ {
		if each[i-r.Most].sentence == each[i].sentence {
			form[each[i].sentence] = true
		}
	}
	return form
}

func hashOf(letters []rune) (h uint64) {
	for _, r := range letters {
		h = h*splitmix.Gamma + uint64(r)
	}
	return splitmix.Mix(h)
}

// pieces hands out the hashes of all pieces of a text.
func pieces(bare []rune, hand func(uint64)) {
	leaving := uint64(1) // what the first letter of a piece has been multiplied by
	for range shingle {
		leaving *= splitmix.Gamma
	}
	var h uint64
	for i, r := range bare {
		h = h*splitmix.Gamma + uint64(r)
		if i >= shingle {
			h -= leaving * uint64(bare[i-shingle])
		}
		if i >= shingle-1 {
			hand(splitmix.Mix(h))
		}
	}
}

// keysOf are the keys of the bands of a text with a piece at least.
func keysOf(bare []rune) (keys [bands]uint64) {
	var least [bins]uint64
	pieces(bare, func(h uint64) {
		bin, _ := bits.Mul64(h, bins)
		if h++; least[bin] == 0 || h < least[bin] { // 0 is an empty bin
			least[bin] = h
		}
	})
	filled := least
	for i := range filled {
		for try := uint64(1); filled[i] == 0; try++ { // the same bins are asked for every text
			from, _ := bits.Mul64(splitmix.Mix(uint64(i+1)*splitmix.Gamma+try), bins)
			filled[i] = least[from]
		}
	}
	for band := range keys {
		for _, h := range filled[band*rows : (band+1)*rows] {
			keys[band] = splitmix.Mix(keys[band]*splitmix.Gamma + h)
		}
	}
	return keys
}

// set are the different pieces of a text, in order.
func (t *texts) set(i int) []uint64 {
	if t.sets[i] == nil {
		var all []uint64
		pieces(t.bare(i, nil), func(h uint64) { all = append(all, h) })
		slices.Sort(all)
		t.sets[i] = slices.Compact(all)
	}
	return t.sets[i]
}

// alike is the share of their pieces that two texts have in common: those of both among those of either (Jaccard 1901).
func (t *texts) alike(i, j int) float64 {
	a, b := t.set(i), t.set(j)
	common, either := 0, len(a)+len(b)
	for len(a) > 0 && len(b) > 0 {
		switch cmp.Compare(a[0], b[0]) {
		case -1:
			a = a[1:]
		case 1:
			b = b[1:]
		default:
			common, a, b = common+1, a[1:], b[1:]
		}
	}
	return float64(common) / float64(either-common)
}

// nearest is the share that a text has in common with the nearest other of a group.
func (t *texts) nearest(i int, group []int) (share float64) {
	for _, j := range group {
		if j != i {
			share = max(share, t.alike(i, j))
		}
	}
	return share
}

// groups are the texts that hang together by pairs that are alike up to the line, each group in the order of its texts, of two
// texts at least.
func (t *texts) groups(line float64) (all [][]int) {
	tied, order := make(ties, len(t.of)), slices.Clone(t.long)
	for i := range tied {
		tied[i] = i
	}
	for band := range bands {
		slices.SortFunc(order, func(i, j int) int { return cmp.Or(cmp.Compare(t.keys[i][band], t.keys[j][band]), cmp.Compare(i, j)) })
		for rest := order; len(rest) > 0; {
			n := 1
			for n < len(rest) && t.keys[rest[n]][band] == t.keys[rest[0]][band] {
				n++
			}
			t.tie(tied, rest[:n], line)
			rest = rest[n:]
		}
	}
	members := map[int][]int{}
	for _, i := range t.long {
		members[tied.root(i)] = append(members[tied.root(i)], i)
	}
	for _, i := range t.long {
		if g := members[i]; len(g) > 1 {
			all = append(all, g)
		}
	}
	return all
}

// tie ties together those of some texts that are alike. A text is compared with those of a group until one is alike, so that
// many copies of one text cost one comparison each.
func (t *texts) tie(tied ties, among []int, line float64) {
	var groups [][]int
	for _, i := range among {
		mine := []int{i}
		groups = slices.DeleteFunc(groups, func(g []int) bool {
			joins := tied.root(g[0]) == tied.root(i) || slices.ContainsFunc(g, func(j int) bool { return t.alike(i, j) >= line })
			if joins {
				tied.tie(g[0], i)
				mine = append(g, mine...)
			}
			return joins
		})
		groups = append(groups, mine)
	}
}

// ties are texts that hang together: each has the number of another of its group, the first of a group its own.
type ties []int

func (t ties) root(i int) int {
	for t[i] != i {
		t[i] = t[t[i]]
		i = t[i]
	}
	return i
}

func (t ties) tie(i, j int) {
	a, b := t.root(i), t.root(j)
	t[max(a, b)] = min(a, b)
}
