package dashboards

import (
	"bytes"
	"fmt"
	"html/template"

	"pingxin/pipelines/policy"
)

// method is one way of computing, explained on a page of its own. Its texts in both languages and its formula stand in
// templates/methods under its id.
type method struct {
	ID, Group string
	Keys      []string // of the policy file, by which it is set; none: no policy changes it
}

// methodGroups are the headings of the index, in order.
var methodGroups = []string{"location", "contract", "uncertainty", "raters", "integrity", "weights", "credit", "budget", "clues", "market", "validation", "runs"}

// methods lists every method, in the order of the index.
var methods = []method{
	{ID: "mean", Group: "location", Keys: []string{"evaluation.location.method", "evaluation.location.from", "evaluation.decimals"}},
	{ID: "trimmed_mean", Group: "location", Keys: []string{"evaluation.location.method", "evaluation.location.trim", "evaluation.location.from"}},
	{ID: "winsorised_mean", Group: "location", Keys: []string{"evaluation.location.method", "evaluation.location.trim", "evaluation.location.from"}},
	{ID: "median", Group: "location", Keys: []string{"evaluation.location.method", "evaluation.location.from"}},
	{ID: "hodges_lehmann", Group: "location", Keys: []string{"evaluation.location.method", "evaluation.location.from"}},
	{ID: "huber", Group: "location", Keys: []string{"evaluation.location.method", "evaluation.location.from"}},
	{ID: "evaluation", Group: "contract", Keys: []string{"evaluation.combine", "evaluation.decimals", "evaluation.scale.low", "evaluation.scale.high", "evaluation.indicator.weight_pct", "evaluation.indicator.parties", "evaluation.indicator.min_present", "evaluation.indicator.required"}},
	{ID: "weighted_mean", Group: "contract", Keys: []string{"evaluation.combine", "evaluation.indicator.weight_pct", "evaluation.indicator.parties"}},
	{ID: "missing_party", Group: "contract", Keys: []string{"evaluation.missing_party.one", "evaluation.missing_party.two", "evaluation.missing_party.cap"}},
	{ID: "sample_size", Group: "contract", Keys: []string{"evaluation.sample.party", "evaluation.sample.shown", "evaluation.sample.full"}},
	{ID: "attainment", Group: "contract", Keys: []string{"evaluation.indicator.kind", "evaluation.indicator.ceiling_pct"}},
	{ID: "money_execution", Group: "contract", Keys: []string{"evaluation.indicator.kind", "evaluation.indicator.ceiling_pct"}},
	{ID: "grade_bands", Group: "contract", Keys: []string{"evaluation.band.from", "evaluation.decimals"}},
	{ID: "caps", Group: "contract", Keys: []string{"evaluation.cap.cause", "evaluation.cap.grade", "evaluation.cap.while"}},
	{ID: "due_process", Group: "contract", Keys: []string{"process.comment.days", "process.review.days", "process.route.days", "process.answer.days", "process.evidence_files", "process.evidence_mb"}},
	{ID: "standard_error", Group: "uncertainty", Keys: []string{"evaluation.rater_error.sd", "evaluation.rater_error.df", "evaluation.sample.party"}},
	{ID: "interval", Group: "uncertainty", Keys: []string{"evaluation.confidence", "evaluation.rater_error.sd", "evaluation.rater_error.df"}},
	{ID: "wilson", Group: "uncertainty", Keys: []string{"evaluation.confidence", "evaluation.indicator.kind", "evaluation.indicator.pass"}},
	{ID: "quantile", Group: "uncertainty"},
	{ID: "percentile_rank", Group: "uncertainty"},
	{ID: "shrinkage", Group: "uncertainty", Keys: []string{"evaluation.shrinkage.use"}},
	{ID: "rater_severity", Group: "raters", Keys: []string{"evaluation.severity.use", "evaluation.severity.parties", "evaluation.severity.limit", "calibration.window_days", "calibration.min_scores"}},
	{ID: "connectivity", Group: "raters"},
	{ID: "icc", Group: "raters"},
	{ID: "krippendorff_alpha", Group: "raters"},
	{ID: "kendall_w", Group: "raters"},
	{ID: "kappa", Group: "raters"},
	{ID: "straight_lining", Group: "integrity", Keys: []string{"calibration.integrity.same_answer_run.min_n", "calibration.integrity.same_answer_run.share", "evaluation.flag_rule.flag", "evaluation.flag_rule.weight"}},
	{ID: "response_variability", Group: "integrity", Keys: []string{"calibration.integrity.flat_answers.min_n", "calibration.integrity.flat_answers.most_sd_points", "calibration.integrity.top_to_all.min_n", "calibration.integrity.top_to_all.share"}},
	{ID: "modified_z", Group: "integrity", Keys: []string{"calibration.integrity.unusual_value.min_n", "calibration.integrity.unusual_value.cutoff", "calibration.integrity.unusual_value.min_points"}},
	{ID: "near_duplicates", Group: "integrity", Keys: []string{"calibration.integrity.alike_answers.min_n", "calibration.integrity.alike_answers.min_answered", "calibration.integrity.alike_answers.min_distinct", "calibration.integrity.alike_answers.min_group", "calibration.integrity.alike_answers.share", "calibration.integrity.alike_answers.bands", "calibration.integrity.alike_answers.margin", "calibration.integrity.alike_answers.alpha"}},
	{ID: "bursts", Group: "integrity", Keys: []string{"calibration.integrity.late_answers.min_n", "calibration.integrity.late_answers.min_days", "calibration.integrity.late_answers.days", "calibration.integrity.late_answers.share", "calibration.integrity.late_answers.alpha", "calibration.integrity.late_answers.adjustment", "calibration.integrity.dense_answers.days", "calibration.integrity.dense_answers.share"}},
	{ID: "one_supplier", Group: "integrity", Keys: []string{"calibration.integrity.mostly_one_supplier.min_n", "calibration.integrity.mostly_one_supplier.share", "calibration.integrity.mostly_one_supplier.alpha", "calibration.integrity.mostly_one_supplier.adjustment"}},
	{ID: "tukey_fence", Group: "integrity", Keys: []string{"calibration.integrity.parties_apart.min_n", "calibration.integrity.parties_apart.fence", "calibration.integrity.parties_apart.min_points"}},
	{ID: "ahp", Group: "weights", Keys: []string{"evaluation.indicator.weight_pct"}},
	{ID: "entropy_weights", Group: "weights", Keys: []string{"evaluation.indicator.weight_pct"}},
	{ID: "critic", Group: "weights", Keys: []string{"evaluation.indicator.weight_pct"}},
	{ID: "topsis", Group: "weights"},
	{ID: "rank_sensitivity", Group: "weights", Keys: []string{"evaluation.indicator.weight_pct"}},
	{ID: "credit_rating", Group: "credit", Keys: []string{"credit.min_evaluations", "credit.min_cases", "credit.performance_pct", "credit.conduct_pct", "credit.window_days", "credit.ageing", "credit.amount_unit_yuan", "credit.largest_share", "credit.conduct_start", "credit.general_offence", "credit.serious_offence", "credit.general_days", "credit.commendation", "credit.commendation_max", "credit.repair_days", "credit.stale_days", "credit.stale_cap", "credit.serious_cap", "credit.listed_cap", "credit.level.from", "credit.star.from", "credit.star.bid_points"}},
	{ID: "assessment", Group: "credit", Keys: []string{"assessment.points", "assessment.valid_years", "assessment.minimum_years", "assessment.supplier_types", "assessment.investigation_kinds", "assessment.grade.above"}},
	{ID: "credit_repair", Group: "credit", Keys: []string{"credit.repair_days", "repair.general_wait_days", "repair.serious_wait_days", "repair.again_days", "repair.proofs", "repair.barred_kinds", "repair.decide.days", "repair.decide.unit"}},
	{ID: "check_code", Group: "credit"},
	{ID: "blacklist_candidate", Group: "credit", Keys: []string{"blacklist.fraud_kinds", "blacklist.article_77_kinds", "blacklist.poor_grade", "blacklist.poor_years", "blacklist.conduct_below"}},
	{ID: "blacklist_case", Group: "credit", Keys: []string{"blacklist.case.statement.days", "blacklist.case.hearing_asked.days", "blacklist.case.hearing_ahead.days", "blacklist.case.decision.days", "blacklist.case.publication.days", "blacklist.case.term_min_years", "blacklist.case.term_max_years", "blacklist.case.repair_after_months", "blacklist.case.watch_max_months", "blacklist.case.sufficient_proof"}},
	{ID: "budget_grade_table", Group: "budget", Keys: []string{"budget.method", "budget.grade.from_pct", "budget.grade.to_pct", "budget.grade.action", "budget.largest_move_pct", "budget.no_gain_grades", "budget.clear_interval"}},
	{ID: "linear_exchange", Group: "budget", Keys: []string{"budget.method", "budget.withhold_pct", "budget.no_gain_grades", "budget.clear_interval"}},
	{ID: "budget_sharing", Group: "budget", Keys: []string{"budget.largest_move_pct", "budget.no_gain_grades", "budget.clear_interval"}},
	{ID: "split_contracts", Group: "clues", Keys: []string{"clue.split_contracts.use", "execution.limit.from_year", "execution.limit.tender_yuan", "execution.tender_methods", "execution.reasoned_methods"}},
	{ID: "single_source_share", Group: "clues", Keys: []string{"clue.single_source_share.use", "execution.single_source_method", "execution.single_source_pct", "execution.least_contracts"}},
	{ID: "supplier_concentration", Group: "clues", Keys: []string{"clue.supplier_concentration.min_n", "clue.supplier_concentration.years", "clue.supplier_concentration.share", "clue.supplier_concentration.min_others"}},
	{ID: "bought_and_staffed", Group: "clues", Keys: []string{"clue.bought_and_staffed.min_n", "clue.bought_and_staffed.min_staff"}},
	{ID: "paid_before_evaluation", Group: "clues", Keys: []string{"clue.paid_before_evaluation.use", "clue.paid_before_evaluation.days", "execution.before_evaluation_pct"}},
	{ID: "evaluation_missing", Group: "clues", Keys: []string{"clue.evaluation_missing.min_n", "clue.evaluation_missing.days"}},
	{ID: "rise_before_renewal", Group: "clues", Keys: []string{"clue.rise_before_renewal.min_n", "clue.rise_before_renewal.days", "clue.rise_before_renewal.fence", "clue.rise_before_renewal.min_points"}},
	{ID: "shared_contact", Group: "clues", Keys: []string{"clue.shared_contact.min_n", "clue.shared_contact.most"}},
	{ID: "content_yet_complaints", Group: "clues", Keys: []string{"clue.content_yet_complaints.min_n", "clue.content_yet_complaints.value", "clue.content_yet_complaints.complaints", "clue.content_yet_complaints.days"}},
	{ID: "alike_narratives", Group: "clues", Keys: []string{"clue.alike_narratives.min_n", "clue.alike_narratives.min_characters", "clue.alike_narratives.line", "clue.alike_narratives.most_authors"}},
	{ID: "clue_precision", Group: "clues", Keys: []string{"clue.retirement.min_n", "clue.retirement.below", "clue.retirement.confidence"}},
	{ID: "hhi", Group: "market", Keys: []string{"market.min_contracts", "market.moderate_from", "market.high_from"}},
	{ID: "catalogue_advice", Group: "market", Keys: []string{"catalogue.years", "catalogue.min_contracts", "catalogue.add_from", "catalogue.add_suppliers", "catalogue.drop_below", "catalogue.idle_years", "catalogue.move_from", "catalogue.move_suppliers", "catalogue.move_yuan", "catalogue.leave_yuan"}},
	{ID: "execution", Group: "budget", Keys: []string{"execution.late_days", "execution.early_days", "execution.before_evaluation_pct"}},
	{ID: "settlement", Group: "budget", Keys: []string{"settlement.interim_pct", "settlement.grade.payable_pct", "settlement.attained.from_pct", "settlement.attained.payable_pct", "settlement.clause.reasons"}},
	{ID: "tracking", Group: "contract", Keys: []string{"tracking.behind_pct", "tracking.far_behind_pct", "tracking.from_pct", "tracking.stale_days"}},
	{ID: "auc", Group: "validation", Keys: []string{"validation.severities", "validation.kinds", "validation.poor_grades", "validation.horizon_days"}},
	{ID: "ks", Group: "validation"},
	{ID: "brier", Group: "validation"},
	{ID: "hosmer_lemeshow", Group: "validation"},
	{ID: "psi", Group: "validation", Keys: []string{"validation.weak_grades"}},
	{ID: "transition_matrix", Group: "validation", Keys: []string{"credit.level.id"}},
	{ID: "woe_iv", Group: "validation"},
	{ID: "logistic_scorecard", Group: "validation", Keys: []string{"validation.min_events"}},
	{ID: "movement", Group: "runs"},
	{ID: "as_of", Group: "runs"},
	{ID: "recheck", Group: "runs", Keys: []string{"evaluation.decimals"}},
	{ID: "calibration", Group: "runs", Keys: []string{"calibration.window_days", "calibration.min_scores", "evaluation.shrinkage.use", "evaluation.severity.use"}},
}

// methodByID finds a method.
func methodByID(id string) (method, bool) {
	for _, m := range methods {
		if m.ID == id {
			return m, true
		}
	}
	return method{}, false
}

// methodBook holds the texts of the methods, and the default policy, whose values the texts name.
type methodBook struct {
	texts    map[string]*template.Template
	defaults policyTable
}

// defaultPolicy is the shipped policy whose values the texts call the default.
const defaultPolicy = "jiangbei-2015"

func loadMethods() (*methodBook, error) {
	book := &methodBook{texts: map[string]*template.Template{}}
	for _, m := range methods {
		text, err := template.ParseFS(embedded, "templates/methods/"+m.ID+".html")
		if err != nil {
			return nil, fmt.Errorf("method %s: %w", m.ID, err)
		}
		book.texts[m.ID] = text
	}
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		return nil, err
	}
	book.defaults, err = readPolicyTable(p.Text)
	return book, err
}

// explanation is what the texts of a method may ask for.
type explanation struct{ *basis }

// Key names a key of the policy with its default, where that is short.
func (e explanation) Key(key string) template.HTML {
	name := "<code>" + template.HTML(template.HTMLEscapeString(key)) + "</code>"
	if value := e.methods.defaults.value(key); value != "" {
		name += template.HTML(template.HTMLEscapeString(e.T("method.default", "Value", value)))
	}
	return name
}

// See links to another method by its title.
func (e explanation) See(id string) (template.HTML, error) {
	title, err := e.base.methodText(id, e.Language+" title")
	return `<a href="` + template.HTML(template.HTMLEscapeString(e.base.methodURL(id))) + `">` + title + `</a>`, err
}

// methodText fills in one text of a method.
func (b *base) methodText(id, name string) (template.HTML, error) {
	text, known := b.methods.texts[id]
	if !known {
		return "", fmt.Errorf("no method has the id %q", id)
	}
	var out bytes.Buffer
	err := text.ExecuteTemplate(&out, name, explanation{b.basis})
	return template.HTML(out.String()), err
}

func (b *base) methodURL(id string) string { return b.To("/methods/" + id) }

// methodLink leads from a figure to the page of its method.
type methodLink struct {
	URL   string
	Title template.HTML // of the method
	Label string        // says where the link leads, for its mark, which is only a sign
}

// Method is the link to a method.
func (b *basis) Method(id string) (*methodLink, error) {
	title, err := b.base.methodText(id, b.Language+" title")
	return &methodLink{URL: b.base.methodURL(id), Title: title, Label: b.T("method.how", "Title", string(title))}, err
}

// Methods are the links to several methods.
func (b *basis) Methods(ids ...string) ([]*methodLink, error) {
	links := make([]*methodLink, len(ids))
	for i, id := range ids {
		var err error
		if links[i], err = b.Method(id); err != nil {
			return nil, err
		}
	}
	return links, nil
}

// how is the link for a cell or a column; nil for an id that no method has, which a test looks for.
func (b *base) how(id string) *methodLink {
	link, err := b.Method(id)
	if err != nil {
		return nil
	}
	return link
}

// methodsPage is the index of the methods.
type methodsPage struct {
	*basis
	Groups []methodGroup
}

// methodGroup is one heading of the index with its methods.
type methodGroup struct {
	ID, Name string
	Methods  []methodEntry
}

// methodEntry is one method of the index.
type methodEntry struct {
	*methodLink
	Short   template.HTML
	Current bool
}

func (s *Server) methodIndex(b *base) (any, error) {
	b.name("methods", b.T("asks.methods"))
	p := &methodsPage{basis: b.basis}
	for _, id := range methodGroups {
		group, err := b.methodGroup(id, "")
		if err != nil {
			return nil, err
		}
		p.Groups = append(p.Groups, group)
	}
	return p, nil
}

// methodGroup lists the methods of a group; current is the one whose page is shown.
func (b *base) methodGroup(group, current string) (methodGroup, error) {
	g := methodGroup{ID: group, Name: b.T("method.group." + group)}
	for _, m := range methods {
		if m.Group != group {
			continue
		}
		link, err := b.Method(m.ID)
		if err != nil {
			return g, err
		}
		short, err := b.methodText(m.ID, b.Language+" short")
		if err != nil {
			return g, err
		}
		g.Methods = append(g.Methods, methodEntry{link, short, m.ID == current})
	}
	return g, nil
}
