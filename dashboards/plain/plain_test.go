package plain

import (
	"math"
	"testing"
	"time"
)

type inner struct {
	ContractNo string
	Value      float64
}

type outer struct {
	inner
	Hidden    string `json:"-"`
	Named     int    `json:"other_name,omitempty"`
	ScoredOn  time.Time
	StartedAt time.Time
	EndsOn    time.Time
	Parts     [2]float64
	List      []inner
	Below     *inner
	ByParty   map[string]float64
}

func TestValue(t *testing.T) {
	at := time.Date(2025, 12, 31, 4, 5, 6, 0, time.UTC)
	got, err := JSON(outer{inner: inner{ContractNo: "甲<1>", Value: math.NaN()}, Hidden: "secret", ScoredOn: at, StartedAt: at, Parts: [2]float64{1.5, math.Inf(1)},
		ByParty: map[string]float64{"recipient": math.NaN()}})
	const want = `{"below":null,"by_party":{"recipient":null},"contract_no":"甲\u003c1\u003e","ends_on":null,"list":[],"other_name":0,"parts":[1.5,null],` +
		`"scored_on":"2025-12-31","started_at":"2025-12-31T04:05:06Z","value":null}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{"ContractNo": "contract_no", "SHA256": "sha256", "ScoreE4": "score_e4", "NEffective": "n_effective", "SupplierID": "supplier_id", "SE": "se",
		"ZHTitle": "zh_title", "At": "at"} {
		if got := Snake(name); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
}
