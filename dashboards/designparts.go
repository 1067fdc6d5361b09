package dashboards

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// sheetParts are the parts of the style sheet by how the comment above each begins, in the order of the sheet, and what pages
// call them. What comes before the first is none: it holds the tokens.
var sheetParts = []struct{ begins, id string }{
	{"One accent", "elements"}, {"Frame", "frame"}, {"Text", "text"}, {"Blocks", "blocks"}, {"Grades", "grades"}, {"Tables", "tables"}, {"Filters", "filters"}, {"The slip", "slip"},
	{"Methods", "methods"}, {"Charts", "charts"}, {"Survey", "survey"}, {"Accounts", "accounts"}, {"Uploads", "uploads"}, {"The what-if", "whatif"}, {"Wall", "wall"},
	{"The page about", "design"}, {"Credit file", "credit"}, {"Due process", "process"}, {"Blacklist", "cases"}, {"Settlement", "settlement"}, {"Incidents", "incidents"},
	{"The bar of saved", "views"}, {"Clues", "clues"},
}

// ownSheets are the sheets of pages that stand alone, and what pages call them.
var ownSheets = []struct{ file, id string }{{"paper.css", "paper"}, {"sheet.css", "sheet"}, {"survey.css", "answer"}}

var (
	partHead = regexp.MustCompile(`(?m)^/\* (.*?) \*/$`)
	ruleText = regexp.MustCompile(`(?s)/\*.*?\*/|\{[^{}]*\}`)
	ruleName = regexp.MustCompile(`\.([a-z][a-z0-9-]*)`)
)

// partsOf cuts a style sheet at the comments that stand on lines of their own; each part begins with its comment's text.
func partsOf(sheet string) [][2]string {
	var parts [][2]string
	heads := partHead.FindAllStringSubmatchIndex(sheet, -1)
	for i, h := range heads {
		end := len(sheet)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		parts = append(parts, [2]string{sheet[h[2]:h[3]], sheet[h[1]:end]})
	}
	return parts
}

// classesIn are the classes that some rules are of, each once, in the order of the alphabet.
func classesIn(rules string) []string {
	found := map[string]bool{}
	for _, m := range ruleName.FindAllStringSubmatch(ruleText.ReplaceAllString(rules, "{}"), -1) {
		found[m[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// classParts lists every class of the style sheets under the part whose rules are the first of it.
func (s *Server) classParts(b *base) table {
	t := table{Caption: b.T("design.classes"), Head: b.columns("design.col.part", "design.col.classes")}
	listed := map[string]bool{}
	add := func(id, rules string) {
		fresh := slices.DeleteFunc(classesIn(rules), func(class string) bool { return listed[class] })
		for _, class := range fresh {
			listed[class] = true
		}
		if len(fresh) > 0 {
			t.Rows = append(t.Rows, []cell{text(b.named("design.part", id)), text(strings.Join(fresh, " "))})
		}
	}
	for _, part := range partsOf(string(s.assets.files["app.css"].plain)) {
		for _, known := range sheetParts {
			if strings.HasPrefix(part[0], known.begins) {
				add(known.id, part[1])
			}
		}
	}
	for _, own := range ownSheets {
		add(own.id, string(s.assets.files[own.file].plain))
	}
	return t
}
