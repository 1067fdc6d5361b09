package store

import (
	"context"
	"errors"
	"testing"
)

// viewsOf are the saved views of an account.
func viewsOf(t *testing.T, s *Store, account string) (all []SavedView) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) (err error) {
		all, err = SavedViews(ctx, r, account)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSavedViews: a page has one default at most, nobody reaches another's view, a number is never given twice, and each act
// is in the audit log without a word of what was saved.
func TestSavedViews(t *testing.T) {
	s := openAt(t, t.TempDir())
	ctx := As(t.Context(), Actor{Name: "li", Role: "finance"})
	keep := func(name string, isDefault bool) int {
		t.Helper()
		id, err := s.SaveView(ctx, SavedView{Account: "a1", Page: "/evaluations", Name: name, State: "q=secret", Default: isDefault})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first, second := keep("b", true), keep("a", true)
	if all := viewsOf(t, s, "a1"); len(all) != 2 || all[0].Name != "a" || !all[0].Default || all[1].Default || all[1].State != "q=secret" || all[1].SavedAt.IsZero() {
		t.Errorf("two that were saved as the default: %+v", all)
	}
	for name, act := range map[string]func() error{
		"rename":  func() error { return s.RenameView(ctx, "a2", first, "x") },
		"default": func() error { return s.MakeDefaultView(ctx, "a2", first) },
		"end":     func() error { return s.EndDefaultView(ctx, "a2", first) },
		"drop":    func() error { return s.DropView(ctx, "a2", first) },
		"unknown": func() error { return s.DropView(ctx, "a1", 99) },
	} {
		if err := act(); !errors.Is(err, ErrNoView) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNoView)
		}
	}
	if err := errors.Join(s.RenameView(ctx, "a1", first, "z"), s.MakeDefaultView(ctx, "a1", first)); err != nil {
		t.Fatal(err)
	}
	if all := viewsOf(t, s, "a1"); all[0].Default || !all[1].Default || all[1].Name != "z" || all[1].ID != first {
		t.Errorf("renamed and made the default: %+v", all)
	}
	if err := errors.Join(s.EndDefaultView(ctx, "a1", first), s.DropView(ctx, "a1", second)); err != nil {
		t.Fatal(err)
	}
	if all := viewsOf(t, s, "a1"); len(all) != 1 || all[0].Default {
		t.Errorf("one dropped, the other no default: %+v", all)
	}
	if third := keep("c", false); third != 3 {
		t.Errorf("after a dropped view the next is number %d, want 3", third)
	}
	said := map[string]bool{}
	for _, e := range entries(t, s) {
		said[e.Action+" "+e.Subject+" "+e.Detail+" "+e.Actor] = true
	}
	for _, want := range []string{ViewSaved + " view:1 page /evaluations li", ViewRenamed + " view:1 page /evaluations li", ViewMadeDefault + " view:1 page /evaluations li",
		ViewNotDefault + " view:1 page /evaluations li", ViewDropped + " view:2 page /evaluations li"} {
		if !said[want] {
			t.Errorf("the audit log does not say %q: %v", want, said)
		}
	}
	checkAudit(t, s)
}
