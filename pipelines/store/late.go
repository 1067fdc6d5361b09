package store

import (
	"context"
	"errors"
)

// errMoved says that a commit came between what a reader was answered from memory and its first going to the database.
var errMoved = errors.New("what was remembered is of an earlier version than the database")

// Recall calls f as Read does, with a reader that begins its transaction only when it is asked for something that is not remembered:
// what is needs neither one of the few places of readers nor the database. Where a commit came between the two, f is called once more,
// with a reader that has begun, so that all of an answer is of one version: nothing may be left of its first call.
func (s *Store) Recall(ctx context.Context, f func(ctx context.Context, r *Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	s.relay.pages.Store(true)
	versions := s.recall.current.latest()
	if versions == nil {
		return s.Read(ctx, f)
	}
	moved, err := s.late(ctx, versions, f)
	if moved {
		return s.Read(ctx, f)
	}
	return err
}

// late calls f with a reader that begins late, and says whether the database had moved on from the versions by then: then what f
// returned means nothing.
func (s *Store) late(ctx context.Context, seen *versions, f func(ctx context.Context, r *Reader) error) (moved bool, err error) {
	var begun *Reader
	end := func(err error) error { return err }
	defer func() { err = end(err) }()
	r := &Reader{recall: s.recall, versions: seen}
	r.begins = func(ctx context.Context) error {
		if moved {
			return errMoved
		}
		readers, ended, err := s.open(ctx, 1)
		if err != nil {
			return err
		}
		begun, end = readers[0], ended
		if moved = begun.versions != seen; moved {
			return errMoved
		}
		r.conn, r.profiled, r.begins = begun.conn, begun.profiled, nil
		return nil
	}
	err = f(ctx, r)
	if begun != nil {
		begun.failed = r.failed
	}
	return moved, err
}

// begin begins the reader's transaction where that was not done yet.
func (r *Reader) begin(ctx context.Context) error {
	if r.begins == nil {
		return nil
	}
	return r.begins(ctx)
}

// begin begins the transaction of the view's reader where that was not done yet.
func (v *View) begin(ctx context.Context) error { return v.r.begin(ctx) }

// claim is recall's, of a reader that has begun where the answer is to be given: it needs no place any more that those who wait for the
// answer may have.
func (r *Reader) claim(ctx context.Context, q question) (a *answer, first bool, err error) {
	if a := r.recall.find(q); a != nil {
		return a, false, nil
	}
	if err := r.begin(ctx); err != nil {
		return nil, false, err
	}
	a, first = r.recall.claim(q)
	return a, first, nil
}
