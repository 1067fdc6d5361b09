package access

import "slices"

// Action is one thing that can be done; each route of the server names the action that it needs.
type Action string

// The actions.
const (
	ReadPublic    Action = "read_public"    // methods, sign-in, what everyone may read
	ReadResults   Action = "read_results"   // evaluations and slips within the scope
	ReadCredit    Action = "read_credit"    // suppliers and credit files within the scope
	ReadProgramme Action = "read_programme" // what spans the district: overview, budget, runs, validation
	ReadRaters    Action = "read_raters"    // evaluators, agreement and signs
	ReadCases     Action = "read_cases"     // blacklist candidates
	Upload        Action = "upload"         // files of scores and facts, within the scope; see Kinds
	ReadUploads   Action = "read_uploads"   // receipts and history within the scope
	ManageUploads Action = "manage_uploads" // see, drop and withdraw what everybody brought
	RunNight      Action = "run_night"      // start a run by hand
	DecideBudget  Action = "decide_budget"  // save scenarios of next year's budget and adopt one
	Survey        Action = "survey"         // make links and sheets of the recipients' survey, close it
	Assign        Action = "assign"         // assign contracts to evaluators
	Declare       Action = "declare"        // declare or deny a conflict of interest
	Enrol         Action = "enrol"          // sign out, own password and second factor: all that an account may do before it is complete
	OwnAccount    Action = "own_account"    // home, own sessions and tokens
	Administer    Action = "administer"     // accounts, tokens of others, backup
	ReadAudit     Action = "read_audit"     // the audit log

	Announce         Action = "announce"          // announce evaluations to suppliers, make them final, publish them
	Object           Action = "object"            // comment on an own evaluation, object to it
	ReviewObjections Action = "review_objections" // decide objections, for who stands above the scorers
	ReadInquiries    Action = "read_inquiries"    // questions and complaints of the public, within the scope
	RouteInquiries   Action = "route_inquiries"   // say whom they concern, check and publish answers
	AnswerInquiries  Action = "answer_inquiries"  // answer those that are routed to oneself

	KeepCases      Action = "keep_cases"      // open blacklist cases, serve notices, keep the watch list
	DecideCases    Action = "decide_cases"    // propose and confirm decisions on cases, preside over hearings, grant repairs
	AnswerCase     Action = "answer_case"     // a supplier's own cases: statement, hearing, request for repair
	PublishRelease Action = "publish_release" // release results to the public
	ReadExecution  Action = "read_execution"  // plans, budgets, contracts and payments within the scope
	ReviewPlans    Action = "review_plans"    // approve, return or reject plan items

	ApplyRepair      Action = "apply_repair"      // apply for the repair of an own offence
	DecideRepair     Action = "decide_repair"     // decide on a repair, which another recorded
	Commend          Action = "commend"           // record a commendation
	DecideAssessment Action = "decide_assessment" // lower or withdraw the grade of a grade assessment

	ReadClues      Action = "read_clues"      // clues for review, what was found of them, and the rules behind them
	JudgeClues     Action = "judge_clues"     // say what was found of a clue; see how those it concerns are reached
	ReadSettlement Action = "read_settlement" // advice on settling service fees, within the scope
	ReadSelection  Action = "read_selection"  // who can be chosen for a catalogue item, of all suppliers
	RecordIncident Action = "record_incident" // note what went wrong in a service of the scope, and how it ended
	KeepCalendar   Action = "keep_calendar"   // enter the holidays by which deadlines are counted
	AdoptCatalogue Action = "adopt_catalogue" // bring a version of the guidance catalogue into force
)

// Actions lists every action in the order of the printed table.
var Actions = []Action{ReadPublic, ReadResults, ReadCredit, ReadProgramme, ReadRaters, ReadCases, Upload, ReadUploads, ManageUploads, RunNight, DecideBudget, Survey, Assign, Declare,
	Enrol, OwnAccount, Administer, ReadAudit,
	Announce, Object, ReviewObjections, ReadInquiries, RouteInquiries, AnswerInquiries,
	KeepCases, DecideCases, AnswerCase,
	PublishRelease,
	ReadExecution, ReviewPlans,
	ApplyRepair, DecideRepair, Commend, DecideAssessment, AdoptCatalogue,
	ReadClues, JudgeClues, ReadSettlement, ReadSelection, RecordIncident, KeepCalendar}

// matrix is the one table of what each role may do. Rows are limited further by the scope.
var matrix = map[Action][]Role{
	ReadPublic:    {Admin, Finance, Purchaser, Evaluator, Supervision, Supplier, Public},
	ReadResults:   {Admin, Finance, Purchaser, Evaluator, Supervision, Supplier},
	ReadCredit:    {Admin, Finance, Supervision, Supplier},
	ReadProgramme: {Admin, Finance, Supervision},
	ReadRaters:    {Admin, Finance, Supervision},
	ReadCases:     {Admin, Finance, Supervision},
	Upload:        {Admin, Finance, Purchaser, Evaluator, Supervision},
	ReadUploads:   {Admin, Finance, Purchaser, Evaluator, Supervision},
	ManageUploads: {Admin, Finance},
	RunNight:      {Admin, Finance},
	DecideBudget:  {Finance},
	Survey:        {Admin, Finance, Purchaser},
	Assign:        {Admin, Finance},
	Declare:       {Evaluator},
	Enrol:         {Admin, Finance, Purchaser, Evaluator, Supervision, Supplier},
	OwnAccount:    {Admin, Finance, Purchaser, Evaluator, Supervision, Supplier},
	Administer:    {Admin},
	ReadAudit:     {Admin, Supervision},

	Announce:         {Finance},
	Object:           {Supplier},
	ReviewObjections: {Finance, Supervision},
	ReadInquiries:    {Admin, Finance, Purchaser, Supervision, Supplier, Evaluator},
	RouteInquiries:   {Finance},
	AnswerInquiries:  {Finance, Purchaser, Supplier, Evaluator},

	KeepCases:      {Finance, Supervision},
	DecideCases:    {Supervision},
	AnswerCase:     {Supplier},
	PublishRelease: {Finance},
	ReadExecution:  {Admin, Finance, Purchaser, Supervision},
	ReviewPlans:    {Finance},

	ApplyRepair:      {Supplier},
	DecideRepair:     {Supervision},
	Commend:          {Supervision},
	DecideAssessment: {Supervision},

	ReadClues:      {Admin, Finance, Supervision},
	JudgeClues:     {Supervision},
	ReadSettlement: {Admin, Finance, Purchaser, Supervision, Supplier},
	ReadSelection:  {Admin, Finance, Purchaser, Supervision},
	RecordIncident: {Admin, Finance, Purchaser, Supervision},
	AdoptCatalogue: {Finance},
	KeepCalendar:   {Admin, Finance},
}

// kinds are the kinds of file that each role may upload. A purchaser scores as the purchaser and an evaluator as the
// third party; what recipients say comes through the survey, or from the bureau that counted paper forms.
var kinds = map[Role][]string{
	Admin: {"organisation", "catalog_item", "contract", "score", "target", "progress", "payment", "credit_event", "inspection", "assessment_item",
		"plan_item", "plan_review", "department_budget", "budget_line", "contract_plan", "payment_schedule", "contract_content", "target_source", "staffed_function",
		"external_listing", "holiday", "objection", "complaint", "catalog_entry", "catalog_adoption", "supplier_registration", "supplier_training",
		"organisation_contact", "incident", "narrative"},
	Finance: {"organisation", "catalog_item", "contract", "score", "target", "progress", "payment",
		"plan_item", "department_budget", "budget_line", "contract_plan", "payment_schedule", "contract_content", "target_source", "staffed_function",
		"holiday", "complaint", "catalog_entry", "catalog_adoption", "supplier_registration", "supplier_training", "incident", "narrative"},
	Purchaser:   {"contract", "score", "target", "progress", "payment", "plan_item", "contract_plan", "payment_schedule", "contract_content", "target_source", "incident", "narrative"},
	Evaluator:   {"score", "progress", "narrative"},
	Supervision: {"organisation", "credit_event", "inspection", "assessment_item", "external_listing", "holiday", "supplier_registration", "supplier_training", "organisation_contact", "incident"},
}

// Known says whether the matrix has the action.
func (a Action) Known() bool { return len(matrix[a]) > 0 }

// Roles are the roles that may do it, in the order of the printed table.
func (a Action) Roles() []Role { return matrix[a] }

// May says whether the identity's role allows the action. An account that has to change its password or enrol a second
// factor first may do nothing else.
func (i Identity) May(a Action) bool {
	return slices.Contains(matrix[a], i.Role) && (!i.limited || a == Enrol || a == ReadPublic)
}

// Incomplete says whether the identity has to complete its account before it may do what its role allows.
func (i Identity) Incomplete() bool { return i.limited }

// Kinds are the kinds of file that the identity may upload.
func (i Identity) Kinds() []string { return kinds[i.Role] }

// Party is the party as which the identity scores: purchaser or third_party, or empty where a file may hold all.
func (i Identity) Party() string {
	switch i.Role {
	case Purchaser:
		return "purchaser"
	case Evaluator:
		return "third_party"
	}
	return ""
}
