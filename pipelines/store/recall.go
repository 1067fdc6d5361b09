package store

import (
	order "container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// recall keeps what readers were answered, so that a question that many ask is put to the database once. An answer holds for
// what it stands on: a published run, and the tables that it was read from as they were last written. The zero value remembers
// nothing; make it with newRecall.
type recall struct {
	current committed
	tables  map[string]bool // of the database, by their names; complete before anybody is answered

	rolls     PerRun[*roll] // of the whole district, too large to be answers among others
	suppliers PerRun[*supplierRoll]
	registers PerRun[registerRows]
	namesakes PerRun[namesakes]
	peers     PerRun[*peerRoll]

	mu       sync.Mutex
	answers  map[question]*order.Element // of *answer
	few      shelf                       // of the answers that are large: lists of a whole district, of which pages show a part
	many     shelf                       // of all others, and those that are not given yet
	standsOn map[question][]string       // tables that the last answer to a question was read from, where the question does not name them
}

// shelf are answers that push each other out, and no others.
type shelf struct {
	latest order.List // that asked for last in front
	bytes  int        // of all, about
}

// What is kept, about: a page is some ten kilobytes, a district's overview some hundred.
const (
	recallBytes = 128 << 20       // of each shelf
	answerBytes = recallBytes / 8 // of one answer: a list of everything must not push out all others
	largeBytes  = 512 << 10       // above it an answer stands among the large: a page that is made of one must not go when the next is made
	bytesOfText = 48              // a text or a list takes beside its header
	manyAsked   = 10_000          // questions of which it is known what they stand on: more than readers ask in a day
)

// question is the hash of what was asked, of which versions and run, and within which scope.
type question [sha256.Size]byte

// answer is what a question was answered, once ready is closed.
type answer struct {
	question question
	on       *shelf
	then     question // by which it is found once it is given; the zero value: by the same
	ready    chan struct{}
	value    any
	bytes    int   // once it is given; 0 before
	err      error // then it is forgotten already
}

func newRecall() *recall {
	return &recall{answers: map[question]*order.Element{}, standsOn: map[question][]string{}, tables: map[string]bool{}}
}

// errUnanswered is the error of an answer whose reading ended without one, as in a panic.
var errUnanswered = errors.New("the reading ended without an answer")

// questionOf is the question that a text with its arguments is to what holds.
func questionOf(holds, text string, args []any) question {
	var b strings.Builder
	fmt.Fprintf(&b, "%q%q", holds, text)
	for _, a := range args {
		fmt.Fprintf(&b, "%T%q", a, fmt.Sprint(a))
	}
	return sha256.Sum256([]byte(b.String()))
}

// claim returns the answer to a question, to wait for, or, first, a new one that the caller has to give.
func (m *recall) claim(q question) (a *answer, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, there := m.answers[q]; there {
		a = known.Value.(*answer)
		a.on.latest.MoveToFront(known)
		return a, false
	}
	a = &answer{question: q, on: &m.many, ready: make(chan struct{}), err: errUnanswered}
	m.answers[q] = a.on.latest.PushFront(a)
	return a, true
}

// give hands an answer to those who wait for it, and keeps it where it is no error and small enough.
func (m *recall) give(a *answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(a.ready)
	bytes := bytesOf(reflect.ValueOf(a.value))
	if a.err != nil || bytes > answerBytes {
		m.forget(a)
		return
	}
	m.move(a)
	if bytes > largeBytes {
		a.on.latest.Remove(m.answers[a.question])
		a.on = &m.few
		m.answers[a.question] = a.on.latest.PushFront(a)
	}
	a.bytes = bytes
	a.on.bytes += a.bytes
	for e := a.on.latest.Back(); e != nil && a.on.bytes > recallBytes; {
		old := e.Value.(*answer)
		e = e.Prev()
		if old.bytes > 0 { // given already
			m.forget(old)
		}
	}
}

// move makes an answer one to the question by which it is found from now on, in the place of an older one.
func (m *recall) move(a *answer) {
	if a.then == (question{}) || a.then == a.question {
		return
	}
	if older, there := m.answers[a.then]; there {
		m.forget(older.Value.(*answer))
	}
	m.answers[a.then] = m.answers[a.question]
	delete(m.answers, a.question)
	a.question = a.then
}

// find returns the answer to a question; nil where there is none.
func (m *recall) find(q question) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, there := m.answers[q]
	if !there {
		return nil
	}
	a := known.Value.(*answer)
	a.on.latest.MoveToFront(known)
	return a
}

func (m *recall) forget(a *answer) {
	a.on.latest.Remove(m.answers[a.question])
	a.on.bytes -= a.bytes
	delete(m.answers, a.question)
}

// remembered answers a question from memory, or by read. Whoever asks while another reads waits for it, and reads alone
// where that came to nothing: it may have been cancelled. What is returned is shared: the caller must not change it. An empty
// basis is one of which nothing is remembered.
func remembered[T any](ctx context.Context, r *Reader, basis, text string, args []any, read func() (T, error)) (T, error) {
	if r.recall == nil || basis == "" {
		return read()
	}
	a, first, err := r.claim(ctx, questionOf(basis, text, args))
	if err != nil {
		var none T
		return none, err
	}
	if !first {
		return awaited(ctx, a, read)
	}
	defer r.recall.give(a)
	value, err := read()
	a.value, a.err = value, err
	return value, err
}

// awaited waits for an answer, and reads where it came to nothing.
func awaited[T any](ctx context.Context, a *answer, read func() (T, error)) (T, error) {
	select {
	case <-a.ready:
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if value, same := a.value.(T); same && a.err == nil {
		return value, nil
	}
	return read()
}

// Remember answers a question of the pages from memory, or by read: what follows from the store within the view's scope, on
// its day, and from the arguments alone, each of which Sprint writes whole. It is read anew when a table was written that it was
// read from, so read must ask the view's own reader alone. What is returned is shared: the caller must not change it. A value says
// by a method Bytes how much memory it takes where that is not plain from its type.
func Remember[T any](ctx context.Context, v *View, what string, args []any, read func() (T, error)) (T, error) {
	r := v.r
	if r.recall == nil || r.versions == nil {
		return read()
	}
	args = append([]any{fmt.Sprintf("%q", []string{fmt.Sprint(v.scope.All), v.scope.Purchaser, v.scope.Evaluator, v.scope.Supplier}), v.Today}, args...)
	asked := questionOf(v.ofThisRun(), what, args)
	if on, known := r.recall.lastStoodOn(asked); known {
		if a := r.recall.find(questionOf(v.ofThisRun()+r.versions.of(on), what, args)); a != nil {
			r.standOn(on)
			return awaited(ctx, a, read)
		}
	}
	a, first, err := r.claim(ctx, questionOf(v.ofThisRun()+r.versions.of(everyTable), what, args))
	if err != nil {
		var none T
		return none, err
	}
	if !first {
		r.standOn(everyTable) // it is not known yet, or no more, on which
		return awaited(ctx, a, read)
	}
	defer r.recall.give(a)
	value, on, err := footed(r, read)
	a.value, a.err = value, err
	if err == nil {
		a.then = questionOf(v.ofThisRun()+r.versions.of(on), what, args)
		r.recall.stoodOn(asked, on)
	}
	return value, err
}

// bytesOf is about how much memory a value takes.
func bytesOf(v reflect.Value) int {
	if !v.IsValid() {
		return 1
	}
	if sized, says := v.Interface().(interface{ Bytes() int }); says {
		return sized.Bytes()
	}
	switch {
	case v.Kind() == reflect.Slice && v.Len() > 0:
		return int(v.Type().Elem().Size())*v.Len() + textsOf(v.Type().Elem())*v.Len()*bytesOfText
	}
	return int(v.Type().Size()) + bytesOfText
}

// textsOf counts the texts and lists in a type.
func textsOf(t reflect.Type) (n int) {
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Map, reflect.Interface:
		return 1
	case reflect.Struct:
		for i := range t.NumField() {
			n += textsOf(t.Field(i).Type)
		}
	}
	return n
}
