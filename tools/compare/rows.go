package main

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"pingxin/pipelines/policy"
	"pingxin/scoring"
)

//go:embed engines policy.toml
var embedded embed.FS

// The shape of the rows: of the 500 of a contract five are its purchaser's and twenty third parties', as a district has them.
const (
	perContract   = 500
	perPurchaser  = 5
	perThirdParty = 20
	perSupplier   = 8 // contracts
	seed          = 20251231
)

// lay writes everything that the programs read into the directory.
func (c *comparison) lay(rows int) error {
	if err := os.MkdirAll(filepath.Join(c.dir, "compared"), 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(c.dir, embedded); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	p, err := policy.Load(filepath.Join(c.dir, "policy.toml"))
	if err != nil {
		return err
	}
	contracts := max(1, rows/perContract)
	for name, write := range map[string]func(io.Writer){
		"organisation.csv":          func(w io.Writer) { writeOrganisations(w, contracts) },
		"catalog_item.csv":          func(w io.Writer) { fmt.Fprint(w, "item_code,name,purchasable\nA1,service,true\n") },
		"contract.csv":              func(w io.Writer) { writeContracts(w, contracts) },
		"score.csv":                 func(w io.Writer) { writeScores(w, rows, p.Evaluation.Indicators) },
		"compared/contract.csv":     func(w io.Writer) { writeAmounts(w, contracts) },
		"compared/leaf_weight.csv":  func(w io.Writer) { writeLeaves(w, p.Evaluation.Indicators) },
		"compared/party_weight.csv": func(w io.Writer) { writeParties(w, p.Evaluation.Indicators) },
	} {
		if err := writeFile(filepath.Join(c.dir, name), write); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer)) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	write(w)
	return w.Flush() // which tells of every error before
}

func supplierOf(contract int) string { return fmt.Sprintf("S%05d", contract/perSupplier) }
func numberOf(contract int) string   { return fmt.Sprintf("C%06d", contract) }

// amountOf is in yuan, from a hundred thousand to a million.
func amountOf(contract int) int { return 100_000 + contract*7919%900_000 }

func writeOrganisations(w io.Writer, contracts int) {
	fmt.Fprint(w, "org_id,name,kind\nP1,purchaser,purchaser\n")
	for i := 0; i < contracts; i += perSupplier {
		fmt.Fprintf(w, "%s,supplier %d,supplier\n", supplierOf(i), i/perSupplier)
	}
}

func writeContracts(w io.Writer, contracts int) {
	fmt.Fprintln(w, "contract_no,purchaser_id,supplier_id,item_code,method,amount_yuan,start_on,end_on,budget_year")
	for i := range contracts {
		fmt.Fprintf(w, "%s,P1,%s,A1,open_tender,%d,2025-01-01,2025-12-20,2025\n", numberOf(i), supplierOf(i), amountOf(i))
	}
}

func writeAmounts(w io.Writer, contracts int) {
	fmt.Fprintln(w, "contract_no,supplier_id,amount_yuan")
	for i := range contracts {
		fmt.Fprintf(w, "%s,%s,%d\n", numberOf(i), supplierOf(i), amountOf(i))
	}
}

// writeScores writes the scores of one contract after another: a few hundred whole points and halves around a level of its own.
func writeScores(w io.Writer, rows int, tree []scoring.Indicator) {
	fmt.Fprintln(w, "contract_no,indicator,party,evaluator_id,score,scored_on")
	random := rand.New(rand.NewPCG(seed, seed))
	asked := map[string][]string{}
	for _, i := range tree {
		for party := range i.Parties {
			asked[party] = append(asked[party], i.ID)
		}
	}
	level := 0
	for row := range rows {
		place := row % perContract
		if place == 0 {
			level = 110 + random.IntN(50) // in halves
		}
		party, who := partyAt(place)
		indicator := asked[party][who%len(asked[party])]
		fmt.Fprintf(w, "%s,%s,%s,%s%d,%g,2025-12-01\n", numberOf(row/perContract), indicator, party, strings.ToUpper(party[:1]), who/len(asked[party]), float64(level+random.IntN(40))/2)
	}
}

// partyAt is the party of a row of a contract, and the number of the row among the party's.
func partyAt(place int) (party string, number int) {
	switch {
	case place < perPurchaser:
		return scoring.Purchaser.String(), place
	case place < perPurchaser+perThirdParty:
		return scoring.ThirdParty.String(), place - perPurchaser
	default:
		return scoring.Recipient.String(), place - perPurchaser - perThirdParty
	}
}

// writeLeaves and writeParties give the other programs the weights of the policy.
func writeLeaves(w io.Writer, tree []scoring.Indicator) {
	weight := map[string]float64{}
	for _, i := range tree {
		weight[i.ID] = i.Weight
	}
	fmt.Fprintln(w, "indicator,weight,parent,parent_weight")
	for _, i := range tree {
		if i.Parent != "" {
			fmt.Fprintf(w, "%s,%g,%s,%g\n", i.ID, i.Weight, i.Parent, weight[i.Parent])
		}
	}
}

func writeParties(w io.Writer, tree []scoring.Indicator) {
	fmt.Fprintln(w, "indicator,party,weight")
	for _, i := range tree {
		for party, weight := range i.Parties {
			fmt.Fprintf(w, "%s,%s,%g\n", i.ID, party, weight)
		}
	}
}
