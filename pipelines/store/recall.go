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
	"sync/atomic"
)

// recall keeps what readers were answered, so that a question that many ask is put to the database once. An answer is
// that of one committed version of the database, or, where it follows from a published run alone, of that run: nothing
// else that is committed can change it. The zero value remembers nothing; make it with newRecall.
type recall struct {
	// version counts the beginnings and ends of commits: it is odd while one is under way.
	version atomic.Uint64

	mu      sync.Mutex
	answers map[question]*order.Element // of *answer
	latest  order.List                  // the answers, that asked for last in front
	bytes   int                         // of all answers, about
}

// What is kept, about: a district's overviews are some hundred kilobytes, a page of a list some ten.
const (
	recallBytes = 128 << 20
	answerBytes = recallBytes / 8 // of one answer: a list of everything must not push out all others
	bytesOfText = 48              // a text or a list takes beside its header
)

// question is the hash of what was asked, of which version or run, and within which scope.
type question [sha256.Size]byte

// answer is what a question was answered, once ready is closed.
type answer struct {
	question question
	ready    chan struct{}
	value    any
	bytes    int   // once it is given
	err      error // then it is forgotten already
}

func newRecall() *recall { return &recall{answers: map[question]*order.Element{}} }

// errUnanswered is the error of an answer whose reading ended without one, as in a panic.
var errUnanswered = errors.New("the reading ended without an answer")

// committing notes that a commit begins; ended, that it is done, whatever came of it.
func (m *recall) committing() { m.version.Add(1) }
func (m *recall) ended()      { m.version.Add(1) }

// seen is the version of a reader that began when the version was before, or 0 where a commit came in between: then it is
// not known which one the reader sees, and it remembers nothing.
func (m *recall) seen(before uint64) uint64 {
	if before%2 == 1 || m.version.Load() != before {
		return 0
	}
	return before + 2 // so that the first is not 0
}

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
		m.latest.MoveToFront(known)
		return known.Value.(*answer), false
	}
	a = &answer{question: q, ready: make(chan struct{}), err: errUnanswered}
	m.answers[q] = m.latest.PushFront(a)
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
	a.bytes = bytes
	m.bytes += a.bytes
	for e := m.latest.Back(); e != nil && m.bytes > recallBytes; {
		old := e.Value.(*answer)
		e = e.Prev()
		if old.bytes > 0 { // given already
			m.bytes -= old.bytes
			m.forget(old)
		}
	}
}

func (m *recall) forget(a *answer) {
	m.latest.Remove(m.answers[a.question])
	delete(m.answers, a.question)
}

// remembered answers a question from memory, or by read. Whoever asks while another reads waits for it, and reads alone
// where that came to nothing: it may have been cancelled. What is returned is shared: the caller must not change it.
func remembered[T any](ctx context.Context, r *Reader, holds, text string, args []any, read func() (T, error)) (T, error) {
	if r.recall == nil || holds == "" {
		return read()
	}
	a, first := r.recall.claim(questionOf(holds, text, args))
	if first {
		defer r.recall.give(a)
		value, err := read()
		a.value, a.err, a.bytes = value, err, bytesOf(reflect.ValueOf(value))
		return value, err
	}
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
// its day, and from the arguments alone, each of which Sprint writes whole. What is returned is shared: the caller must not
// change it. A value says by a method Bytes how much memory it takes where that is not plain from its type.
func Remember[T any](ctx context.Context, v *View, what string, args []any, read func() (T, error)) (T, error) {
	return remembered(ctx, v.r, v.basis(), what, append([]any{fmt.Sprintf("%q", []string{fmt.Sprint(v.scope.All), v.scope.Purchaser, v.scope.Evaluator, v.scope.Supplier}), v.Today}, args...), read)
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
