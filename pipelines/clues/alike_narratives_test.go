package clues_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pingxin/pipelines/clues"
)

// prose is a text of so many sentences, each of eighteen letters that no other has.
func prose(rng *rand.Rand, sentences int) string {
	var b strings.Builder
	for range sentences {
		for range 18 {
			b.WriteRune('一' + rune(rng.IntN(20_000)))
		}
		b.WriteString("。")
	}
	return b.String()
}

func narrative(contract, author, text string) clues.Narrative {
	return clues.Narrative{Contract: contract, Author: author, Party: "third_party", WrittenOn: day(2025, 12, 1), Text: text}
}

// TestAlikeNarratives on both sides of each line. A text of ten sentences of eighteen letters has 176 pieces of five; another
// sentence at the end takes 18 of them away and brings 18 others, so that 158 of 194 are in common, 81.4 percent; in the
// middle it takes 22, and 154 of 198 are in common, 77.8 percent.
func TestAlikeNarratives(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	text, other := prose(rng, 10), prose(rng, 10)
	line := strings.SplitAfter(text, "。")
	newLine := prose(rng, 1)
	last := strings.Join(line[:9], "") + newLine
	middle := strings.Join(line[:5], "") + newLine + strings.Join(line[6:], "")
	six := strings.Join(line[:7], "")[:len("字")*120] // 120 letters with six marks between, which do not count
	numbered := func(n int) string { return text + "全年服务" + strconv.Itoa(n) + "人次。" }
	of := func(all ...clues.Narrative) clues.Facts {
		return clues.Facts{Contracts: several("C", 12), Alike: rules.AlikeNarratives.Groups(all)}
	}
	var form []clues.Narrative // one text that more and more write
	for i := range 6 {
		form = append(form, narrative(fmt.Sprintf("C%02d", i), fmt.Sprintf("E%d", i), text))
	}
	for _, c := range []struct {
		name  string
		facts clues.Facts
		want  int
	}{
		{"the same text twice", of(narrative("C00", "E1", text), narrative("C01", "E2", text)), 1},
		{"on one contract", of(narrative("C00", "E1", text), narrative("C00", "E2", text)), 1},
		{"another text", of(narrative("C00", "E1", text), narrative("C01", "E2", other)), 0},
		{"one sentence of ten is another, at the end", of(narrative("C00", "E1", text), narrative("C01", "E2", last)), 1},
		{"and in the middle", of(narrative("C00", "E1", text), narrative("C01", "E2", middle)), 0},
		{"other figures", of(narrative("C00", "E1", numbered(1206)), narrative("C01", "E2", numbered(98))), 1},
		{"other marks and spaces", of(narrative("C00", "E1", text), narrative("C01", "E2", strings.ReplaceAll(text, "。", "！ \n"))), 1},
		{"letters that are too few", of(narrative("C00", "E1", six[:len(six)-3*7]), narrative("C01", "E2", six[:len(six)-3*7])), 0},
		{"sentences of five authors", of(form[:5]...), 1},
		{"sentences of six are a form's", of(form...), 0},
		{"one author may repeat himself as often as he likes and is found", of(narrative("C00", "E1", text), narrative("C01", "E1", text), narrative("C02", "E1", text), narrative("C03", "E1", text),
			narrative("C04", "E1", text), narrative("C05", "E1", text), narrative("C06", "E1", text)), 1},
		{"two pairs", of(narrative("C00", "E1", text), narrative("C01", "E2", text), narrative("C02", "E1", other), narrative("C03", "E2", other)), 2},
		{"a contract that there is not", of(narrative("C00", "E1", text), narrative("X", "E2", text)), 0},
	} {
		if got := found(clues.AlikeNarratives, c.facts); len(got) != c.want {
			t.Errorf("%s: %+v, want %d", c.name, got, c.want)
		}
	}
}

// TestWhoWroteAlike: a group is about who wrote all of it, and otherwise about the contract of the first; what was written
// first makes its id, so that a further copy is the same clue.
func TestWhoWroteAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	text := prose(rng, 10)
	contracts := several("C", 4)
	contracts[1].Supplier, contracts[2].Year = "S2", 2024
	late, early := narrative("C00", "E1", text), narrative("C01", "E1", text+prose(rng, 1))
	early.WrittenOn = day(2025, 11, 1)
	one := found(clues.AlikeNarratives, clues.Facts{Contracts: contracts, Alike: rules.AlikeNarratives.Groups([]clues.Narrative{late, early})})[0]
	// 176 pieces of the shorter are among the 194 of the longer
	if one.About != clues.AboutRater || one.Subject != "E1" || one.N != 2 || one.Seen != 176.0/194 || one.Line != 0.8 || one.AmountFen != 1_000_000_00 || one.Purchaser != "P1" ||
		one.Supplier != "" || one.Year != 2025 || len(one.Evidence) != 4 || one.Evidence[3] != (clues.Evidence{Kind: "narrative", ID: "C00", Note: "E1", On: late.WrittenOn}) {
		t.Errorf("%+v", one)
	}
	copied := narrative("C02", "S1", text)
	copied.Party = "supplier"
	more := found(clues.AlikeNarratives, clues.Facts{Contracts: contracts, Alike: rules.AlikeNarratives.Groups([]clues.Narrative{late, early, copied})})[0]
	if more.ID != one.ID || more.About != clues.AboutContract || more.Subject != "C01" || more.N != 3 || more.Year != 0 {
		t.Errorf("%+v", more)
	}
	for _, c := range []struct{ party, author, about, subject string }{{"supplier", "S1", clues.AboutSupplier, "S1"}, {"purchaser", "P1-01", clues.AboutPurchaser, "P1"}} {
		mine := []clues.Narrative{{Contract: "C00", Author: c.author, Party: c.party, Text: text}, {Contract: "C02", Author: c.author, Party: c.party, Text: text}}
		if got := found(clues.AlikeNarratives, clues.Facts{Contracts: contracts, Alike: rules.AlikeNarratives.Groups(mine)})[0]; got.About != c.about || got.Subject != c.subject {
			t.Errorf("%+v", got)
		}
	}
}

// TestAlikeIsFoundAmongMany: of 33 texts each has two copies that differ from it in the last sentence, 158 pieces of 194 in common; every
// group is found whole.
func TestAlikeIsFoundAmongMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var all []clues.Narrative
	want := 0
	for family := range 33 {
		text := strings.SplitAfter(prose(rng, 10), "。")
		for copies := range 3 {
			mine := strings.Join(text[:9], "")
			if copies > 0 { // each differs from the first in its last sentence
				mine += prose(rng, 1)
			} else {
				mine += text[9]
			}
			all = append(all, narrative(fmt.Sprintf("C%02d", 3*family+copies), fmt.Sprintf("E%d", copies), mine))
		}
		want++
	}
	got := found(clues.AlikeNarratives, clues.Facts{Contracts: several("C", 100), Alike: rules.AlikeNarratives.Groups(all)})
	for _, c := range got {
		if c.N != 3 {
			t.Errorf("a group of %d: %+v", c.N, c)
		}
	}
	if len(got) != want {
		t.Errorf("%d groups, want %d", len(got), want)
	}
}

// BenchmarkAlikeNarratives looks through narratives of 600 letters by 400 authors, of which one in a hundred is copied from
// another with a sentence changed, and each has two sentences of a form.
func BenchmarkAlikeNarratives(b *testing.B) {
	rule := clues.Alike{MinN: 2, Characters: 120, Line: 0.8, Most: 5}
	for _, n := range []int{20_000, 200_000} {
		rng := rand.New(rand.NewPCG(7, 8))
		form := prose(rng, 2)
		var all []clues.Narrative
		last := ""
		for i := range n {
			no := fmt.Sprintf("C%06d", i)
			text := prose(rng, 30)
			if i%100 == 99 {
				text = strings.SplitAfterN(last, "。", 30)[29] + strings.Join(strings.SplitAfter(last, "。")[:29], "")
			}
			last = text
			all = append(all, narrative(no, fmt.Sprintf("E%d", i%400), form+text))
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if found := rule.Groups(all); len(found) != n/100 {
					b.Fatalf("%d groups", len(found))
				}
			}
		})
	}
}
