package store

import "pingxin/scoring"

// narrativeRules: who writes as the supplier or as the purchaser of a contract is the one of this contract.
var narrativeRules = []rule{
	writtenBy("supplier", "supplier_id", `author_id <> org`),
	writtenBy("purchaser", "purchaser_id", `author_id <> org AND NOT starts_with(author_id, org || '-')`),
}

// writtenBy finds the rows of a party whose author is not the organisation that the latest description of the contract has.
func writtenBy(party, column, other string) rule {
	return rule{`SELECT row_no, author_id AS found, org AS more FROM staging JOIN (SELECT contract_no, arg_max(` + column + `, batch_id) AS org FROM contract GROUP BY contract_no) USING (contract_no)
		WHERE party = ` + quote(party) + ` AND ` + other,
		func(found, org string) Fault {
			return Fault{Column: "author_id", Cause: "author_not_of_contract", Found: found, Expected: org + ", which the contract names", Mend: "correct the author, or the party",
				Params: map[string]string{"org": org}}
		}}
}

// authorRules: an evaluator brings what it wrote itself, a purchaser its own narratives and those that its suppliers handed in.
func authorRules(k factKind, a Acceptance) []rule {
	if org := ownOrganisation(a); org != "" && a.Party == scoring.ThirdParty.String() {
		return []rule{k.ofParty(a.Party), k.ofOrganisation(org, "author_id")}
	}
	if a.Party == scoring.Purchaser.String() {
		return []rule{notOfThirdParty}
	}
	return nil
}

// notOfThirdParty: what the third party wrote comes from itself.
var notOfThirdParty = rule{`SELECT row_no, party AS found, NULL AS more FROM staging WHERE party = 'third_party'`,
	func(found, _ string) Fault {
		return Fault{Column: "party", Cause: "party_not_yours", Found: found, Expected: "purchaser or supplier", Mend: "take the row out", Params: map[string]string{"party": "purchaser"}}
	}}
