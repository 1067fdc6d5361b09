package dashboards

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
)

// The money units that a reader can choose.
const (
	wan  = "wan" // ten thousand yuan, the default
	yuan = "yuan"
)

// basis is what every page has and its template sees: the reader's choices, which stand in the address, and the run that is
// shown. Pages embed it, and not base: the compiler makes a function for each method that a page has from what it embeds, which
// are few here and hundreds there.
type basis struct {
	*locale.Texts
	*labels
	Title       string
	Nav         string // of the page, to mark it in the navigation
	Unit        string
	Run         *store.Run // nil: none is published
	PublishedAt time.Time
	Status      *RunStatus // nil: no nightly loop
	Version     string
	Bureau      string            // the finance bureau, which publishes
	Who         access.Identity   // who is asking
	Demo        bool              // the server shows the demonstration
	Problem     string            // why a form was refused; empty: it was not
	Done        string            // what a form did; empty: nothing
	Wall        string            // address that a wall screen shows next; empty: the page is read at a desk
	pdf         bool              // pages can be had as PDF
	keeps       bool              // the page's state can be saved by who is asking
	saved       []store.SavedView // of who is asking
	assets      *assets
	methods     *methodBook
	path        string
	query       url.Values
	unfit       map[string]string // what is wrong with which fields of a form that was refused: see wrong
	now         time.Time
	base        *base // that this is the basis of
}

// base is a basis with what pages are made of: words, cells, rows and files, none of which a template needs.
type base struct{ *basis }

func baseOf(own basis) *base {
	own.base = &base{&own}
	return own.base
}

func (s *Server) newBase(r *http.Request) *base {
	query := r.URL.Query()
	query.Del(pdfKey) // of this answer alone, and of no link on it
	b := baseOf(basis{Texts: s.texts[locale.Chinese], labels: &labels{}, Unit: wan, Version: s.config.Version, assets: s.assets, methods: s.methods,
		path: r.URL.EscapedPath(), query: query, Who: access.From(r.Context()), Demo: s.config.Demo, now: s.config.Now()})
	if texts, known := s.texts[query.Get("lang")]; known {
		b.Texts = texts
	}
	if query.Get("unit") == yuan {
		b.Unit = yuan
	}
	b.Bureau = orText(s.config.Publisher, b.T("inquiry.bureau"))
	if s.config.Status != nil {
		status := s.config.Status()
		b.Status = &status
	}
	b.saved, b.keeps = viewsOf(r.Context())
	b.pdf = s.config.Printer != nil
	b.tellDone()
	if query.Has(wallKey) {
		b.Wall = b.nextOnWall()
	}
	return b
}

// RoleName is the name of the role of who is asking.
func (b *basis) RoleName() string { return b.base.named("role", string(b.Who.Role)) }

// Self is the address of this page as it was asked for, for a form that comes back to it.
func (b *basis) Self() string { return address(b.path, b.query) }

// May says whether who is asking may do an action, which a template names by its text.
func (b *basis) May(action access.Action) bool { return b.Who.May(action) }

// name sets the page's title and its place in the navigation.
func (b *base) name(nav, title string) { b.Nav, b.Title = nav, title }

// Asset is the address of a static file.
func (b *basis) Asset(name string) string { return b.assets.address(name) }

// To is the address of another page, which keeps the reader's language and unit. The pairs are its filters; one with
// an empty value is left out.
func (b *basis) To(path string, pairs ...string) string {
	query := url.Values{}
	b.base.keep(query)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return address(path, query)
}

func (b *base) keep(query url.Values) {
	if b.Language != locale.Chinese {
		query.Set("lang", b.Language)
	}
	if b.Unit != wan {
		query.Set("unit", b.Unit)
	}
}

// Here is the address of this page with some of its filters changed; an empty value takes one away. Any change leads
// back to the first page of a list.
func (b *basis) Here(pairs ...string) string {
	query := url.Values{}
	for key, values := range b.query {
		if key != "page" && len(values) > 0 && values[0] != "" {
			query.Set(key, values[0])
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			query.Del(pairs[i])
		} else {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if b.base.opensWithView() && bare(query) {
		query.Set(viewKey, wholePage)
	}
	return address(b.path, query)
}

// Toggle is the address of this page with a filter set, or taken away when it is set already.
func (b *basis) Toggle(key, value string) string {
	if b.query.Get(key) == value {
		return b.Here(key, "")
	}
	return b.Here(key, value)
}

func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// Export is the address of this list as a file, with the same filters; the pairs are more of them.
func (b *basis) Export(path string, pairs ...string) string {
	_, query, _ := strings.Cut(b.Here(append(pairs, "page", "", "by", "", viewKey, "")...), "?")
	if query == "" {
		return path
	}
	return path + "?" + query
}

// InLanguage is the address of this page in another language.
func (b *basis) InLanguage(lang string) string {
	if lang == locale.Chinese {
		lang = ""
	}
	return b.base.samePage("lang", lang)
}

// InUnit is the address of this page in another unit of money.
func (b *basis) InUnit(unit string) string {
	if unit == wan {
		unit = ""
	}
	return b.base.samePage("unit", unit)
}

func (b *base) samePage(key, value string) string {
	return b.Here(key, value, "page", b.query.Get("page"))
}

// Kept are the choices and filters of the address but the named ones, for the hidden fields of a form.
func (b *basis) Kept(except ...string) map[string]string {
	kept := map[string]string{}
	for key, values := range b.query {
		if len(values) > 0 && values[0] != "" {
			kept[key] = values[0]
		}
	}
	delete(kept, "page")
	for _, key := range except {
		delete(kept, key)
	}
	return kept
}

// Evaluators and Evaluator are the addresses of all raters and of one, in the calibration that the page shows.
func (b *basis) Evaluators() string {
	return b.base.open(access.ReadRaters, b.To("/evaluators", "calibration", b.query.Get("calibration")))
}

func (b *basis) Evaluator(id string) string {
	return b.base.open(access.ReadRaters, b.To("/evaluators/"+url.PathEscape(id), "calibration", b.query.Get("calibration")))
}

// Supplier, Contract and RunPage are the addresses of one supplier, one contract's slip and one run.
func (b *basis) Supplier(id string) string {
	return b.base.open(access.ReadCredit, b.To("/suppliers/"+url.PathEscape(id)))
}

func (b *basis) Contract(no string) string { return b.To("/evaluations/" + url.PathEscape(no)) }

func (b *basis) RunPage(id int) string {
	return b.base.open(access.ReadProgramme, b.To("/runs/"+whole(int64(id))))
}

// open is an address where it opens to who is asking, and no address elsewhere.
func (b *base) open(action access.Action, address string) string {
	if !b.May(action) {
		return ""
	}
	return address
}

// pathValue is the last part of the page's path, after prefix.
func (b *base) pathValue(prefix string) string {
	value, err := url.PathUnescape(strings.TrimPrefix(b.path, prefix))
	if err != nil {
		return ""
	}
	return value
}
