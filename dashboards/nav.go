package dashboards

import (
	"strings"

	"pingxin/dashboards/access"
)

// navPage is a page that the navigation leads to. Its key names it, and after "nav." is what the page calls itself in
// base.name; a group without a name is of that page alone.
type navPage struct {
	group, key, path string
	action           access.Action
}

// navigation lists the pages by group, in the order of both.
var navigation = []navPage{
	{"", "nav.home", "/", access.OwnAccount},

	{"nav.group.results", "nav.overview", "/overview", access.ReadProgramme},
	{"nav.group.results", "nav.evaluations", "/evaluations", access.ReadResults},
	{"nav.group.results", "nav.process", "/process", access.ReadResults},
	{"nav.group.results", "nav.tracking", "/tracking", access.ReadResults},
	{"nav.group.results", "nav.departments", "/departments", access.ReadResults},
	{"nav.group.results", "nav.items", "/items", access.ReadResults},
	{"nav.group.results", "nav.evaluators", "/evaluators", access.ReadRaters},
	{"nav.group.results", "nav.public", "/public", access.ReadPublic},
	{"nav.group.results", "nav.releases", "/releases", access.ReadProgramme},

	{"nav.group.suppliers", "nav.suppliers", "/suppliers", access.ReadCredit},
	{"nav.group.suppliers", "nav.assessments", "/assessments", access.ReadCredit},
	{"nav.group.suppliers", "nav.commendations", "/commendations", access.ReadCredit},
	{"nav.group.suppliers", "nav.effects", "/effects", access.ReadCredit},
	{"nav.group.suppliers", "nav.repairs", "/repairs", access.ReadCredit},
	{"nav.group.suppliers", "nav.selection", "/selection", access.ReadSelection},
	{"nav.group.suppliers", "nav.register", "/register", access.ReadCredit},
	{"nav.group.suppliers", "nav.market", "/market", access.ReadProgramme},

	{"nav.group.money", "nav.catalogue", "/catalogue", access.ReadResults},
	{"nav.group.money", "nav.budget", "/budget", access.ReadProgramme},
	{"nav.group.money", "nav.execution", "/execution", access.ReadExecution},
	{"nav.group.money", "nav.plans", "/plans", access.ReadExecution},
	{"nav.group.money", "nav.readiness", "/readiness", access.ReadExecution},
	{"nav.group.money", "nav.purchase", "/purchase", access.ReadExecution},
	{"nav.group.money", "nav.payments", "/payments", access.ReadExecution},
	{"nav.group.money", "nav.rollout", "/rollout", access.ReadProgramme},
	{"nav.group.money", "nav.settlement", "/settlement", access.ReadSettlement},

	{"nav.group.oversight", "nav.incidents", "/incidents", access.ReadResults},
	{"nav.group.oversight", "nav.blacklist", "/blacklist", access.ReadCases},
	{"nav.group.oversight", "nav.cases", "/cases", access.AnswerCase},

	{"nav.group.oversight", "nav.inquiries", "/inquiries", access.ReadInquiries},
	{"nav.group.oversight", "nav.clues", "/clues/groups", access.ReadClues},

	{"nav.group.work", "nav.uploads", "/uploads", access.ReadUploads},
	{"nav.group.work", "nav.declarations", "/declarations", access.Declare},
	{"nav.group.work", "nav.assignments", "/assignments", access.Assign},
	{"nav.group.work", "nav.surveys", "/surveys", access.Survey},

	{"nav.group.system", "nav.runs", "/runs", access.ReadProgramme},
	{"nav.group.system", "nav.validation", "/validation", access.ReadProgramme},
	{"nav.group.system", "nav.accounts", "/accounts", access.Administer},
	{"nav.group.system", "nav.holidays", "/holidays", access.ReadProgramme},
	{"nav.group.system", "nav.audit", "/audit", access.ReadAudit},
	{"nav.group.system", "nav.methods", "/methods", access.ReadPublic},
}

// oneRow is how many pages stand in one row of the navigation; somebody who may open more sees the groups, and below them
// the pages of the current one. It is what fits beside each other on a desktop in both languages.
const oneRow = 8

// navLink is a link of the navigation. Current is what aria-current says of it, empty when it leads elsewhere.
type navLink struct{ Text, URL, Current string }

// Navigation are the rows of links to what who is asking may open.
func (b *basis) Navigation() [][]navLink {
	var may []navPage
	for _, p := range navigation {
		if b.May(p.action) {
			may = append(may, p)
		}
	}
	if len(may) <= oneRow {
		return [][]navLink{b.base.navPages(may)}
	}
	groups, current := b.base.navGroups(may)
	if len(current) < 2 {
		return [][]navLink{groups}
	}
	return [][]navLink{groups, b.base.navPages(current)}
}

// navPages are links to pages.
func (b *base) navPages(pages []navPage) (links []navLink) {
	for _, p := range pages {
		link := navLink{Text: b.T(p.key), URL: b.To(p.path)}
		if b.onPage(p) {
			link.Current = "page"
		}
		links = append(links, link)
	}
	return links
}

// navGroups are links to the first page of each group, and the pages of the group that is shown.
func (b *base) navGroups(pages []navPage) (links []navLink, current []navPage) {
	for len(pages) > 0 {
		n := 1
		for n < len(pages) && pages[n].group == pages[0].group {
			n++
		}
		links = append(links, b.navPages(pages[:1])[0])
		link := &links[len(links)-1]
		if name := pages[0].group; name != "" {
			link.Text = b.T(name)
		}
		for _, p := range pages[:n] {
			if b.onPage(p) {
				current = pages[:n]
				if n > 1 {
					link.Current = "true"
				}
			}
		}
		pages = pages[n:]
	}
	return links, current
}

// onPage says whether the page is the one that is shown.
func (b *base) onPage(p navPage) bool { return strings.TrimPrefix(p.key, "nav.") == b.Nav }
