package reduce

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/calibration"
)

// PeerGroup names the contracts that one is compared with: those of its catalogue item and budget year.
func PeerGroup(item string, year int) string { return item + "/" + strconv.Itoa(year) }

// Calibrated reads a calibration as an input of a run; nil for none.
func Calibrated(ctx context.Context, r *store.Reader, id int) (*scoring.Calibration, error) {
	if id == 0 {
		return nil, nil
	}
	c := &scoring.Calibration{Peers: map[string]scoring.Peer{}, Raters: map[int32]scoring.Rater{}, Quartiles: map[scoring.QuartileKey]scoring.Quartile{}}
	err := scan(ctx, r, "calibrated_peers", scope{}, []any{int32(id)}, func(b columns, i int) {
		c.Peers[b.text(0, i)] = scoring.Peer{Mean: b.float(1, i), Variance: b.float(2, i), N: int(b.int32(3, i))}
	})
	if err != nil {
		return nil, err
	}
	err = scan(ctx, r, "calibrated_quartiles", scope{}, []any{int32(id)}, func(b columns, i int) {
		key := scoring.QuartileKey{Peer: b.text(0, i), Indicator: b.text(1, i), Party: scoring.Party(b.uint8s(2)[i])}
		c.Quartiles[key] = scoring.Quartile{Value: b.float(3, i), Spread: b.float(4, i), N: int(b.int32(5, i))}
	})
	if err != nil {
		return nil, err
	}
	var damaged error
	err = scan(ctx, r, "calibrated_raters", scope{}, []any{int32(id)}, func(b columns, i int) {
		rater := scoring.Rater{Severity: b.int32(1, i), Comparable: b.bool(2, i)}
		if err := json.Unmarshal([]byte(b.text(3, i)), &rater.Flags); err != nil {
			damaged = fmt.Errorf("flags of rater %d in calibration %d: %w", b.int32(0, i), id, err)
		}
		c.Raters[b.int32(0, i)] = rater
	})
	if err == nil {
		err = damaged
	}
	return c, err
}

// Peers are the contracts, in the order of their numbers, with their keys and the keys of each peer group.
type Peers struct {
	Contracts []calibration.Contract
	Number    map[int32]int32    // of a contract in Contracts, by key
	Groups    map[string][]int32 // keys of the contracts of a peer group, in order
}

// ContractPeers reads who is compared with whom.
func ContractPeers(ctx context.Context, r *store.Reader, watermark int) (Peers, error) {
	p := Peers{Number: map[int32]int32{}, Groups: map[string][]int32{}}
	number := func(b columns, i int) string { return b.text(0, i) }
	var keys []int32
	err := scanVersions(ctx, r, "contract_peers", scope{Watermark: watermark}, nil, number, func(b columns, i int, again bool) {
		c := calibration.Contract{No: b.text(0, i), Supplier: b.text(3, i), Peer: PeerGroup(b.text(4, i), int(b.int32(5, i))),
			StartDay: int32(b.days(6)[i]), EndDay: int32(b.days(7)[i])}
		if again {
			p.Contracts, keys = p.Contracts[:len(p.Contracts)-1], keys[:len(keys)-1]
		}
		p.Contracts, keys = append(p.Contracts, c), append(keys, b.int32(2, i))
	})
	for i, c := range p.Contracts {
		p.Number[keys[i]] = int32(i)
		p.Groups[c.Peer] = append(p.Groups[c.Peer], keys[i])
	}
	for _, keys := range p.Groups {
		slices.Sort(keys)
	}
	return p, err
}

// Answers reads the scores of some parties on some contracts in the window from since to the day of the snapshot, with
// the names of who gave them, each list of names in order.
func Answers(ctx context.Context, r *store.Reader, q Question, since time.Time, peers Peers, parties ...scoring.Party) ([]calibration.Score, calibration.Names, error) {
	within := q.scope(q.Contracts)
	words := make([]string, len(parties))
	for i, p := range parties {
		words[i] = strconv.Itoa(int(p))
	}
	within.Parties = strings.Join(words, ", ")
	names := calibration.Names{Contracts: peers.Contracts}
	indicatorNumber := numbered(q.Indicators, &names.Indicators)
	var scores []calibration.Score
	arrived := map[string]int32{} // raters in the order of arrival
	err := scan(ctx, r, "answers", within, []any{q.AsOf, since}, func(b columns, i int) {
		id := b.text(5, i)
		rater, known := arrived[id]
		if !known {
			rater = int32(len(arrived))
			arrived[id] = rater
		}
		scores = append(scores, calibration.Score{Contract: peers.Number[b.int32(0, i)], Rater: rater, Indicator: indicatorNumber[b.int16(1, i)],
			Party: scoring.Party(b.uint8s(2)[i]), Value: b.int32(3, i), Day: int32(b.days(4)[i])})
	})
	raterNumber := numbered(inverted(arrived), &names.Raters)
	for i := range scores {
		scores[i].Rater = raterNumber[scores[i].Rater]
	}
	return scores, names, err
}

func inverted(numbers map[string]int32) map[int32]string {
	names := make(map[int32]string, len(numbers))
	for name, n := range numbers {
		names[n] = name
	}
	return names
}

// numbered lists the names in order and returns the place of each by its key.
func numbered[K int16 | int32](names map[K]string, list *[]string) map[K]K {
	for _, name := range names {
		*list = append(*list, name)
	}
	slices.Sort(*list)
	number := make(map[K]K, len(names))
	for key, name := range names {
		at, _ := slices.BinarySearch(*list, name)
		number[key] = K(at)
	}
	return number
}

// RaterKeys reads the key of every rater by name.
func RaterKeys(ctx context.Context, r *store.Reader) (map[string]int32, error) {
	keys := map[string]int32{}
	err := scan(ctx, r, "rater_keys", scope{}, nil, func(b columns, i int) { keys[b.text(1, i)] = b.int32(0, i) })
	return keys, err
}
