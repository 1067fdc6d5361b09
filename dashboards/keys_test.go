package dashboards

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pingxin/dashboards/locale"
)

var (
	keyInTemplate = regexp.MustCompile(`\.T "([^"]+)"`)
	keyInCode     = regexp.MustCompile(`\.T\("([^"]+)"`)
	columnKey     = regexp.MustCompile(`"[#$]*((?:[a-z_]+\.)?col\.[a-z_0-9]+|plan\.[a-z_.]+|public\.(?:column|data|fact|methods)\.[a-z_]+|releases\.by|question\.tab|creditfile\.course\.[a-z]+|whatif\.[a-z_.]+|upload\.(?:ask|col|step|template)\.[a-z_.]+|supplier\.(?:uscc|type|evaluations|cases))(?:\?[a-z_]*)?"`)
	navKey        = regexp.MustCompile(`"(nav\.[a-z_.]+)"`)
	noteCode      = regexp.MustCompile(`Code: +"([a-z_0-9]+)"`)
	partNote      = regexp.MustCompile(`(?:[nN]ote|note) ?(?:=|:) +(?:0, )?"([a-z_0-9]+)"|note = [^"\n]*"([a-z_0-9]+)"`)
	fieldName     = regexp.MustCompile(`field\{Name: "([a-z]+)"|\{Name: "([a-z]+)"(?:, Choices|\})`)
	familyInCode  = regexp.MustCompile(`named(?:Choices)?\("([a-z_.]+)"`)
	problemCalled = regexp.MustCompile(`(?:\{[\w.]+, |p\.call\()"([a-z_.]+)"(?:, http\.|\))`)
	problemName   = regexp.MustCompile(`Expected: "([a-z]+)"`)
)

// usedKeys lists the keys that templates and code ask for, each with where it was found.
func usedKeys(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	add := func(file, text, prefix string, pattern *regexp.Regexp) {
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			for _, key := range m[1:] {
				if key != "" && !strings.HasSuffix(key, ".") {
					used[prefix+key] = file
				}
			}
		}
	}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		switch filepath.Ext(path) {
		case ".html":
			add(path, string(text), "", keyInTemplate)
		case ".go":
			whole := familyInCode.ReplaceAllString(string(text), "") // without the names of families
			add(path, whole, "", keyInCode)
			add(path, whole, "", columnKey)
			for _, m := range problemCalled.FindAllStringSubmatch(whole, -1) {
				used["problem."+m[1]+".title"], used["problem."+m[1]+".sentence"] = path, path
			}
			add(path, string(text), "", navKey)
			add(path, string(text), "filter.", fieldName)
			add(path, string(text), "expected.", problemName)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestEveryUsedKeyHasASentence(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := usedKeys(t)
	if len(used) < 200 {
		t.Fatalf("found only %d keys in templates and code: the search is broken", len(used))
	}
	for key, file := range used {
		for _, lang := range locale.Languages {
			if !texts[lang].Has(key) {
				t.Errorf("%s asks for %s, which %s does not have", file, key, lang)
			}
		}
	}
}

// families are keys made of a prefix and an id that comes with the data: fixed sets that need a sentence each.
var families = []string{"note.", "part.", "action.", "ground.", "kind.", "term.", "step.", "cause.", "subject.", "status.", "level.", "grade.",
	"severity.", "supplier_type.", "assessment.", "cap.", "condition.", "input.", "metric.", "verdict.", "bin.", "validation.answer.", "validation.source.", "audit.action.", "role.",
	"upload.about.", "upload.batch.", "upload.copy.", "upload.delimiter.", "upload.delimiter_name.", "upload.expected.", "upload.fault.", "upload.format.", "upload.holds.",
	"creditfile.alert.", "review.moment.", "review.todo.", "views.dir.", "views.page.", "design.part.", "case.about.", "case.external.", "case.field.", "case.hearing.", "case.list.", "case.listing.", "case.none.", "case.outcome.", "case.relation.", "case.unit.", "home.cases.", "paper.window.", "paper.notice.",
	"upload.kind.", "upload.mapping.how.", "upload.mend.", "upload.note.", "upload.state.", "upload.tile.", "problem.upload.",
	"settle.action.", "settle.hold.", "settle.sheet.", "tracking.signal.", "incident.kind.", "incident.severity.", "incident.status.", "incident.effect.", "settle.stat.", "settle.sum."}

func TestNoSentenceIsUnused(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := usedKeys(t)
	dynamic := slices.Concat(families, []string{"filter.", "whatif.by.", "whatif.size.", "whatif.side.", "unit.", "expected.", "overview.by_", "method.", "public.methods.", "public.file.", "public.truth.", "public.subject.", "public.change.", "access.about.", "access.party.", "access.state_of.", "access.declared.",
		"process.refused.", "process.act.", "process.act_one.", "process.bulk.", "process.stands.", "process.outcome.", "process.moment.", "inquiry.kind.", "inquiry.subject.",
		"clue.contact.", "holiday.day.", "clue.evidence.", "clue.state.", "clue.verdict.", "plan.by.", "plan.money.", "plan.timing.", "plan.attained.", "plan.aim.", "plan.decide.", "inquiry.outcome.", "inquiry.channel.",
		"creditfile.way.", "creditfile.area.", "creditfile.on.", "creditfile.holds.", "creditfile.state.", "creditfile.status.", "creditfile.section.", "creditfile.inspection.",
		"creditfile.unit.", "creditfile.lane.", "creditfile.code.", "creditfile.lookup.found.", "creditfile.lookup.nothing.", "creditfile.repair.answer.", "creditfile.todo.",

		"market.answer.", "market.by.", "market.reading.", "catalogue.listing.", "catalogue.change.", "catalogue.action.", "catalogue.tab.", "register.state.", "register.status.", "nature.", "views.key."})
	for _, set := range fixedSets {
		dynamic = append(dynamic, set.families...)
	}
	for key := range texts[locale.Chinese].Keys() {
		if _, found := used[strings.TrimSuffix(key, locale.Zero)]; found {
			continue
		}
		if !slices.ContainsFunc(dynamic, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("nothing asks for %s", key)
		}
	}
}

// capRule finds the caps that the rules set by themselves; those of a policy file have their names there.
var capRule = regexp.MustCompile(`Cap\{Rule: "([a-z_0-9]+)"`)

// Every note and cap that the rules can give has a sentence in both languages.
func TestEveryNoteHasASentence(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"../scoring", "../credit", "../budget", "../pipelines"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			var keys []string
			for _, m := range noteCode.FindAllStringSubmatch(string(text), -1) {
				keys = append(keys, "note."+m[1])
			}
			for _, m := range partNote.FindAllStringSubmatch(string(text), -1) {
				keys = append(keys, "part."+m[1]+m[2])
			}
			for _, m := range capRule.FindAllStringSubmatch(string(text), -1) {
				keys = append(keys, "cap."+m[1])
			}
			for _, key := range keys {
				for _, lang := range locale.Languages {
					if !texts[lang].Has(key) {
						t.Errorf("%s gives a note, but %s is not in %s", path, key, lang)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fixedSets are families whose ids are all written in one place each: where, and how an id is found there.
var fixedSets = []struct {
	families []string
	glob     string
	ids      *regexp.Regexp
	within   *regexp.Regexp // the part of the file that counts; nil: all of it
	least    int
}{
	{[]string{"rule.", "flag."}, "../scoring/integrity/integrity.go", regexp.MustCompile(`Rule = "([a-z_0-9]+)"`), nil, 9},
	{[]string{"unestimated."}, "../scoring/calibration/raters.go", regexp.MustCompile(`raters\.Err\w+, "([a-z_0-9]+)"`), nil, 6},
	{[]string{"warning."}, "../scoring/raters/severity.go", regexp.MustCompile(`Warning += "([a-z_0-9]+)"`), nil, 4},
	{[]string{"cause."}, "../pipelines/*/view_movements.go", regexp.MustCompile(`"([a-z_]+)"`), regexp.MustCompile(`MovementCauses = \[6\]string\{[^}]*\}|New\w+ = "[a-z_]+"`), 8},
	{[]string{"survey.step."}, "../pipelines/survey/questions.go", regexp.MustCompile(`\{"([a-z_]+)", [0-9]+, (?:true|false)\}`), nil, 6},
	{[]string{"survey.channel."}, "../pipelines/survey/issue.go", regexp.MustCompile(`"([a-z]+)"`), regexp.MustCompile(`Channels = \[\]string\{[^}]*\}`), 3},
	{[]string{"survey.invalid."}, "../pipelines/survey/issue.go", regexp.MustCompile(`"([a-z]+)"`), regexp.MustCompile(`InvalidError\{(?:Field: )?"[a-z]+"|\{"[a-z]+", (?:q\.|len)`), 6},
	{[]string{"audit.broken."}, "../pipelines/store/auditcheck.go", regexp.MustCompile(`Audit\w+ += "([a-z]+)"`), nil, 6},
	{[]string{"step."}, "../pipelines/*.go", regexp.MustCompile(`\.step\("([^"]+)"`), nil, 9},
	{[]string{"access.scope."}, "access/access.go", regexp.MustCompile(`Role = "([a-z]+)"`), nil, 7},
	{[]string{"access.action."}, "access/matrix.go", regexp.MustCompile(`Action = "([a-z_]+)"`), nil, 16},
	{[]string{"access.kind."}, "access/matrix.go", regexp.MustCompile(`"([a-z_]+)"`), regexp.MustCompile(`(?s)var kinds = .*?\n}`), 10},
	{[]string{"access.refused."}, "access/refusal.go", regexp.MustCompile(`\t"([a-z_]+)":`), nil, 25},
	{[]string{"access.done."}, "*.go", regexp.MustCompile(`b\.done(?:Here)?\((?:[^\n]*?, )?"([a-z_]+)"`), nil, 8},
	{[]string{"holiday.occasion."}, "../scoring/workdays/notice.go", regexp.MustCompile(`"([a-z_]+)"`), regexp.MustCompile(`occasions = \[\]string\{[^}]*\}`), 7},
	{[]string{"design.use."}, "design.go", regexp.MustCompile(`"([a-z0-9-]+)"`), regexp.MustCompile(`designTokens = \[\]string\{[^}]*\}`), 13},
	{[]string{"design.size."}, "design.go", regexp.MustCompile(`"([a-z0-9]+)"`), regexp.MustCompile(`tag := range \[\]string\{[^}]*\}`), 6},
	{[]string{"public.table."}, "publish/schema.go", regexp.MustCompile(`= table\{"([a-z_]+)"`), nil, 17},
	{[]string{"public.column."}, "publish/schema.go", regexp.MustCompile(`\{"([a-z_0-9]+)", (?:text|list|whole|real|yuan|truth|day)\}`), nil, 60},
	{[]string{"public.kind."}, "publish/table.go", regexp.MustCompile(` kind += "([a-z]+)"`), nil, 7},
	{[]string{"public.withheld."}, "publish/schema.go", regexp.MustCompile(`= "([a-z_]+)"`), nil, 3},
	{[]string{"public.page."}, "publish/site.go", regexp.MustCompile(`"([a-z]+)"`), regexp.MustCompile(`sitePages = \[\]string\{[^}]*\}`), 8},
	{[]string{"process.state."}, "../scoring/dueprocess/dueprocess.go", regexp.MustCompile(` State += "([a-z]+)"`), nil, 7},
	{[]string{"inquiry.state."}, "../scoring/dueprocess/inquiry.go", regexp.MustCompile(`InquiryState = "([a-z]+)"`), nil, 6},
	{[]string{"inquiry.moment."}, "../scoring/dueprocess/inquiry.go", regexp.MustCompile(`InquiryStep = "([a-z]+)"`), regexp.MustCompile(`(?s)RouteTo +InquiryStep.*?Keep +InquiryStep[^\n]*`), 6}, // a review has its own
	{[]string{"process.todo."}, "*.go", regexp.MustCompile(`"process\.todo\.([a-z_]+)"`), nil, 11},
	{[]string{"case.step.", "case.do.", "case.hint."}, "../credit/blacklist/case.go", regexp.MustCompile(`StepKind = "([a-z_]+)"`), nil, 18},
	{[]string{"case.state.", "case.say."}, "../credit/blacklist/case.go", regexp.MustCompile(`State = "([a-z_]+)"`), nil, 11},
	{[]string{"case.clock."}, "../credit/blacklist/clock.go", regexp.MustCompile(`Clock += "([a-z_]+)"`), nil, 6},
	{[]string{"case.refused."}, "../credit/blacklist/refusal.go", regexp.MustCompile(`\t"([a-z_0-9]+)":`), nil, 40},
	{[]string{"case.standard."}, "../credit/blacklist/casepolicy.go", regexp.MustCompile(`= "([a-z_]+)" `), nil, 4},
	{[]string{"case.factor."}, "../credit/blacklist/casepolicy.go", regexp.MustCompile(`"([a-z_]+)"[,}]`), regexp.MustCompile(`return \[\]string\{"[^}]*\}`), 11},
	{[]string{"case.service."}, "../credit/blacklist/case.go", regexp.MustCompile(`"([a-z_]+)"`), regexp.MustCompile(`"direct"[^}]*\}`), 4},
	{[]string{"asks."}, "*.go", regexp.MustCompile(`(?:T\("asks\.|newLedger\("|ledgerOf\(ctx, v, b, ")([a-z]+)"`), nil, 25},
	{[]string{"home.todo."}, "*.go", regexp.MustCompile(`"home\.todo\.([a-z_]+)"`), nil, 6},
	{[]string{"plan.status."}, "../budget/execution/plan.go", regexp.MustCompile(`Status = "([a-z]+)"`), nil, 5},
	{[]string{"plan.lack."}, "../budget/execution/readiness.go", noteCode, nil, 16},
	{[]string{"plan.method."}, "../pipelines/intake/kinds.go", regexp.MustCompile(`\{"([a-z_]+)", `), regexp.MustCompile(`(?s)var methods = .*?\}\}`), 11},
	{[]string{"clue.rule.", "clue.said."}, "../pipelines/clues/clues.go", regexp.MustCompile(`Rule += "([a-z_]+)"`), nil, 9},
	{[]string{"clue.rule_state."}, "cluerules.go", regexp.MustCompile(`rule[A-Z]\w+ += "([a-z_]+)"`), nil, 4},
	{[]string{"note.settle_"}, "../budget/settlement.go", regexp.MustCompile(`= "settle_([a-z_]+)"`), nil, 11},
}

// Every id of a fixed set has its sentences in both languages, and no sentence is of an id that there is no more.
func TestFixedSetsAreComplete(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range fixedSets {
		ids := idsOf(t, set.glob, set.within, set.ids)
		if len(ids) < set.least {
			t.Errorf("found only %v in %s: the search is broken", ids, set.glob)
		}
		for _, family := range set.families {
			for _, lang := range locale.Languages {
				for _, id := range ids {
					if !texts[lang].Has(family + id) {
						t.Errorf("%s can say %q, but %s is not in %s", set.glob, id, family+id, lang)
					}
				}
				for key := range texts[lang].Keys() {
					if id, of := strings.CutPrefix(key, family); of && !slices.Contains(ids, id) {
						t.Errorf("%s is in %s, but nothing in %s says %q", key, lang, set.glob, id)
					}
				}
			}
		}
	}
}

// The kinds of events that the shipped policy speaks of have a name in both languages.
func TestKindsOfThePolicyAreNamed(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	kinds := idsOf(t, "../pipelines/policy/shipped/*.toml", regexp.MustCompile(`(?m)^[a-z_0-9]+_kinds = \[.*?\]`), regexp.MustCompile(`"([a-z_]+)"`))
	if len(kinds) < 8 {
		t.Errorf("found only %v: the search is broken", kinds)
	}
	for _, kind := range kinds {
		for _, lang := range locale.Languages {
			if !texts[lang].Has("kind." + kind) {
				t.Errorf("the policy speaks of %q, but kind.%[1]s is not in %s", kind, lang)
			}
		}
	}
}

// idsOf lists the ids that a pattern finds in the source files of a glob.
func idsOf(t *testing.T, glob string, within, pattern *regexp.Regexp) (ids []string) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pieces := []string{string(content)}
		if within != nil {
			pieces = within.FindAllString(pieces[0], -1)
		}
		for _, piece := range pieces {
			for _, m := range pattern.FindAllStringSubmatch(piece, -1) {
				if !slices.Contains(ids, m[1]) {
					ids = append(ids, m[1])
				}
			}
		}
	}
	return ids
}
