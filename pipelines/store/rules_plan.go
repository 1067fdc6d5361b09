package store

import "fmt"

// planRules are what plans, contracts and their money have to meet together, whoever brings the file.
func planRules(a Acceptance) []rule {
	switch a.Kind {
	case "payment":
		return []rule{withinContract(`SELECT stage, arg_max(p.amount_fen, p.batch_id) AS fen, contract_no FROM payment p JOIN agreed USING (contract_key) GROUP BY ALL`,
			paidAbove)}
	case "payment_schedule":
		return []rule{withinContract(`SELECT stage, arg_max(p.amount_fen, p.batch_id) AS fen, contract_no FROM payment_schedule p SEMI JOIN agreed USING (contract_no) GROUP BY ALL`,
			scheduledAbove), afterSigning("due_on")}
	case "contract_plan":
		return []rule{samePurchaser, sameYear}
	case "plan_review":
		return []rule{approvedAtMost}
	case "plan_item":
		if !a.Scope.All {
			return []rule{ownStatus}
		}
	}
	return nil
}

// yuanText writes fen as yuan.
func yuanText(fen string) string {
	return fmt.Sprintf(`printf('%%d.%%02d', %s // 100, %s %% 100)`, fen, fen)
}

// withinContract: what is paid, or to be paid, of a contract comes to its amount at most, with what was accepted before.
// earlier is the query for that: contract_no, stage, fen.
func withinContract(earlier string, fault func(found, more string) Fault) rule {
	return rule{`WITH agreed AS (SELECT contract_no, contract_key, arg_max(amount_fen, batch_id) AS most FROM contract WHERE contract_no IN (SELECT contract_no FROM staging) GROUP BY ALL),
		before AS (` + earlier + `),
		total AS (SELECT contract_no, sum(fen)::BIGINT AS fen FROM (SELECT contract_no, amount_fen AS fen FROM staging
			UNION ALL SELECT contract_no, fen FROM before ANTI JOIN staging USING (contract_no, stage)) GROUP BY contract_no)
		SELECT s.row_no, ` + yuanText("total.fen") + ` AS found, ` + yuanText("most") + ` AS more FROM staging s JOIN total USING (contract_no) JOIN agreed USING (contract_no) WHERE total.fen > most`, fault}
}

func paidAbove(found, most string) Fault {
	return Fault{Column: "amount_yuan", Cause: "payment_above_contract", Found: found + " yuan in all", Expected: "at most the contract's " + most + " yuan",
		Mend: "correct the amount, or bring the amended contract first", Params: map[string]string{"most": most}}
}

func scheduledAbove(found, most string) Fault {
	return Fault{Column: "amount_yuan", Cause: "schedule_above_contract", Found: found + " yuan in all", Expected: "at most the contract's " + most + " yuan",
		Mend: "correct the amount, or bring the amended contract first", Params: map[string]string{"most": most}}
}

// afterSigning: nothing falls due, is reached or occurs before the contract of a service is signed.
func afterSigning(column string) rule {
	return rule{fmt.Sprintf(`SELECT s.row_no, s.%s::VARCHAR AS found, c.signed_on::VARCHAR AS more FROM staging s JOIN `+latestContract+` c USING (contract_no) WHERE s.%s < c.signed_on`, column, column),
		func(found, signed string) Fault {
			return Fault{Column: column, Cause: "before_signing", Found: found, Expected: "a day on or after " + signed + ", on which the contract was signed",
				Mend: "correct one of the two days", Params: map[string]string{"day": signed}}
		}}
}

const latestPlan = `(SELECT * FROM plan_item QUALIFY row_number() OVER (PARTITION BY plan_no ORDER BY batch_id DESC, row_no DESC) = 1)`

// samePurchaser: a contract carries out a plan of who buys.
var samePurchaser = rule{`SELECT s.row_no, s.plan_no AS found, c.purchaser_id AS more FROM staging s JOIN ` + latestContract + ` c USING (contract_no) JOIN ` + latestPlan + ` p USING (plan_no)
	WHERE p.purchaser_id <> c.purchaser_id`,
	func(found, purchaser string) Fault {
		return Fault{Column: "plan_no", Cause: "plan_of_another", Found: found, Expected: "a plan item of " + purchaser + ", who buys by the contract", Mend: "correct the number",
			Params: map[string]string{"purchaser": purchaser}}
	}}

// sameYear: a contract is paid from the budget of the year that it was planned for.
var sameYear = rule{`SELECT s.row_no, s.plan_no AS found, c.budget_year::VARCHAR AS more FROM staging s JOIN ` + latestContract + ` c USING (contract_no) JOIN ` + latestPlan + ` p USING (plan_no)
	WHERE p.year <> c.budget_year`,
	func(found, year string) Fault {
		return Fault{Column: "plan_no", Cause: "plan_of_another_year", Found: found, Expected: "a plan item of " + year + ", the contract's budget year", Mend: "correct the number",
			Params: map[string]string{"year": year}}
	}}

// approvedAtMost: an approval gives what was asked for at most.
var approvedAtMost = rule{`SELECT s.row_no, ` + yuanText("approved_fen") + ` AS found, ` + yuanText("p.amount_fen") + ` AS more FROM staging s JOIN ` + latestPlan + ` p USING (plan_no)
	WHERE approved_fen > p.amount_fen`,
	func(found, most string) Fault {
		return Fault{Column: "approved_yuan", Cause: "approved_above_plan", Found: found, Expected: "at most the " + most + " yuan that the plan item asks for",
			Mend: "correct the amount, or have the plan item submitted anew", Params: map[string]string{"most": most}}
	}}

// ownStatus: who submits a plan does not approve it.
var ownStatus = rule{`SELECT row_no, status AS found, NULL AS more FROM staging WHERE status = 'approved'`,
	func(found, _ string) Fault {
		return Fault{Column: "status", Cause: "approval_not_yours", Found: found, Expected: "submitted or cancelled: the finance bureau approves", Mend: "write submitted"}
	}}
