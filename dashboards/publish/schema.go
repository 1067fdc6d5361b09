package publish

// The tables of the open data. Those above evaluation are evidence: what stands below them follows from them by the rules,
// and whoever has the bundle can see that it does.
var (
	organisations = table{"organisation", 1, []column{{"org_id", text}, {"name", text}, {"kind", text}, {"uscc", text}, {"supplier_type", text}, {"registered_on", day}}}

	catalogue = table{"catalogue", 1, []column{{"item_code", text}, {"name", text}, {"parent_code", text}, {"nature", text}, {"purchasable", truth}}}

	plans = table{"plan_item", 1, []column{{"plan_no", text}, {"plan_year", whole}, {"purchaser_id", text}, {"item_code", text}, {"project", text}, {"method", text}, {"amount_yuan", yuan}}}

	contracts = table{"contract", 1, []column{{"contract_no", text}, {"name", text}, {"purchaser_id", text}, {"supplier_id", text}, {"item_code", text}, {"budget_year", whole},
		{"method", text}, {"amount_yuan", yuan}, {"signed_on", day}, {"start_on", day}, {"end_on", day}, {"recipients", whole},
		{"last_on", day}, {"few_answers", list}}}

	payments = table{"payment", 2, []column{{"contract_no", text}, {"stage", text}, {"due_on", day}, {"paid_on", day}, {"amount_yuan", yuan}}}

	targets = table{"target", 2, []column{{"contract_no", text}, {"indicator", text}, {"target", real}, {"higher_is_better", truth}, {"actual", real}}}

	answers = table{"answer", 4, []column{{"contract_no", text}, {"indicator", text}, {"party", text}, {"rater_class", whole}, {"n", whole}, {"scores", text}}}

	raterClasses = table{"rater_class", 1, []column{{"rater_class", whole}, {"severity", real}, {"comparable", truth}, {"flags", list}}}

	peers = table{"peer", 1, []column{{"peer", text}, {"mean", real}, {"variance", real}, {"contracts", whole}}}

	quartiles = table{"peer_quartile", 3, []column{{"peer", text}, {"indicator", text}, {"party", text}, {"value", real}, {"spread", real}, {"contracts", whole}}}

	events = table{"credit_event", 2, []column{{"supplier_id", text}, {"event_id", text}, {"kind", text}, {"severity", text}, {"occurred_on", day}, {"ends_on", day},
		{"repaired_on", day}, {"authority", text}, {"document_no", text}, {"contract_no", text}}}

	listings = table{"listing", 2, []column{{"supplier_id", text}, {"case_no", text}, {"listed_on", day}, {"until_on", day}, {"ended_on", day}}}

	inspections = table{"inspection", 2, []column{{"supplier_id", text}, {"year", whole}, {"result", text}}}

	assessmentItems = table{"assessment_item", 4, []column{{"supplier_id", text}, {"section", text}, {"item", text}, {"assessed_on", day}, {"points", real}, {"max_points", real}}}

	evaluations = table{"evaluation", 1, []column{{"contract_no", text}, {"status", text}, {"grade", text}, {"uncapped_grade", text}, {"value", real}, {"low", real}, {"high", real},
		{"standard_error", real}, {"plain", real}, {"shrunken", real}, {"reliability", real}, {"n_purchaser", whole}, {"n_recipient", whole}, {"n_third_party", whole},
		{"missing", list}, {"caps", list}, {"warnings", list}, {"withheld", text}}}

	evaluationParts = table{"evaluation_part", 2, []column{{"contract_no", text}, {"seq", whole}, {"indicator", text}, {"parent", text}, {"party", text}, {"n", whole},
		{"n_effective", real}, {"plain", real}, {"value", real}, {"standard_error", real}, {"weight_pct", real}, {"share", real}, {"contribution", real}, {"note", text}}}

	ratings = table{"rating", 1, []column{{"supplier_id", text}, {"status", text}, {"level", text}, {"uncapped_level", text}, {"stars", whole}, {"score", real},
		{"performance", real}, {"conduct", real}, {"evaluations", whole}, {"cases", whole}, {"caps", list}, {"reasons", list}, {"lift", list}, {"withheld", text}}}

	ratingParts = table{"rating_part", 2, []column{{"supplier_id", text}, {"seq", whole}, {"term", text}, {"ref", text}, {"value", real}, {"age_days", whole}, {"weight", real},
		{"share", real}, {"contribution", real}, {"note", text}}}

	assessments = table{"assessment_grade", 1, []column{{"supplier_id", text}, {"status", text}, {"grade", text}, {"points", real}, {"assessed_on", day}, {"valid_until", day}, {"notes", list}}}

	changes = table{"change", 2, []column{{"subject", text}, {"id", text}, {"change", text}, {"cause", text}, {"grade_before", text}, {"grade_after", text},
		{"value_before", real}, {"value_after", real}}}

	releases = table{"release", 1, []column{{"release", whole}, {"run", whole}, {"run_hash", text}, {"as_of", day}, {"hash", text}, {"previous", text}}}
)

// tables lists every table, evidence first, then what follows from it, then what is said of the releases.
var tables = []*table{&organisations, &catalogue, &plans, &contracts, &payments, &targets, &answers, &raterClasses, &peers, &quartiles, &events, &listings, &inspections, &assessmentItems,
	&evaluations, &evaluationParts, &ratings, &ratingParts, &assessments, &changes, &releases}

// told are the tables that tell of the releases, and so are no part of what makes a release a new one.
var told = []*table{&changes, &releases}

// Why numbers are left out, in the column "withheld". Each has its sentence under "public.withheld." and the word.
const (
	// fewAnswers: fewer than store.MinRecipients recipients answered some of the questions. Their answers do not count in the
	// evaluation, which can be computed without them.
	fewAnswers = "few_answers"
	// fewAnswersCount: likewise, but they do count, so that the numbers would tell them. The grade alone is published.
	fewAnswersCount = "few_answers_count"
	// restsWithheld: the rating rests on an evaluation whose numbers are withheld.
	restsWithheld = "rests_on_withheld"
)
