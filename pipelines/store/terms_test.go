package store

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pingxin/credit"
	"pingxin/scoring"
)

// reals are numbers that a slip holds, the odd ones often.
var reals = rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Float64frombits(0xfff8000000000001), math.Inf(1), math.Inf(-1),
	math.MaxFloat64, math.SmallestNonzeroFloat64, 87.5}))

// words come again and again, as indicators do; some are new.
var words = rapid.OneOf(rapid.SampledFrom([]string{"", "quality", "quality_attitude", "满意度", "a\x00b"}), rapid.String())

var wholes = rapid.OneOf(rapid.Int(), rapid.SampledFrom([]int{0, -1, 63, 64, math.MaxInt64, math.MinInt64}))

var slips = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scoring.Part {
	return scoring.Part{Indicator: words.Draw(t, "indicator"), Parent: words.Draw(t, "parent"), Party: scoring.Party(rapid.Byte().Draw(t, "party")), N: wholes.Draw(t, "n"),
		NEffective: reals.Draw(t, "n_effective"), Plain: reals.Draw(t, "plain"), Raw: reals.Draw(t, "raw"), Adjusted: reals.Draw(t, "adjusted"), Value: reals.Draw(t, "value"), SE: reals.Draw(t, "se"), Weight: reals.Draw(t, "weight"),
		Share: reals.Draw(t, "share"), Contribution: reals.Draw(t, "contribution"), Note: words.Draw(t, "note")}
}), 0, 20)

var ratingTerms = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) credit.Part {
	return credit.Part{Term: words.Draw(t, "term"), Ref: words.Draw(t, "ref"), Value: reals.Draw(t, "value"), AgeDays: wholes.Draw(t, "age"), Weight: reals.Draw(t, "weight"),
		Share: reals.Draw(t, "share"), Contribution: reals.Draw(t, "contribution"), Note: words.Draw(t, "note")}
}), 0, 20)

// shown is a list of terms as text, in which NaN equals NaN and, as in the hash of a result, zero is one zero.
func shown[P any](terms []P) string {
	return strings.ReplaceAll(fmt.Sprintf("%#v", terms), "-0,", "0,")
}

func TestTermsComeBack(t *testing.T) {
	t.Run("slip", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { comeBack(t, &SlipTerms, slips.Draw(t, "terms")) })
	})
	t.Run("rating", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { comeBack(t, &RatingTerms, ratingTerms.Draw(t, "terms")) })
	})
}

// comeBack checks that terms come back, that packing is canonical, and that no shorter or longer cell passes.
func comeBack[P any](t *rapid.T, shape *Terms[P], terms []P) {
	packed := shape.Pack(terms)
	back, err := shape.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if want := shown(append([]P{}, terms...)); shown(back) != want {
		t.Fatalf("came back as\n%s\nwas\n%s", shown(back), want)
	}
	if again := shape.Pack(back); !bytes.Equal(again, packed) {
		t.Fatalf("packed again as %x, was %x", again, packed)
	}
	cut := rapid.IntRange(0, len(packed)-1).Draw(t, "cut")
	if back, err := shape.Unpack(packed[:cut]); err == nil {
		t.Fatalf("%d of %d bytes passed as %s", cut, len(packed), shown(back))
	}
	if back, err := shape.Unpack(append(packed, 0)); err == nil {
		t.Fatalf("a byte too many passed as %s", shown(back))
	}
}

// TestNumbersComeBackBitByBit: of the numbers only NaN and zero are one each.
func TestNumbersComeBackBitByBit(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	for _, c := range []struct{ was, want float64 }{{math.NaN(), math.NaN()}, {negativeZero, 0}, {0, 0}, {math.Inf(1), math.Inf(1)}, {math.Inf(-1), math.Inf(-1)},
		{math.SmallestNonzeroFloat64, math.SmallestNonzeroFloat64}, {0.1 + 0.2, 0.1 + 0.2}} {
		back, err := RatingTerms.Unpack(RatingTerms.Pack([]credit.Part{{Value: c.was}}))
		if err != nil {
			t.Fatal(err)
		}
		if math.Float64bits(back[0].Value) != math.Float64bits(c.want) {
			t.Errorf("%v came back as %v, expected %v", c.was, back[0].Value, c.want)
		}
	}
}

// TestRepeatedTextsArePackedOnce: that is what keeps a slip small.
func TestRepeatedTextsArePackedOnce(t *testing.T) {
	long := strings.Repeat("quality", 100)
	one, ten := SlipTerms.Pack(make([]scoring.Part, 10)), make([]scoring.Part, 10)
	for i := range ten {
		ten[i].Indicator = long
	}
	if grew := len(SlipTerms.Pack(ten)) - len(one); grew > len(long)+10 {
		t.Errorf("ten terms with one text of %d bytes grew by %d bytes", len(long), grew)
	}
}

// TestPackingStays pins the bytes: they are part of the hashes of published runs.
func TestPackingStays(t *testing.T) {
	nan := math.NaN()
	parts := []scoring.Part{
		{Indicator: "a", Party: scoring.Recipient, N: 3, NEffective: nan, Plain: 0, Raw: nan, Adjusted: nan, Value: 1, SE: -2, Weight: 100, Note: "a"},
		{Indicator: "b", Parent: "a", N: -1, Raw: nan, Adjusted: nan, Note: "c"}}
	slip := SlipTerms.Pack(parts)
	parts[0].Adjusted = 1
	adjusted := SlipTerms.Pack(parts)
	rating := RatingTerms.Pack([]credit.Part{{Term: "evaluation", Ref: "C1", Value: 87.5, AgeDays: 40, Share: 1}})
	for _, c := range []struct{ name, found, want string }{
		{"slip", hex.EncodeToString(slip), "020001610100020600" + "01" + "02000000000000f03f" + "0200000000000000c0" + "020000000000005940" + "0101" + "00" +
			"020162" + "00" + "00" + "01" + "01010101010101" + "030163"},
		{"adjusted", hex.EncodeToString(adjusted), "828040" + hex.EncodeToString(slip)[2:] + "00" + "02000000000000f03f" + "00" + "00"}, // 2^20 + 2 terms
		{"rating", hex.EncodeToString(rating), "01" + "000a6576616c756174696f6e" + "01024331" + "020000000000e05540" + "50" + "01" + "02000000000000f03f" + "01" + "0200"},
	} {
		if c.found != c.want {
			t.Errorf("%s is packed as\n%s, expected\n%s", c.name, c.found, c.want)
		}
	}
}

// TestDamagedTerms: cells that no Pack wrote are errors with a sentence.
func TestDamagedTerms(t *testing.T) {
	whole := RatingTerms.Pack([]credit.Part{{Term: "evaluation", Ref: "C1", Value: 87.5}})
	changed := func(at int, by byte) []byte {
		damaged := bytes.Clone(whole)
		damaged[at] = by
		return damaged
	}
	for name, cell := range map[string][]byte{
		"empty":                        {},
		"null":                         nil,
		"more terms than bytes":        changed(0, 200),
		"a term too many":              changed(0, 2),
		"a term too few":               changed(0, 0),
		"a text before its first":      changed(1, 1),
		"a text longer than the cell":  changed(2, 250),
		"a number of no kind":          changed(2+1+len("evaluation")+2+len("C1"), 3),
		"a count without an end":       bytes.Repeat([]byte{0xff}, 20),
		"a count of 2^63":              append(bytes.Repeat([]byte{0x80}, 9), 1),
		"a text length of 2^63":        append([]byte{1, 0}, append(bytes.Repeat([]byte{0x80}, 9), 1)...),
		"as many terms as bytes, none": {3, 0, 0},
	} {
		if terms, err := RatingTerms.Unpack(cell); err == nil {
			t.Errorf("%s: passed as %s", name, shown(terms))
		} else {
			says(t, err, "damaged", fmt.Sprint(len(cell), " bytes"), "pingxin doctor")
		}
	}
}

// FuzzUnpack: no cell makes Unpack panic, and what it lets pass says the same after packing it again.
func FuzzUnpack(f *testing.F) {
	slip := SlipTerms.Pack([]scoring.Part{{Indicator: "quality", Party: scoring.Purchaser, N: 7, Value: 87.5, SE: math.NaN()}, {Indicator: "quality", Parent: "", Note: "thin"}})
	rating := RatingTerms.Pack([]credit.Part{{Term: "evaluation", Ref: "C1", Value: math.Inf(-1), AgeDays: -5}, {Term: "general", Ref: "X1"}})
	for _, seed := range [][]byte{nil, {0}, {1}, {255, 255, 255}, slip, slip[:len(slip)-3], rating, rating[:9], append(bytes.Repeat([]byte{0x80}, 9), 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		unpackAgain(t, &SlipTerms, cell)
		unpackAgain(t, &RatingTerms, cell)
	})
}

func unpackAgain[P any](t *testing.T, shape *Terms[P], cell []byte) {
	terms, err := shape.Unpack(cell)
	if err != nil {
		if terms != nil {
			t.Errorf("an error beside %d terms", len(terms))
		}
		return
	}
	again, err := shape.Unpack(shape.Pack(terms))
	if err != nil {
		t.Fatal(err)
	}
	if shown(again) != shown(terms) {
		t.Errorf("came back as\n%s\nwas\n%s", shown(again), shown(terms))
	}
}
