package cohort

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pingxin/scoring/raters"
)

var inEnglish = RatingColumns{"object", "rater", "value"}

// TestRatings: long and wide hold the same; rows and columns in another order give the same; a rater without a value counts.
func TestRatings(t *testing.T) {
	want := &Ratings{[]string{"C1", "C2"}, []string{"甲", "乙", "丙"}, nil}
	want.Raters = distinct(want.Raters)
	at := func(rater string) int32 {
		for i, name := range want.Raters {
			if name == rater {
				return int32(i)
			}
		}
		return -1
	}
	want.Cells = []raters.Cell{{Rater: at("甲"), Object: 0, Value: 80}, {Rater: at("乙"), Object: 0, Value: 82.5}, {Rater: at("甲"), Object: 1, Value: 70}}
	for name, read := range map[string]func() (*Ratings, error){
		"long": func() (*Ratings, error) {
			return read(t, "对象,评分人,年,分数\nC1,甲,1,80\nC1,乙,2,82.5\nC2,甲,3,70\nC2,丙,4,\n").LongRatings(RatingColumns{"对象", "评分人", "分数"})
		},
		"wide": func() (*Ratings, error) {
			return read(t, "对象,甲,乙,丙\nC1,80,82.5,\nC2,70,,\n").WideRatings("对象")
		},
		"moved": func() (*Ratings, error) {
			return read(t, "丙,对象,乙,甲\n,C2,,70\n,C1,82.5,80\n").WideRatings("对象")
		},
	} {
		got, err := read()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got.Objects, want.Objects) || !reflect.DeepEqual(got.Raters, want.Raters) || !sameCells(got.Cells, want.Cells) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	got, err := read(t, "a,b\n1,2\n3,\n5,6\n").WideRatings("")
	if table := got.Complete(); err != nil || !reflect.DeepEqual(table, [][]float64{{1, 2}, {5, 6}}) || len(got.Objects) != 3 {
		t.Errorf("got %v of %v, %v", table, got, err)
	}
}

func sameCells(a, b []raters.Cell) bool {
	set := map[raters.Cell]int{}
	for _, c := range a {
		set[c]++
	}
	for _, c := range b {
		set[c]--
	}
	for _, n := range set {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestRatingsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text, wideBy string
		wide         bool
		want         string
	}{
		"no column":     {text: "object,who,value\na,b,1\n", want: `found no column "rater" for the rater, expected one of object, who, value`},
		"no number":     {text: "object,rater,value\na,b,1\na,c,good\n", want: `row 3, column value: found "good", expected a number`},
		"no object":     {text: "object,rater,value\n,b,1\n", want: `row 2, column object: found "", expected the name of an object`},
		"no rater":      {text: "object,rater,value\na,,1\n", want: `row 2, column rater: found "", expected the name of a rater`},
		"twice":         {text: "object,rater,value\na,b,1\nc,b,1\na,b,2\n", want: `row 4, column rater: found "b", expected a rater who rates a once; row 2 has both too`},
		"wide, no such": {text: "a,b\n1,2\n", wide: true, wideBy: "c", want: `found no column "c" for the object`},
		"wide, text":    {text: "a,b\n1,x\n", wide: true, want: `row 2, column b: found "x", expected a number`},
		"wide, twice":   {text: "o,a\nx,2\nx,3\n", wide: true, wideBy: "o", want: `row 3, column o: found "x", expected an object of its own; row 2 has it too`},
		"wide, unnamed": {text: "o,a\n,2\n", wide: true, wideBy: "o", want: `row 2, column o: found "", expected the name of an object`},
	} {
		table := read(t, c.text)
		_, err := table.LongRatings(inEnglish)
		if c.wide {
			_, err = table.WideRatings(c.wideBy)
		}
		if !errors.Is(err, ErrTable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
