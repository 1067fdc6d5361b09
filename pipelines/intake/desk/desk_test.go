package desk

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// bench is a desk over a store with one contract, HT2025-0001 of P001.
type bench struct {
	*testing.T
	*Desk
	st  *store.Store
	dir string
	now time.Time

	accepted []string // kinds of the files that were accepted and new
}

var (
	finance = Owner{Account: "f1", Name: "Finance", Kinds: []string{"organisation", "catalog_item", "contract", "score"}, Scope: store.Everything}
	other   = Owner{Account: "f2", Name: "Other", Kinds: []string{"score"}, Scope: store.Everything}
	admin   = Owner{Account: "a1", Name: "Admin", Kinds: []string{"score"}, Scope: store.Everything, All: true}
)

func newBench(t *testing.T) *bench {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Readers: 3, Threads: 2, MemoryLimit: "512MB"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{T: t, st: st, dir: t.TempDir(), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	b.reopen()
	for _, name := range []string{"organisation", "catalog_item", "contract"} {
		kind, err := intake.KindOf(name)
		if err != nil {
			t.Fatal(err)
		}
		u := b.bring(finance, name+".csv", string(intake.Template(kind, "en")))
		if _, err := b.Commit(t.Context(), finance, u.ID, CommitOptions{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return b
}

// reopen opens the desk as after a restart.
func (b *bench) reopen() {
	b.Helper()
	d, err := Open(b.st, b.dir, Options{Accepted: func(kind string) { b.accepted = append(b.accepted, kind) }, Now: func() time.Time { return b.now }, Indicators: func(id string) ([]string, bool, string) {
		return []string{"third_party", "purchaser"}, id == "quality", "quality"
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Desk = d
}

// bring uploads a file in one go.
func (b *bench) bring(owner Owner, name, content string) Upload {
	b.Helper()
	u, err := b.Begin(b.Context(), owner, name, int64(len(content)), "")
	if err == nil && len(content) > 0 {
		u, err = b.Append(b.Context(), owner, u.ID, 0, strings.NewReader(content))
	}
	if err != nil {
		b.Fatalf("bring %s: %v", name, err)
	}
	return u
}

const header = "contract_no,indicator,party,evaluator_id,score,scored_on\n"

func scoreRow(evaluator, score string) string {
	return "HT2025-0001,quality,third_party," + evaluator + "," + score + ",2025-12-01\n"
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// From the first byte to the receipt, with a broken connection, a wrong offset and a restart on the way.
func TestUploadGoesOnAfterABreakAndARestart(t *testing.T) {
	b := newBench(t)
	content := header + scoreRow("E1", "80") + scoreRow("E2", "90")
	u, err := b.Begin(t.Context(), finance, `C:\files\评分.csv`, int64(len(content)), hashOf(content))
	if err != nil || u.Name != "评分.csv" || u.State != Receiving {
		t.Fatalf("%+v, %v", u, err)
	}
	broken := errors.New("broken line")
	u, err = b.Append(t.Context(), finance, u.ID, 0, io.MultiReader(strings.NewReader(content[:40]), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || u.Received != 40 {
		t.Fatalf("%+v, %v", u, err)
	}
	b.reopen()
	var offset *OffsetError
	if _, err := b.Append(t.Context(), finance, u.ID, 0, strings.NewReader(content)); !errors.As(err, &offset) || offset.Received != 40 {
		t.Fatalf("the wrong offset: %v", err)
	}
	if again, err := b.Begin(t.Context(), finance, "评分.csv", int64(len(content)), hashOf(content)); err != nil || again.ID != u.ID || again.Received != 40 {
		t.Errorf("announced again: %+v, %v", again, err)
	}
	if u, err = b.Append(t.Context(), finance, u.ID, 40, strings.NewReader(content[40:])); err != nil || u.State != Received || u.Kind != "score" || u.Inspection.Sample[1][3] != "E2" {
		t.Fatalf("%+v, %v", u, err)
	}
	p, err := b.Check(t.Context(), finance, u.ID, nil)
	if err != nil || p.New != 2 || p.Total != 0 || !slices.Equal(p.Contracts, []string{"HT2025-0001"}) {
		t.Fatalf("%+v, %v", p, err)
	}
	b.reopen()
	if u, err = b.Upload(t.Context(), finance, u.ID); err != nil || u.State != Checked || u.Preview.New != 2 {
		t.Fatalf("%+v, %v", u, err)
	}
	r, err := b.Commit(t.Context(), finance, u.ID, CommitOptions{Reason: "first delivery"})
	if err != nil || r.Receipt.Rows != 2 || r.Repeated {
		t.Fatalf("%+v, %v", r, err)
	}
	if again, err := b.Commit(t.Context(), finance, u.ID, CommitOptions{}); err != nil || again.Receipt != r.Receipt {
		t.Errorf("committed twice: %+v, %v", again, err)
	}
	if want := []string{"organisation", "catalog_item", "contract", "score"}; !slices.Equal(b.accepted, want) {
		t.Errorf("heard of %q, want %q, each once", b.accepted, want)
	}
	all, err := b.History(t.Context(), finance, Page{Kind: "score"})
	if err != nil || len(all) != 1 || all[0].Account != "f1" || all[0].Uploader != "Finance" || all[0].Reason != "first delivery" {
		t.Errorf("history %+v, %v", all, err)
	}
}

// Bytes that are not those announced are thrown away, and the upload starts again.
func TestOtherBytesThanAnnounced(t *testing.T) {
	b := newBench(t)
	content := header + scoreRow("E1", "80")
	for name, body := range map[string]string{"others": strings.Replace(content, "80", "81", 1), "more": content + "x"} {
		u, err := b.Begin(t.Context(), finance, name, int64(len(content)), hashOf(content))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Append(t.Context(), finance, u.ID, 0, strings.NewReader(body)); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
		if u, err := b.Append(t.Context(), finance, u.ID, 0, strings.NewReader(content)); err != nil || u.State != Received {
			t.Errorf("%s, then the right ones: %+v, %v", name, u, err)
		}
	}
}

// TestOwners: nobody but its owner, and who has All, sees or touches an upload; for others it does not exist.
func TestOwners(t *testing.T) {
	b := newBench(t)
	u := b.bring(finance, "a.csv", header+scoreRow("E1", "80"))
	ctx := t.Context()
	for name, err := range map[string]error{
		"upload": second(b.Upload(ctx, other, u.ID)), "append": second(b.Append(ctx, other, u.ID, 0, strings.NewReader(""))), "describe": second(b.Describe(ctx, other, u.ID, intake.Choice{})),
		"check": second(b.Check(ctx, other, u.ID, nil)), "commit": second(b.Commit(ctx, other, u.ID, CommitOptions{})), "drop": b.Desk.Drop(ctx, other, u.ID),
		"marked": b.MarkedCopy(ctx, other, u.ID, intake.InEnglish, io.Discard), "refused": b.Refused(ctx, other, u.ID, intake.InEnglish, io.Discard),
		"nobody": second(b.Upload(ctx, Owner{}, u.ID)), "a path": second(b.Upload(ctx, admin, "../"+u.ID)),
	} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := b.List(ctx, other); err != nil || len(all) != 0 {
		t.Errorf("the other sees %v, %v", all, err)
	}
	if all, err := b.List(ctx, admin); err != nil || len(all) != 4 || all[0].ID == "" {
		t.Errorf("the administrator sees %d, %v", len(all), err)
	}
	if _, err := b.Begin(ctx, Owner{}, "a.csv", 1, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("nobody begins: %v", err)
	}
	r, err := b.Commit(ctx, finance, u.ID, CommitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Withdraw(ctx, other, r.Receipt.Batch, "not mine"); !errors.Is(err, ErrUnknown) {
		t.Errorf("another's batch withdrawn: %v", err)
	}
	if _, err := b.Withdraw(ctx, finance, r.Receipt.Batch, ""); !errors.Is(err, ErrReason) {
		t.Errorf("withdrawn without a reason: %v", err)
	}
	if receipt, err := b.Withdraw(ctx, finance, r.Receipt.Batch, "sent by mistake"); err != nil || receipt.Batch != r.Receipt.Batch+1 {
		t.Errorf("withdrawn: %+v, %v", receipt, err)
	}
}

func second[T any](_ T, err error) error { return err }

// Two people commit the same bytes at once: one batch, one receipt, and both are told.
func TestTwoCommitTheSameBytes(t *testing.T) {
	b := newBench(t)
	content := header + scoreRow("E1", "80")
	owners := []Owner{finance, other, finance, other}
	var wait sync.WaitGroup
	results := make([]intake.Result, len(owners))
	for i, owner := range owners {
		u := b.bring(owner, "same.csv", content)
		wait.Go(func() {
			r, err := b.Commit(context.WithoutCancel(t.Context()), owner, u.ID, CommitOptions{})
			if err != nil {
				t.Error(err)
			}
			results[i] = r
		})
	}
	wait.Wait()
	first := 0
	for _, r := range results {
		if r.Receipt.Number != results[0].Receipt.Number || r.Receipt.Rows != 1 {
			t.Errorf("receipts %+v and %+v", r.Receipt, results[0].Receipt)
		}
		if !r.Repeated {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d were told that theirs is new", first)
	}
}

// Somebody who works on an upload has it alone.
func TestBusy(t *testing.T) {
	b := newBench(t)
	u := b.bring(finance, "a.csv", header+scoreRow("E1", "80"))
	_, release, err := b.take(finance, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Check(t.Context(), finance, u.ID, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("checked at once: %v", err)
	}
	release()
	if _, err := b.Check(t.Context(), finance, u.ID, nil); err != nil {
		t.Error(err)
	}
}

// A mapping is remembered for its owner's next file with these headers, and wins over guesses.
func TestRememberedMapping(t *testing.T) {
	b := newBench(t)
	odd := strings.Replace(header, "score,", "打的分,", 1) + scoreRow("E1", "80")
	u := b.bring(finance, "a.csv", odd)
	if p, err := b.Check(t.Context(), finance, u.ID, nil); err != nil || !p.WholeFile || p.Faults[0].Cause != "header_unknown" {
		t.Fatalf("an unknown header: %+v, %v", p, err)
	}
	u, err := b.Describe(t.Context(), finance, u.ID, intake.Choice{Kind: "score", Mapping: map[string]string{"打的分": "score"}})
	if err != nil || u.State != Received {
		t.Fatalf("%+v, %v", u, err)
	}
	if p, err := b.Check(t.Context(), finance, u.ID, nil); err != nil || p.New != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	b.reopen()
	next := b.bring(finance, "b.csv", odd+scoreRow("E2", "90"))
	if g := next.Inspection.Mapping[4]; g.Column != "score" || g.How != "remembered" {
		t.Errorf("remembered %+v", g)
	}
	if p, err := b.Check(t.Context(), finance, next.ID, nil); err != nil || p.New != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	if g := b.bring(other, "b.csv", odd).Inspection.Mapping[4]; g.How == "remembered" {
		t.Errorf("another's file: %+v", g)
	}
}

// A refused file shows its faults, gives its copies, and can be committed in part.
func TestPartialCommit(t *testing.T) {
	b := newBench(t)
	u := b.bring(finance, "a.csv", header+scoreRow("E1", "80")+scoreRow("E2", "101")+strings.Replace(scoreRow("E3", "80"), "HT2025-0001", "HT9", 1))
	p, err := b.Check(t.Context(), finance, u.ID, nil)
	if err != nil || p.New != 1 || p.Refused != 2 || p.Total != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	var faults *intake.FaultsError
	if _, err := b.Commit(t.Context(), finance, u.ID, CommitOptions{}); !errors.As(err, &faults) || faults.Total != 2 {
		t.Fatalf("committed whole: %v", err)
	}
	r, err := b.Commit(t.Context(), finance, u.ID, CommitOptions{Partial: true})
	if err != nil || r.Receipt.Rows != 1 || r.Receipt.LeftOut != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	var rest, marked bytes.Buffer
	if err := b.Refused(t.Context(), finance, u.ID, intake.InEnglish, &rest); err != nil || strings.Count(rest.String(), "\n") != 3 || strings.Contains(rest.String(), "E1,80") {
		t.Errorf("the rest: %q, %v", rest.String(), err)
	}
	if err := b.MarkedCopy(t.Context(), finance, u.ID, intake.InEnglish, &marked); err != nil || marked.Len() == 0 {
		t.Errorf("the marked copy: %v", err)
	}
}

func TestScopeAndKindsOfAnOwner(t *testing.T) {
	b := newBench(t)
	purchaser := Owner{Account: "p2", Kinds: []string{"score"}, Party: "purchaser", Scope: store.Scope{Purchaser: "P002"}}
	u := b.bring(purchaser, "a.csv", header+scoreRow("E1", "80"))
	p, err := b.Check(t.Context(), purchaser, u.ID, nil)
	if err != nil || p.Causes["outside_scope"] != 1 || p.Causes["party_not_yours"] != 1 || p.Causes["evaluator_not_yours"] != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := b.Describe(t.Context(), purchaser, u.ID, intake.Choice{Kind: "contract"}); !errors.Is(err, ErrKind) {
		t.Errorf("a kind of another: %v", err)
	}
	kind, err := intake.KindOf("organisation")
	if err != nil {
		t.Fatal(err)
	}
	u = b.bring(purchaser, "o.csv", string(intake.Template(kind, "zh")))
	if p, err := b.Check(t.Context(), purchaser, u.ID, nil); err != nil || p.Faults[0].Cause != "kind_not_yours" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := b.Commit(t.Context(), purchaser, u.ID, CommitOptions{}); !errors.Is(err, ErrKind) {
		t.Errorf("committed: %v", err)
	}
}

func zipOf(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		out, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(out, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each file of a zip becomes an upload; what is wrong with the zip refuses it, what is wrong with one file that file.
func TestZip(t *testing.T) {
	b := newBench(t)
	good := header + scoreRow("E1", "80")
	u := b.bring(finance, "all.zip", zipOf(t, "一/a.csv", good, "b.csv", good+scoreRow("E2", "x"), "__MACOSX/x", "", "inner.zip", zipOf(t, "c.csv", good)))
	if u.State != Received || len(u.Members) != 3 || !slices.Equal(u.Skipped, []string{"__MACOSX/x"}) || u.Inspection.Format != intake.FormatZip {
		t.Fatalf("%+v", u)
	}
	var causes []string
	for _, id := range u.Members {
		m, err := b.Upload(t.Context(), finance, id)
		if err != nil || m.Parent != u.ID {
			t.Fatalf("%+v, %v", m, err)
		}
		cause := ""
		if m.Inspection.Refused != nil {
			cause = m.Inspection.Refused.Cause
		}
		causes = append(causes, m.Name+" "+cause)
	}
	if want := []string{"a.csv ", "b.csv ", "inner.zip zip_nested"}; !slices.Equal(causes, want) {
		t.Errorf("members %q, expected %q", causes, want)
	}
	if _, err := b.Commit(t.Context(), finance, u.ID, CommitOptions{}); !errors.Is(err, ErrState) {
		t.Errorf("the zip itself was committed: %v", err)
	}
	if _, err := b.Commit(t.Context(), finance, u.Members[0], CommitOptions{}); err != nil {
		t.Error(err)
	}
	whole := zipOf(t, "a.csv", good)
	for name, c := range map[string]struct{ content, cause string }{
		"a way out":         {zipOf(t, "../../etc/passwd", "x"), "zip_name"},
		"an absolute name":  {zipOf(t, "/etc/passwd", "x"), "zip_name"},
		"a drive":           {zipOf(t, `C:\x`, "x"), "zip_name"},
		"cut off":           {whole[:len(whole)-20], "zip_damaged"},
		"a bomb":            {zipOf(t, "a.csv", strings.Repeat("0", 8<<20)), "zip_too_large"},
		"empty":             {zipOf(t), "zip_empty"},
		"a damaged content": {strings.Replace(whole, whole[40:50], "0123456789", 1), "zip_damaged"},
	} {
		u := b.bring(finance, name+".zip", c.content)
		if u.State != Refused || u.Inspection.Refused.Cause != c.cause || len(u.Members) != 0 {
			t.Errorf("%s: %s, %+v", name, u.State, u.Inspection.Refused)
		}
	}
	before, err := b.List(t.Context(), finance)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Desk.Drop(t.Context(), finance, u.ID); err != nil {
		t.Fatal(err)
	}
	if after, err := b.List(t.Context(), finance); err != nil || len(after) != len(before)-4 {
		t.Errorf("%d uploads after %d, %v", len(after), len(before), err)
	}
}

func TestLimitsAndSweep(t *testing.T) {
	b := newBench(t)
	b.o.MaxBytes, b.o.MaxOwnerBytes, b.o.MaxOwner = 1000, 1500, 3
	if _, err := b.Begin(t.Context(), other, "a", 1001, ""); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	u, err := b.Begin(t.Context(), other, "a", 1000, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Begin(t.Context(), other, "b", 501, ""); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many bytes: %v", err)
	}
	for _, name := range []string{"c", "d"} {
		if _, err := b.Begin(t.Context(), other, name, 1, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Begin(t.Context(), other, "e", 1, ""); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many uploads: %v", err)
	}
	if empty := b.bring(finance, "empty.csv", ""); empty.State != Refused || empty.Inspection.Refused.Cause != "file_empty" {
		t.Errorf("an empty file: %+v", empty)
	}
	b.now = b.now.Add(keepReceiving - time.Second)
	if n, err := b.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("%d swept, %v", n, err)
	}
	b.now = b.now.Add(time.Hour)
	if n, err := b.Sweep(t.Context()); err != nil || n != 3 {
		t.Errorf("%d swept, %v; expected the three that are unfinished", n, err)
	}
	if _, err := b.Upload(t.Context(), other, u.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("swept: %v", err)
	}
}

// Whatever a crash leaves in the directory, the desk opens, and an upload whose bytes were lost says how many it has.
func TestWhatACrashLeaves(t *testing.T) {
	b := newBench(t)
	u, err := b.Begin(t.Context(), finance, "a.csv", 100, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Append(t.Context(), finance, u.ID, 0, strings.NewReader(strings.Repeat("x", 60))); err != nil {
		t.Fatal(err)
	}
	for _, left := range []error{
		os.Truncate(filepath.Join(b.dir, u.ID, bytesFile), 50),
		os.WriteFile(filepath.Join(b.dir, u.ID, ".new-1"), []byte("{half"), 0o600),
		os.Mkdir(filepath.Join(b.dir, strings.Repeat("a", 32)), 0o700),
		os.WriteFile(filepath.Join(b.dir, "stray"), nil, 0o600),
	} {
		if left != nil {
			t.Fatal(left)
		}
	}
	b.reopen()
	if u, err = b.Upload(t.Context(), finance, u.ID); err != nil || u.Received != 50 {
		t.Errorf("%+v, %v", u, err)
	}
}
