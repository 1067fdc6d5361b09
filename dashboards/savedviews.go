package dashboards

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// Limits of what one account keeps.
const (
	mostViews    = 100  // a list that can still be read; one who keeps more does not know them
	longestState = 2000 // bytes: what every browser and proxy takes as an address
)

// wholePage in the place of a view asks for a page as it is, though it has a default view.
const wholePage = "none"

// viewKey names in an address the saved view that it comes from. It keeps a page from opening with the default again when
// its last filter is taken away.
const viewKey = "view"

// fleeting are the keys of an address that are no state of its page: the reader's own choices, what is shown once, and other
// forms of the page.
var fleeting = []string{"lang", "unit", "page", viewKey, drawingKey, pdfKey, wallKey, "done", "n", "saved", "adopted"}

// savedViews remembers the views of each account, since every page that is read asks for them.
type savedViews struct {
	mu   sync.Mutex
	kept map[string][]store.SavedView // by account
}

// of returns the views of an account by page and name.
func (k *savedViews) of(ctx context.Context, st *store.Store, account string) (all []store.SavedView, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if all, known := k.kept[account]; known {
		return all, nil
	}
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		all, err = store.SavedViews(ctx, r, account)
		return err
	})
	if err != nil {
		return nil, err
	}
	if k.kept == nil {
		k.kept = map[string][]store.SavedView{}
	}
	k.kept[account] = all
	return all, nil
}

func (k *savedViews) forget(account string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.kept, account)
}

// viewBar is what a page says of its saved views, and the form that saves its present state.
type viewBar struct {
	Views []viewLink
	Page  string
	State string
	Saved bool // the present state is that of a view
	Whole string
}

// viewLink is a saved view of the page that is shown.
type viewLink struct {
	Name, URL string
	Current   bool
	Default   bool
}

// state is the query of this page without what is fleeting: what a view keeps.
func (b *base) state() url.Values {
	state := url.Values{}
	for key, value := range b.Kept(fleeting...) {
		state.Set(key, value)
	}
	return state
}

// Views is the bar of this page; nil where nothing can be saved: before a sign-in, and on pages without a state.
func (b *basis) Views() *viewBar {
	if !b.keeps || b.Nav == "home" || b.Nav == "account" || len(b.base.state()) == 0 && !b.base.inNavigation() {
		return nil
	}
	bar := &viewBar{Page: b.path, State: b.base.state().Encode(), Whole: b.base.unfiltered()}
	for _, v := range b.saved {
		if v.Page != b.path {
			continue
		}
		link := viewLink{Name: v.Name, URL: b.base.viewURL(&v), Default: v.Default, Current: v.State == bar.State}
		bar.Saved = bar.Saved || link.Current
		bar.Views = append(bar.Views, link)
	}
	return bar
}

// opensWithView says whether this page has a default view.
func (b *base) opensWithView() bool {
	return slices.ContainsFunc(b.saved, func(v store.SavedView) bool { return v.Default && v.Page == b.path })
}

// unfiltered is the address of this page without any state.
func (b *base) unfiltered() string {
	if b.opensWithView() {
		return b.To(b.path, viewKey, wholePage)
	}
	return b.To(b.path)
}

func (b *base) inNavigation() bool {
	return slices.ContainsFunc(navigation, func(p navPage) bool { return p.path == b.path })
}

// viewURL is the address of a saved view in the reader's language and unit.
func (b *base) viewURL(v *store.SavedView) string {
	address := b.To(v.Page, viewKey, strconv.Itoa(v.ID))
	if v.State != "" {
		address = withQuery(address, v.State)
	}
	return address
}

// withViews gives a page what the account of who is asking has saved, and leads to the default view of the page where it was
// asked for without any state.
func (s *Server) withViews(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := access.From(r.Context())
		if who.Account == "" || r.Method != http.MethodGet {
			h(w, r)
			return
		}
		all, err := s.views.of(r.Context(), s.config.Store, who.Account)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), viewsKey{}, all))
		b := s.newBase(r)
		if at := slices.IndexFunc(all, func(v store.SavedView) bool { return v.Default && v.Page == b.path }); at >= 0 && bare(b.query) {
			http.Redirect(w, r, b.viewURL(&all[at]), http.StatusFound)
			return
		}
		h(w, r)
	}
}

type viewsKey struct{}

// viewsOf are the saved views of who is asking; false where a request has none, as that of a form.
func viewsOf(ctx context.Context) ([]store.SavedView, bool) {
	all, known := ctx.Value(viewsKey{}).([]store.SavedView)
	return all, known
}

// bare says whether an address asks for a page as it is: there is nothing in it but the reader's own choices.
func bare(query url.Values) bool {
	for key := range query {
		if key != "lang" && key != "unit" {
			return false
		}
	}
	return true
}

// savedViewsPage lists the views of an account.
type savedViewsPage struct {
	*basis
	List []viewRow
}

// viewRow is a saved view as its owner changes it.
type viewRow struct {
	ID                          int
	Name, Page, Says, URL, Link string
	SavedOn                     string
	Default                     bool
}

func (s *Server) registerViews() {
	s.still("/views", access.OwnAccount, s.viewsPage)
	s.form("/views", access.OwnAccount, s.saveView, s.viewsPage)
	s.form("/views/{view}/rename", access.OwnAccount, s.renameView, s.viewsPage)
	s.form("/views/{view}/default", access.OwnAccount, s.changeDefault, s.viewsPage)
	s.form("/views/{view}/drop", access.OwnAccount, s.dropView, s.viewsPage)
}

func (s *Server) viewsPage(r *http.Request, b *base) (string, any, error) {
	b.name("account", b.T("views.title"))
	all, err := s.views.of(r.Context(), s.config.Store, b.Who.Account)
	if err != nil {
		return "", nil, err
	}
	p, words := &savedViewsPage{basis: b.basis}, viewWords{}
	err = s.view(r.Context(), b, func(ctx context.Context, v *store.View) (err error) {
		words, err = s.viewWords(ctx, v, b, all)
		return err
	})
	if errors.Is(err, store.ErrUnpublished) {
		err = nil
	}
	for i := range all {
		v := &all[i]
		p.List = append(p.List, viewRow{ID: v.ID, Name: v.Name, Page: b.pageName(v.Page), Says: b.stateSaid(v.Page, v.State, words), URL: b.viewURL(v),
			Link: shareLink(r, v), SavedOn: b.Moment(v.SavedAt), Default: v.Default})
	}
	return "views.html", p, err
}

// shareLink is the absolute address of a view's page in its state, which depends on no account.
func shareLink(r *http.Request, v *store.SavedView) string {
	return origin(r) + strings.TrimSuffix(v.Page+"?"+v.State, "?")
}

// origin is the server as who is asking reaches it.
func origin(r *http.Request) string {
	if underTLS(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// pageName is what the navigation calls a page; of one below it, with the rest of its path.
func (b *base) pageName(path string) string {
	for _, p := range navigation {
		if p.path == path {
			return b.T(p.key)
		}
		if rest, below := strings.CutPrefix(path, p.path+"/"); below && p.path != "/" {
			return b.T(p.key) + " · " + b.named("views.page", rest)
		}
	}
	return path
}

// viewWords are what the states of saved views are said with; the zero value leaves ids as they are.
type viewWords struct {
	names     map[string]string // of organisations and items
	programme *programme        // what the budget page supposes; nil: no view is of that page, or there is none
}

// viewWords reads what the states of some saved views are said with.
func (s *Server) viewWords(ctx context.Context, v *store.View, b *base, saved []store.SavedView) (words viewWords, err error) {
	if len(saved) == 0 {
		return words, nil
	}
	if words.names, err = v.Names(ctx); err == nil && slices.ContainsFunc(saved, func(s store.SavedView) bool { return s.Page == budgetPath }) {
		words.programme, err = s.programmeOf(ctx, v, b.labels)
	}
	return words, err
}

// budgetPath is the page whose state is what it supposes.
const budgetPath = "/budget"

// stateSaid is a state in words: what each filter is called, with its value as pages call it, organisations and items by their
// names, and what the budget page supposes as that page says it.
func (b *base) stateSaid(page, state string, words viewWords) string {
	query, err := url.ParseQuery(state)
	if err != nil {
		return state
	}
	var parts []string
	if page == budgetPath && words.programme != nil {
		q := b.assume(words.programme, query)
		for _, c := range q.Chips {
			parts = append(parts, c.Label+" "+c.Value)
		}
		for _, key := range q.keys() {
			query.Del(key)
		}
	}
	for key, values := range query {
		label := key
		if b.Has("filter." + key) {
			label = b.T("filter." + key)
		} else if b.Has("views.key." + key) {
			label = b.T("views.key." + key)
		}
		parts = append(parts, label+" "+b.valueSaid(page, key, strings.Join(values, ","), words.names))
	}
	slices.Sort(parts)
	return orText(strings.Join(parts, " · "), b.T("export.unfiltered"))
}

// valueSaid is the value of a filter as pages call it: a grade, a status, a level, an item or an organisation by its name, columns by
// their titles, anything else as it stands in the address.
func (b *base) valueSaid(page, key, value string, names map[string]string) string {
	switch key {
	case "grade", "status":
		return b.Grade(value)
	case "party", "missing":
		for _, p := range b.partyChoices() {
			if p.ID == value {
				return p.Name
			}
		}
	case "outcome":
		return b.named("kind", b.named("validated", value))
	case columnsKey:
		titles := strings.Split(value, ",")
		for i, id := range titles {
			titles[i] = b.named("col", id)
		}
		return strings.Join(titles, b.T("list.comma"))
	}
	if family := orText(valueFamilies[page+" "+key], valueFamilies[key]); family != "" {
		return b.named(family, value)
	}
	return orText(names[value], value)
}

// valueFamilies are what the values of a key of addresses are called, on all pages or on one.
var valueFamilies = map[string]string{"level": "level", "type": "supplier_type", "sort": "col", "dir": "views.dir", "by": "whatif.by", "action": "action",
	"/market of": "market.by", validatedPath + " of": "input", validatedPath + " after": "level", validatedPath + " window": "validated.window", validatedPath + " bin": "bin",
	"/evaluations state": "process.state", "/process state": "process.state", "/clues state": "clue.state", "/clues/groups state": "clue.state", "/blacklist state": "case.state",
	"/cases state": "case.state", "/inquiries state": "inquiry.state", "/assignments state": "access.state_of", "/repairs state": "creditfile.state", "/register state": "register.state"}

// saveView keeps the state of a page and leads back to it.
func (s *Server) saveView(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	v, err := s.viewOf(r, b)
	if err != nil {
		return "", err
	}
	if v.ID, err = s.config.Store.SaveView(r.Context(), v); err != nil {
		return "", err
	}
	s.views.forget(b.Who.Account)
	return b.viewURL(&v), nil
}

// viewOf reads the form that saves a view.
func (s *Server) viewOf(r *http.Request, b *base) (store.SavedView, error) {
	v := store.SavedView{Account: b.Who.Account, Page: r.PostFormValue("page"), Default: r.PostFormValue("default") != ""}
	var err error
	if v.Name, err = viewName(r); err != nil {
		return v, err
	}
	if !s.readsPage(v.Page) {
		return v, &badFilter{Name: "page", Found: v.Page, Expected: "path"}
	}
	state := r.PostFormValue("state")
	query, err := url.ParseQuery(state)
	if err != nil || len(state) > longestState || !utf8.ValidString(state) {
		return v, &access.Refusal{Code: "view_state", Found: strconv.Itoa(len(state)), Expected: strconv.Itoa(longestState)}
	}
	v.State = baseOf(basis{query: query}).state().Encode()
	all, err := s.views.of(r.Context(), s.config.Store, v.Account)
	if err == nil && len(all) >= mostViews {
		err = &access.Refusal{Code: "views_many", Expected: strconv.Itoa(mostViews)}
	}
	return v, err
}

// readsPage says whether a path is one of a page of this server.
func (s *Server) readsPage(path string) bool {
	if path == "" || ownPath(path) != path || strings.ContainsAny(path, "?#") {
		return false
	}
	request, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return false
	}
	_, pattern := s.mux.Handler(request)
	return strings.HasPrefix(pattern, "GET /") && pattern != "GET /"
}

// viewName reads the name of a view from a form.
func viewName(r *http.Request) (string, error) {
	name := strings.TrimSpace(r.PostFormValue("name"))
	if n := utf8.RuneCountInString(name); n == 0 || n > longestName || !utf8.ValidString(name) {
		return "", &access.Refusal{Code: "view_name", Found: strconv.Itoa(n), Expected: strconv.Itoa(longestName)}
	}
	return name, nil
}

func (s *Server) renameView(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	name, err := viewName(r)
	if err != nil {
		return "", err
	}
	return b.done("/views", "view_renamed"), s.changeView(r, b, func(ctx context.Context, account string, id int) error {
		return s.config.Store.RenameView(ctx, account, id, name)
	})
}

// changeDefault makes a page open with a view, or, without "on", as it is again.
func (s *Server) changeDefault(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	if r.PostFormValue("on") == "" {
		return b.done("/views", "view_not_default"), s.changeView(r, b, s.config.Store.EndDefaultView)
	}
	return b.done("/views", "view_default"), s.changeView(r, b, s.config.Store.MakeDefaultView)
}

func (s *Server) dropView(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	return b.done("/views", "view_dropped"), s.changeView(r, b, s.config.Store.DropView)
}

// changeView does something to the view that the path names.
func (s *Server) changeView(r *http.Request, b *base, change func(ctx context.Context, account string, id int) error) error {
	id, err := strconv.Atoi(r.PathValue("view"))
	if err != nil || id < 1 || id > math.MaxInt32 {
		return fmt.Errorf("view %q: %w", r.PathValue("view"), store.ErrNoView)
	}
	defer s.views.forget(b.Who.Account)
	return change(r.Context(), b.Who.Account, id)
}
