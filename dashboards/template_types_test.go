package dashboards

import (
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
)

// pageTypes are what each page's template is given. A new page has its line here.
var pageTypes = map[string]any{
	"account.html":           &accountData{},
	"accountedit.html":       &accountsData{},
	"accounts.html":          &accountsData{},
	"adopt.html":             &adoptPage{},
	"ask.html":               &askData{},
	"asked.html":             &askData{},
	"assessment.html":        &assessmentPage{},
	"assessments.html":       &assessmentsPage{},
	"assignments.html":       &assignmentsData{},
	"audit.html":             &auditPage{},
	"blacklist.html":         &boardPage{},
	"budget.html":            &budgetPage{},
	"case.html":              &casePageData{},
	"cases.html":             &ownCasesPage{},
	"catalogue.html":         &catalogueData{},
	"catalogueadvice.html":   &adviceData{},
	"cataloguechanges.html":  &changesData{},
	"catalogueversions.html": &versionsData{},
	"clue.html":              &cluePage{},
	"cluegroups.html":        &clueGroupsPage{},
	"cluerules.html":         &clueRulesPage{},
	"clues.html":             &cluesPage{},
	"commendations.html":     &commendationsPage{},
	"compare.html":           &comparePage{},
	"creditsheet.html":       &creditSheet{},
	"declarations.html":      &declarationsData{},
	"department.html":        &departmentData{},
	"departments.html":       &departmentsPage{},
	"design.html":            &designPage{},
	"effects.html":           &effectsPage{},
	"empty.html":             &base{},
	"evaluation.html":        &evaluationPage{},
	"evaluations.html":       &evaluationsPage{},
	"evaluator.html":         &evaluatorPage{},
	"evaluators.html":        &evaluatorsPage{},
	"factor.html":            &accountData{},
	"flags.html":             &flagsPage{},
	"holidays.html":          &holidaysPage{},
	"home.html":              &homeData{},
	"incidents.html":         &incidentsData{},
	"inquiries.html":         &inquiriesPage{},
	"inquiry.html":           &inquiryData{},
	"item.html":              &itemData{},
	"items.html":             &itemsPage{},
	"kept.html":              keptPage{},
	"ledger.html":            &ledgerPage{},
	"market.html":            &marketPage{},
	"method.html":            &methodPage{},
	"methods.html":           &methodsPage{},
	"newpassword.html":       &accountsData{},
	"overview.html":          &overviewPage{},
	"ownquestion.html":       &ownData{},
	"paper.html":             &paperPage{},
	"password.html":          &base{},
	"planitem.html":          &planItemPage{},
	"problem.html":           &problem{},
	"process.html":           &processPage{},
	"processbulk.html":       &bulkData{},
	"processcase.html":       &caseData{},
	"processchanges.html":    &changesPage{},
	"public.html":            &publicIndexPage{},
	"publiccheck.html":       &checkPage{},
	"publiccredit.html":      &lookupPage{},
	"publicdata.html":        &publicDataPage{},
	"publicfile.html":        &publicFilePage{},
	"publiclist.html":        &publicListPage{},
	"publicresults.html":     &publicResultsPage{},
	"questions.html":         &questionsData{},
	"receipt.html":           &receiptPage{},
	"original.html":          &originalPage{},
	"recovery.html":          &accountData{},
	"register.html":          &registerPage{},
	"releases.html":          &releasesPage{},
	"repair.html":            &repairPage{},
	"repairnew.html":         &newRepairPage{},
	"repairs.html":           &repairsPage{},
	"roles.html":             &rolesData{},
	"run.html":               &runPage{},
	"runs.html":              &runsPage{},
	"scenarios.html":         &scenariosPage{},
	"selection.html":         &selectionItemsPage{},
	"selectionitem.html":     &selectionItemPage{},
	"settlement.html":        &settlementPage{},
	"settlements.html":       &settlementsPage{},
	"setup.html":             &signInData{},
	"signin.html":            &signInData{},
	"signincode.html":        &base{},
	"supplier.html":          &supplierPage{},
	"suppliers.html":         &suppliersPage{},
	"survey.html":            &surveyPage{},
	"survey_form.html":       &sheetForm{},
	"survey_issued.html":     &handoutPage{},
	"survey_note.html":       &surveyNote{},
	"survey_sheet.html":      &paper{},
	"surveys.html":           &surveysPage{},
	"tracking.html":          &trackingPage{},
	"upload.html":            &uploadPage{},
	"uploadnew.html":         &newUploadPage{},
	"uploads.html":           &uploadsPage{},
	"validated.html":         &validatedPage{},
	"validation.html":        &validationPage{},
	"views.html":             &savedViewsPage{},
	"withdraw.html":          &withdrawPage{},
}

// TestTemplatesFitTheirTypes follows every template through all its branches.
func TestTemplatesFitTheirTypes(t *testing.T) {
	pages, err := parseTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range pages {
		data, known := pageTypes[name]
		if !known {
			t.Errorf("%s has no line among pageTypes", name)
			continue
		}
		c := newPageChecker(page)
		c.follow("layout", reflect.TypeOf(data))
		for _, fault := range c.faults {
			t.Error(fault)
		}
	}
	for name := range pageTypes {
		if pages[name] == nil {
			t.Errorf("there is no page %s", name)
		}
	}
	book, err := loadMethods()
	if err != nil {
		t.Fatal(err)
	}
	for id, text := range book.texts {
		c := newPageChecker(text)
		for _, part := range text.Templates() {
			c.follow(part.Name(), reflect.TypeFor[explanation]())
		}
		for _, fault := range c.faults {
			t.Errorf("method %s: %s", id, fault)
		}
	}
}

func newPageChecker(t *template.Template) *pageChecker {
	return &pageChecker{template: t, seen: map[string]bool{}}
}

// What the test looks for is found, and nothing else.
func TestTemplateFaultsAreFound(t *testing.T) {
	for text, want := range map[string]string{
		`{{.Title}}{{with .Run}}{{.ID}}{{end}}{{range .Navigation}}{{range .}}{{.URL}}{{$.Title}}{{end}}{{end}}`: "",
		`{{if .Demo}}{{.Titel}}{{end}}`:                                  "has no Titel",
		`{{with .Run}}{{.Id}}{{end}}`:                                    "has no Id",
		`{{range .Navigation}}{{range .}}{{.Url}}{{end}}{{end}}`:         "has no Url",
		`{{range $i, $row := .Navigation}}{{(index $row 0).Url}}{{end}}`: "has no Url",
		`{{define "part"}}{{.Url}}{{end}}{{template "part" .Run}}`:       "has no Url",
		`{{.Day .Title}}`:         "argument 1 is string",
		`{{.To}}`:                 "takes 1 arguments",
		`{{range .Title}}{{end}}`: "nothing can range over string",
		`{{with .Title}}{{else}}{{.Titel}}{{end}}`: "has no Titel",
		`{{template "nowhere" .}}`:                 "there is no template",
		`{{(.Day .Run.AsOf).Year}}`:                "has no Year",
		`{{.Title | printf "%s" | .Titel}}`:        "has no Titel",
	} {
		page := template.Must(template.New("page").Parse(text))
		c := newPageChecker(page)
		c.follow("page", reflect.TypeFor[*basis]())
		if got := strings.Join(c.faults, "; "); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// pageChecker follows a template through all its branches with the type of what it is given, so that a misspelt field is
// found also where no test has the branch written.
type pageChecker struct {
	template *template.Template
	seen     map[string]bool // template and type that were followed
	faults   []string
}

// variable is one of a template; its type is nil where only the running program knows it.
type variable struct {
	name string
	kind reflect.Type
}

// vars are the variables in force, innermost last.
type vars []variable

func (v vars) of(name string) (reflect.Type, bool) {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i].name == name {
			return v[i].kind, true
		}
	}
	return nil, false
}

// follow checks the named template with a dot of a type.
func (c *pageChecker) follow(name string, dot reflect.Type) {
	key := fmt.Sprint(name, " ", dot)
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	t := c.template.Lookup(name)
	if t == nil || t.Tree == nil {
		c.faults = append(c.faults, "there is no template "+name)
		return
	}
	c.list(t.Tree, t.Tree.Root, dot, vars{{"$", dot}})
}

func (c *pageChecker) fault(tree *parse.Tree, n parse.Node, format string, args ...any) {
	where, what := tree.ErrorContext(n)
	c.faults = append(c.faults, fmt.Sprintf("%s: %s: %s", where, what, fmt.Sprintf(format, args...)))
}

// list checks the nodes of a branch; what it declares is gone at its end.
func (c *pageChecker) list(tree *parse.Tree, list *parse.ListNode, dot reflect.Type, v vars) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			v = c.declared(n.Pipe, c.pipe(tree, n.Pipe, dot, v), v)
		case *parse.IfNode:
			inner := c.declared(n.Pipe, c.pipe(tree, n.Pipe, dot, v), v)
			c.list(tree, n.List, dot, inner)
			c.list(tree, n.ElseList, dot, inner)
		case *parse.WithNode:
			kind := c.pipe(tree, n.Pipe, dot, v)
			inner := c.declared(n.Pipe, kind, v)
			c.list(tree, n.List, kind, inner)
			c.list(tree, n.ElseList, dot, inner)
		case *parse.RangeNode:
			c.ranged(tree, n, dot, v)
		case *parse.TemplateNode:
			c.follow(n.Name, c.pipe(tree, n.Pipe, dot, v))
		}
	}
}

func (c *pageChecker) ranged(tree *parse.Tree, n *parse.RangeNode, dot reflect.Type, v vars) {
	over := c.pipe(tree, n.Pipe, dot, v)
	key, element := elements(over)
	if over != nil && element == nil {
		c.fault(tree, n.Pipe, "nothing can range over %v", over)
	}
	inner := slices.Clone(v)
	for i, d := range n.Pipe.Decl {
		kind := element
		if i == 0 && len(n.Pipe.Decl) == 2 {
			kind = key
		}
		inner = append(inner, variable{d.Ident[0], kind})
	}
	c.list(tree, n.List, element, inner)
	c.list(tree, n.ElseList, dot, v)
}

// elements are what a range goes over; nil where it cannot, or the type is not known.
func elements(over reflect.Type) (key, element reflect.Type) {
	if over == nil {
		return nil, nil
	}
	switch over.Kind() {
	case reflect.Slice, reflect.Array:
		return reflect.TypeFor[int](), over.Elem()
	case reflect.Map:
		return over.Key(), over.Elem()
	case reflect.Int:
		return over, over
	case reflect.Pointer:
		if over.Elem().Kind() == reflect.Array {
			return reflect.TypeFor[int](), over.Elem().Elem()
		}
	case reflect.Func:
		if over.CanSeq() {
			return nil, over.In(0).In(0)
		}
		if over.CanSeq2() {
			return over.In(0).In(0), over.In(0).In(1)
		}
	}
	return nil, nil
}

// declared are the variables with those that a pipe declares or sets.
func (c *pageChecker) declared(p *parse.PipeNode, kind reflect.Type, v vars) vars {
	v = slices.Clone(v)
	for _, d := range p.Decl {
		v = append(v, variable{d.Ident[0], kind})
	}
	return v
}

// pipe is the type of what a pipe gives; nil where only the running program knows it.
func (c *pageChecker) pipe(tree *parse.Tree, p *parse.PipeNode, dot reflect.Type, v vars) (kind reflect.Type) {
	if p == nil {
		return nil
	}
	for i, command := range p.Cmds {
		last := i > 0 // what the command before gave comes last among the arguments
		kind = c.command(tree, command, dot, v, kind, last)
	}
	return kind
}

func (c *pageChecker) command(tree *parse.Tree, n *parse.CommandNode, dot reflect.Type, v vars, piped reflect.Type, hasPiped bool) reflect.Type {
	var args []reflect.Type
	for _, a := range n.Args[1:] {
		args = append(args, c.value(tree, a, dot, v, nil))
	}
	if hasPiped {
		args = append(args, piped)
	}
	return c.value(tree, n.Args[0], dot, v, args)
}

// value is the type of an expression called with arguments.
func (c *pageChecker) value(tree *parse.Tree, n parse.Node, dot reflect.Type, v vars, args []reflect.Type) reflect.Type {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return c.chain(tree, n, dot, n.Ident, args)
	case *parse.VariableNode:
		kind, known := v.of(n.Ident[0])
		if !known {
			c.fault(tree, n, "no such variable")
			return nil
		}
		return c.chain(tree, n, kind, n.Ident[1:], args)
	case *parse.ChainNode:
		return c.chain(tree, n, c.value(tree, n.Node, dot, v, nil), n.Field, args)
	case *parse.PipeNode:
		return c.pipe(tree, n, dot, v)
	case *parse.IdentifierNode:
		return c.function(tree, n, args)
	case *parse.StringNode:
		return reflect.TypeFor[string]()
	case *parse.BoolNode:
		return reflect.TypeFor[bool]()
	case *parse.NumberNode:
		return reflect.TypeFor[int]()
	}
	return nil
}

// function is the type of what a function of the language of templates gives.
func (c *pageChecker) function(tree *parse.Tree, n *parse.IdentifierNode, args []reflect.Type) reflect.Type {
	switch n.Ident {
	case "and", "or": // gives one of its arguments
		for _, a := range args[1:] {
			if a != args[0] {
				return nil
			}
		}
		return args[0]
	case "index":
		kind := args[0]
		for range args[1:] {
			_, kind = elements(kind)
		}
		if args[0] != nil && kind == nil {
			c.fault(tree, n, "nothing can be picked out of %v", args[0])
		}
		return kind
	case "len":
		return reflect.TypeFor[int]()
	case "not", "eq", "ne", "lt", "le", "gt", "ge":
		return reflect.TypeFor[bool]()
	case "print", "printf", "println", "html", "js", "urlquery":
		return reflect.TypeFor[string]()
	}
	return nil
}

// chain goes along the names behind a value: fields, keys and methods, of which the last has the arguments.
func (c *pageChecker) chain(tree *parse.Tree, n parse.Node, kind reflect.Type, names []string, args []reflect.Type) reflect.Type {
	for i, name := range names {
		if kind == nil || kind.Kind() == reflect.Interface && kind.NumMethod() == 0 {
			c.fault(tree, n, "only the running program knows of what type it is before %s", name)
			return nil
		}
		var given []reflect.Type
		if i == len(names)-1 {
			given = args
		}
		kind = c.step(tree, n, kind, name, given)
	}
	return kind
}

func (c *pageChecker) step(tree *parse.Tree, n parse.Node, kind reflect.Type, name string, args []reflect.Type) reflect.Type {
	if m, ok := methodOfValue(kind, name); ok {
		return c.call(tree, n, m, args)
	}
	bare := kind
	if bare.Kind() == reflect.Pointer {
		bare = bare.Elem()
	}
	switch bare.Kind() {
	case reflect.Struct:
		if f, ok := bare.FieldByName(name); ok && f.IsExported() {
			if f.Type.Kind() == reflect.Func && len(args) > 0 {
				c.fault(tree, n, "the field %s is a function, which only call calls", name)
			}
			return f.Type
		}
	case reflect.Map:
		return bare.Elem()
	}
	c.fault(tree, n, "%v has no %s", kind, name)
	return nil
}

// methodOfValue is a method that the template's package finds: also one of the pointer where a value can be addressed.
func methodOfValue(kind reflect.Type, name string) (reflect.Type, bool) {
	if kind.Kind() == reflect.Interface {
		m, ok := kind.MethodByName(name)
		return m.Type, ok
	}
	if kind.Kind() != reflect.Pointer {
		kind = reflect.PointerTo(kind)
	}
	m, ok := kind.MethodByName(name)
	if !ok {
		return nil, false
	}
	return reflect.Zero(kind).Method(m.Index).Type(), true
}

// call checks the arguments of a method and is the type of its result.
func (c *pageChecker) call(tree *parse.Tree, n parse.Node, method reflect.Type, args []reflect.Type) reflect.Type {
	least := method.NumIn()
	if method.IsVariadic() {
		least--
	}
	if len(args) < least || !method.IsVariadic() && len(args) > least {
		c.fault(tree, n, "takes %d arguments and is given %d", least, len(args))
		return method.Out(0)
	}
	for i, a := range args {
		want := method.In(min(i, method.NumIn()-1))
		if method.IsVariadic() && i >= least {
			want = want.Elem()
		}
		if a != nil && !fits(a, want) {
			c.fault(tree, n, "argument %d is %v, want %v", i+1, a, want)
		}
	}
	return method.Out(0)
}

// fits says whether the template's package hands a value of one type to a parameter of another.
func fits(given, want reflect.Type) bool {
	number := func(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64 }
	switch {
	case given.AssignableTo(want), given.Kind() == reflect.Pointer && given.Elem().AssignableTo(want), reflect.PointerTo(given).AssignableTo(want):
		return true
	case given.Kind() == reflect.Interface: // holds what only the running program knows
		return true
	}
	return number(given) && given == reflect.TypeFor[int]() && number(want) || given == reflect.TypeFor[string]() && want.Kind() == reflect.String // constants
}
