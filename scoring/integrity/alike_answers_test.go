package integrity

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// copyTo makes sheets to of the population copies of sheet from.
func copyTo(sheets []Sheet, from int, to ...int) {
	for _, i := range to {
		sheets[i].Answers = slices.Clone(sheets[from].Answers)
	}
}

// unlike returns sheets of answers drawn at random from 0 to 100 points, which agree by chance as good as never.
func unlike(n, items int, seed uint64) []Sheet {
	random := rand.New(rand.NewPCG(seed, 2))
	sheets := make([]Sheet, n)
	for i := range sheets {
		sheets[i] = Sheet{Respondent: fmt.Sprintf("r%07d", i), Answers: make([]int32, items)}
		for item := range sheets[i].Answers {
			sheets[i].Answers[item] = int32(random.IntN(101)) * PerPoint
		}
	}
	return sheets
}

// TestPlantedCopies: five sheets alike to the last answer, and four that each change one item of another, are found
// among a thousand, and nobody else.
func TestPlantedCopies(t *testing.T) {
	p := survey
	p.step, p.missing = 1, 0.05
	sheets := p.sheets(21)
	sheets[100].Answers = points(71, 83, 90, 64, 78, 85, 92, -1, 77, 81, 69, 88) // a gap is copied with the rest
	copyTo(sheets, 100, 200, 300, 400, 500)
	sheets[600].Answers = points(90, 82, 75, 93, 88, 79, 84, 97, 73, 80, 91, 86)
	copyTo(sheets, 600, 610, 620, 630)
	for i, at := range []int{610, 620, 630} {
		sheets[at].Answers[3*i] = 50 * PerPoint
	}
	for i := range sheets {
		sheets[i].Ref = "c1"
	}
	flags, err := Default().AlikeAnswers.Flags(sheets)
	wantSubjects(t, flags, err, "r0000100", "r0000600")
	if want := []string{"r0000200", "r0000300", "r0000400", "r0000500"}; !slices.Equal(flags[0].Others, want) {
		t.Errorf("got others %q, want %q", flags[0].Others, want)
	}
	if want := []string{"r0000610", "r0000620", "r0000630"}; !slices.Equal(flags[1].Others, want) {
		t.Errorf("got others %q, want %q", flags[1].Others, want)
	}
	if f := flags[0]; f.Rule != RuleAlikeAnswers || f.Statistic != 5 || f.Threshold != 3 || f.Ref != "c1" || f.N < 900 || *f.PValue > 1e-6 {
		t.Errorf("got %+v with p %g, want a group of 5", f, *f.PValue)
	}
}

// TestCoarseCopies: on five faces a few copies are no sign, many are.
func TestCoarseCopies(t *testing.T) {
	p := survey
	p.step = 20
	rows := func(n int) []Sheet {
		sheets := p.sheets(22)
		sheets[0].Answers = points(80, 40, 100, 60, 60, 100, 80, 40, 60, 100, 80, 60)
		for i := range n {
			copyTo(sheets, 0, 1+7*i)
		}
		return sheets
	}
	flags, err := Default().AlikeAnswers.Flags(rows(19))
	if err != nil || len(flags) != 1 || flags[0].Statistic != 20 {
		t.Errorf("got %v, %v, want one group of 20", flags, err)
	}
}

// TestHonestSurveys: in simulated surveys of contented recipients, on scales from five faces to whole points and with
// items that hang together more or less, at most one survey in a hundred shows a group.
func TestHonestSurveys(t *testing.T) {
	surveys, flagged := 0, 0
	for _, step := range []float64{1, 5, 10, 20} {
		for _, apart := range [][3]float64{{10, 4, 6}, {20, 4, 3}, {10, 8, 3}} { // of level, dimension, own
			for seed := range uint64(25) {
				p := survey
				p.respondents, p.step, p.level, p.dimension, p.own = 400, step, apart[0], apart[1], apart[2]
				flags, err := Default().AlikeAnswers.Flags(p.sheets(100 + seed))
				if err != nil {
					t.Fatal(err)
				}
				surveys++
				flagged += min(1, len(flags))
			}
		}
	}
	if 100*flagged > surveys {
		t.Errorf("got groups in %d of %d honest surveys, want at most one in a hundred", flagged, surveys)
	}
}

// TestCommonAnswers: an answer that a third of all give, and those of people who give one answer throughout, are no
// sign and no burden.
func TestCommonAnswers(t *testing.T) {
	p := survey
	p.respondents = 30_000
	sheets := p.sheets(23)
	for i := range sheets {
		switch i % 3 {
		case 0:
			sheets[i].Answers = points(80, 80, 80, 80, 90, 90, 90, 90, 100, 100, 100, 100)
		case 1:
			sheets[i].Answers = points(100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)
		}
	}
	flags, err := Default().AlikeAnswers.Flags(sheets)
	wantSubjects(t, flags, err)
}

// TestDetection, by hand: of 20 items 18 must agree, which C(20,18) = 190 bands would find for certain. Of 40 bands tried,
// two sheets that agree in 18 items share one with probability 40/190; for 19 items, 19 of the 190 bands hit.
func TestDetection(t *testing.T) {
	r := Default().AlikeAnswers
	r.Bands = 40
	missed := 1.0
	for i := range 40 {
		missed *= float64(190-19-i) / float64(190-i)
	}
	for _, c := range []struct {
		items, agree int
		want         float64
	}{{20, 17, 0}, {20, 18, 40.0 / 190}, {20, 19, 1 - missed}, {20, 20, 1}, {12, 10, 0}, {12, 11, 1}, {12, 12, 1}} {
		if got := r.Detection(c.items, c.agree); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d of %d items: got %.15g, want %.15g", c.agree, c.items, got, c.want)
		}
	}
}

// TestPairsAreDetected plants 200 pairs that differ in two places, or one, of twenty, and asks that the share
// found lie within four standard errors of Detection.
func TestPairsAreDetected(t *testing.T) {
	const pairs = 200
	for _, bands := range []int{40, 190} {
		for _, agree := range []int{17, 18, 19} {
			r := Default().AlikeAnswers
			r.MinGroup, r.Bands = 2, bands
			sheets := unlike(2*pairs, 20, uint64(agree))
			random := rand.New(rand.NewPCG(7, 8))
			for i := range pairs {
				copyTo(sheets, i, pairs+i)
				for _, item := range random.Perm(20)[agree:] {
					sheets[pairs+i].Answers[item] = 101 * PerPoint
				}
			}
			flags, err := r.Flags(sheets)
			if err != nil {
				t.Fatal(err)
			}
			want := r.Detection(20, agree)
			if got := float64(len(flags)) / pairs; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/pairs) {
				t.Errorf("%d bands, %d of 20 alike: found %g of the pairs, want %g", bands, agree, got, want)
			}
		}
	}
}

// TestAlikeProperties: the order of rows does not matter, groups follow their members under other names, and sheets that
// are not compared change nothing.
func TestAlikeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sheets := unlike(rapid.IntRange(40, 80).Draw(t, "n"), 12, rapid.Uint64().Draw(t, "seed"))
		for range rapid.IntRange(0, 10).Draw(t, "copies") {
			from, to := rapid.IntRange(0, 39).Draw(t, "from"), rapid.IntRange(0, 39).Draw(t, "to")
			copyTo(sheets, from, to)
			sheets[to].Answers[rapid.IntRange(0, 11).Draw(t, "item")] = Missing
		}
		r := Default().AlikeAnswers
		want, err := r.Flags(sheets)
		if err != nil {
			t.Fatal(err)
		}
		more := append(slices.Clone(sheets), Sheet{"a", "", points(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)}, Sheet{"z", "", points(1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1)})
		moved := rapid.Permutation(more).Draw(t, "order")
		if got, _ := r.Flags(moved); encoded(t, got) != encoded(t, want) {
			t.Fatalf("another order and sheets that are not compared gave %v, want %v", got, want)
		}
		for i := range moved {
			moved[i].Respondent = "x" + moved[i].Respondent
		}
		got, _ := r.Flags(moved)
		for i := range want {
			if got[i].Subject != "x"+want[i].Subject || got[i].Statistic != want[i].Statistic || *got[i].PValue != *want[i].PValue {
				t.Fatalf("renamed, got %+v, want %+v", got[i], want[i])
			}
		}
	})
}

func TestUnevenSheets(t *testing.T) {
	r := Default().AlikeAnswers
	if _, err := r.Flags([]Sheet{{"a", "", points(1, 2)}, {"b", "", points(1)}}); !errors.Is(err, ErrUneven) {
		t.Errorf("two lengths: got %v", err)
	}
	if _, err := r.Flags([]Sheet{{"a", "", make([]int32, 65)}}); !errors.Is(err, ErrTooManyItems) {
		t.Errorf("65 items: got %v", err)
	}
	flags, err := r.Flags(unlike(29, 12, 1)) // too few
	wantSubjects(t, flags, err)
	sheets := unlike(30, mostItems, 1)
	copyTo(sheets, 3, 4, 5)
	flags, err = r.Flags(sheets)
	wantSubjects(t, flags, err, "r0000003")
}

// TestBands: all choices in lexical order when they are few, else different ones, the same every time.
func TestBands(t *testing.T) {
	want := [][]int{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}
	if got := bandsOf(4, 2, 6); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	sample := bandsOf(20, 18, 40)
	seen := map[string]bool{}
	for _, band := range sample {
		seen[fmt.Sprint(band)] = true
		if len(band) != 18 || !slices.IsSorted(band) {
			t.Errorf("got the band %v, want 18 items in order", band)
		}
	}
	if len(sample) != 40 || len(seen) != 40 || fmt.Sprint(sample) != fmt.Sprint(bandsOf(20, 18, 40)) {
		t.Errorf("got %d bands, %d different, want 40, the same every time", len(sample), len(seen))
	}
}

// TestBuckets: sheets share a bucket if and only if they agree on the band, and weights add up.
func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		sheets, rows, weights := make([]Sheet, n), make([]int32, n), make([]int32, n)
		total := map[string]int32{}
		band := []int{0, 2}
		key := func(i int) string { return fmt.Sprint(sheets[i].Answers[0], sheets[i].Answers[2]) }
		for i := range n {
			sheets[i].Answers = points(rapid.Int32Range(-1, 3).Draw(t, "0"), rapid.Int32Range(0, 9).Draw(t, "1"), rapid.Int32Range(0, 2).Draw(t, "2"))
			rows[i], weights[i] = int32(i), rapid.Int32Range(1, 5).Draw(t, "weight")
			total[key(i)] += weights[i]
		}
		b := fill(&buckets{}, sheets, rows, weights, band)
		if len(b.first) != len(total) {
			t.Fatalf("got %d buckets, want %d", len(b.first), len(total))
		}
		for i := range n {
			if first := int(b.first[b.of[i]]); key(first) != key(i) || first > i || b.weight[b.of[i]] != total[key(i)] {
				t.Fatalf("sheet %d: got bucket %d of sheet %d with weight %d, want %d", i, b.of[i], first, b.weight[b.of[i]], total[key(i)])
			}
		}
	})
}

// TestChanceAddsUp: over all answers that were given to an item, chances add up to 1.
func TestChanceAddsUp(t *testing.T) {
	sheets := survey.sheets(24)
	rows := make([]int32, len(sheets))
	for i := range rows {
		rows[i] = int32(i)
	}
	c := chanceOf(sheets, rows)
	if len(c.sizes) < 12 {
		t.Errorf("got %d strata, want at least 12", len(c.sizes))
	}
	for item := range survey.items {
		sum, answers := 0.0, make([]int32, survey.items)
		for v := range c.code[item] {
			answers[item] = v
			sum += c.of(answers, []int{item})
		}
		near(t, "sum of chances", sum, new(1.0), 1e-12)
	}
}

// BenchmarkAlikeAnswers shows the growth of cost and memory with the number of respondents: 12 items, 5-point steps, five
// in a thousand copies.
func BenchmarkAlikeAnswers(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		p := survey
		p.respondents = n
		sheets := p.sheets(25)
		for i := 0; i < n; i += 200 {
			copyTo(sheets, i-i%10_000, i)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Default().AlikeAnswers.Flags(sheets); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/respondent")
		})
	}
}
