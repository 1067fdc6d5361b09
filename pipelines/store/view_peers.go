package store

import (
	"context"
	"fmt"
	"slices"
)

// Peer is the mean of one dimension over the contracts of the same catalogue item.
type Peer struct {
	Indicator string
	Mean      float64
	Contracts int
}

// peerRoll is the dimensions of all contracts of a district by their items: whoever opens a slip compares it with those of its item.
type peerRoll struct {
	indicators []string
	items      map[string]*itemDimensions
}

// itemDimensions are those of the contracts of one item, in the order of their keys. Those of a contract follow each other in the
// order of the tree.
type itemDimensions struct {
	keys       []int32
	ends       []int32   // of each contract: where its dimensions end
	indicators []int32   // of each dimension, as its place in the roll
	values     []float64 // of each dimension
}

// peerRoll returns the dimensions of the view.
func (v *View) peerRoll(ctx context.Context) (*peerRoll, error) {
	v = v.ofRun()
	text := v.with() + `SELECT item_code, contract_key, dimensions AS packed, false FROM e WHERE dimensions IS NOT NULL
		UNION ALL SELECT item_code, contract_key, parts, true FROM e WHERE dimensions IS NULL ORDER BY contract_key`
	return ofDistrict(ctx, v, text, func(m *recall) *PerRun[*peerRoll] { return &m.peers }, func() (*peerRoll, error) { return v.readPeers(ctx, text) })
}

func (v *View) readPeers(ctx context.Context, text string) (*peerRoll, error) {
	rows, err := v.query(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("read dimensions: %w", err)
	}
	defer rows.Close()
	r, places := &peerRoll{items: map[string]*itemDimensions{}}, map[string]int32{}
	for rows.Next() {
		var item string
		var key int32
		var packed []byte
		var older bool // written by a program that did not keep dimensions apart from the slip
		if err := rows.Scan(&item, &key, &packed, &older); err != nil {
			return nil, fmt.Errorf("read dimensions: %w", err)
		}
		own, err := unpackDimensions(packed, older)
		if err != nil {
			return nil, fmt.Errorf("read dimensions of the item %s: %w", item, err)
		}
		r.add(places, item, key, own)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read dimensions: %w", err)
	}
	return r, nil
}

// unpackDimensions reads the dimensions of a contract, or takes them from its slip.
func unpackDimensions(packed []byte, slip bool) ([]Dimension, error) {
	if !slip {
		return DimensionTerms.Unpack(packed)
	}
	parts, err := SlipTerms.Unpack(packed)
	return AppendDimensions(nil, parts), err
}

// add adds the dimensions of a contract, whose key is above all before; places are those of the indicators so far.
func (r *peerRoll) add(places map[string]int32, item string, key int32, own []Dimension) {
	of := r.items[item]
	if of == nil {
		of = &itemDimensions{}
		r.items[item] = of
	}
	for _, d := range own {
		of.indicators, of.values = append(of.indicators, placeOf(places, &r.indicators, d.Indicator, itself)), append(of.values, d.Value)
	}
	of.keys, of.ends = append(of.keys, key), append(of.ends, int32(len(of.values)))
}

// Bytes is about how much memory the roll takes.
func (r *peerRoll) Bytes() int {
	const ofContract, ofDimension, ofItem = 8, 12, 256
	bytes := 0
	for _, of := range r.items {
		bytes += len(of.keys)*ofContract + len(of.values)*ofDimension + ofItem
	}
	return bytes
}

// Peers reads the means of the dimensions over the other contracts of the item, in the order of the tree.
func (v *View) Peers(ctx context.Context, e *Evaluation) ([]Peer, error) {
	r, err := v.peerRoll(ctx)
	if err != nil || r.items[e.ItemCode] == nil {
		return nil, err
	}
	of, from := r.items[e.ItemCode], int32(0)
	var peers []Peer
	for i, key := range of.keys {
		own := from
		from = of.ends[i]
		if key == e.Key {
			continue
		}
		for ; own < from; own++ {
			indicator := r.indicators[of.indicators[own]]
			at := slices.IndexFunc(peers, func(d Peer) bool { return d.Indicator == indicator })
			if at < 0 {
				at, peers = len(peers), append(peers, Peer{Indicator: indicator})
			}
			peers[at].Mean += of.values[own]
			peers[at].Contracts++
		}
	}
	for i := range peers {
		peers[i].Mean /= float64(peers[i].Contracts)
	}
	return peers, nil
}
