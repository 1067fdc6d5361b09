package api_test

import (
	"net/http"
	"slices"
	"testing"

	"pingxin/dashboards/api"
)

// TestEvaluationsByTypeAndMissingParty: the evaluations of a type are those of the suppliers that the ratings list by that type, and
// those that lack a party say so in their slips, and no others do.
func TestEvaluationsByTypeAndMissingParty(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	read := func(path string) page { return got[page](t, s.get(t, "finance", path+"&per_page=500"), http.StatusOK) }
	of := map[string]bool{}
	for _, r := range read("/ratings?type=private_non_enterprise").Items {
		of[r.ID] = true
	}
	numbers := func(query string) (all []string) {
		for _, e := range read("/evaluations?" + query).Items {
			all = append(all, e.ContractNo)
		}
		return all
	}
	ofType, lacking, seen := numbers("type=private_non_enterprise"), numbers("missing=recipient"), map[bool]int{}
	for i, e := range read("/evaluations?sort=contract").Items {
		if slices.Contains(ofType, e.ContractNo) != of[e.SupplierID] {
			t.Errorf("%s of %s: found by type %t", e.ContractNo, e.SupplierID, !of[e.SupplierID])
		}
		if i >= 12 { // slips are dear
			continue
		}
		slip := got[struct{ Evaluation struct{ Missing []string } }](t, s.get(t, "finance", "/evaluations/"+e.ContractNo), http.StatusOK)
		missing := slices.Contains(slip.Evaluation.Missing, "recipient")
		if slices.Contains(lacking, e.ContractNo) != missing {
			t.Errorf("%s lacks %v: found by its missing recipients %t", e.ContractNo, slip.Evaluation.Missing, !missing)
		}
		seen[missing]++
	}
	if len(ofType) == 0 || seen[true] == 0 || seen[false] == 0 {
		t.Errorf("the sample shows too little: %d of the type, recipients missing %v", len(ofType), seen)
	}
}
