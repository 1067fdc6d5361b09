package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
)

const (
	// relayedRows are the rows from which on a commit takes so long that pages would wait for it: half a second for those of a full run.
	// What a person sends or an ordinary night writes is committed sooner than six transactions are begun.
	relayedRows = 10_000
	// logBytes is how long the log may become before it is moved into the database file, as the database itself has it.
	logBytes = 16 << 20
)

// relay hands the transactions of readers on while a large commit is under way: for a good part of it the database lets nobody begin a
// transaction, nor end one. Whoever begins to read meanwhile goes on with one that began before it, and sees what was committed last.
type relay struct {
	pages atomic.Bool // somebody asks for pages: else nobody waits for a commit

	mu      sync.Mutex
	running bool
	seen    *versions   // by those that are handed on
	idle    []*sql.Conn // in a transaction that nobody reads in
}

// take returns a connection in a transaction that sees a version; nil: there is none.
func (r *relay) take() (*sql.Conn, *versions) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil, nil
	}
	last := len(r.idle) - 1
	conn := r.idle[last]
	r.idle = r.idle[:last]
	return conn, r.seen
}

// keep takes over the transaction of a reader, and says whether it did: only while a commit is under way, and of what was committed last.
func (r *relay) keep(reader *Reader) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.running || reader.failed != nil || reader.versions == nil || reader.versions != r.seen {
		return false
	}
	r.idle = append(r.idle, reader.conn)
	return true
}

// begins has transactions of a version handed on from now on.
func (r *relay) begins(seen *versions) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.seen = true, seen
}

// ends has no transaction handed on any more, and returns those that nobody reads in.
func (r *relay) ends() []*sql.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	idle := r.idle
	r.running, r.seen, r.idle = false, nil, nil
	return idle
}

// spare is how many transactions wait for a reader.
func (r *relay) spare() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.idle)
}

// handedOn is a reader who goes on with the transaction of another one; nil: there is none to go on with.
func (s *Store) handedOn(ctx context.Context) *Reader {
	conn, seen := s.relay.take()
	if conn == nil {
		return nil
	}
	r := s.newReader(conn)
	r.versions = seen
	var number int64
	if err := r.Scan(ctx, []any{&number}, "SELECT number FROM "+commitNumber); err != nil { // who had it before was interrupted
		_ = s.endReading(ctx, r)
		return nil
	}
	return r
}

// relayed makes a commit. While a large one is under way readers hand their transactions on, and then the log is moved into the database
// file: where transactions are open that began before it, the database does not do so by itself.
func (s *Store) relayed(ctx context.Context, w *Writer, commit func() error) error {
	seen := s.recall.current.latest()
	if w.rows < relayedRows || !s.relay.pages.Load() || seen == nil {
		return commit()
	}
	s.relay.begins(seen)
	s.fillRelay(ctx)
	err := commit()
	for _, conn := range s.relay.ends() {
		_ = s.endReading(ctx, s.newReader(conn)) // nothing was read since it was handed on
	}
	if err == nil {
		s.shortenLog(ctx)
	}
	return err
}

// fillRelay begins a transaction for each place that is free: who has the others hands his on.
func (s *Store) fillRelay(ctx context.Context) {
	taken := 0
	defer func() {
		for range taken {
			<-s.reading
		}
	}()
	for {
		select {
		case s.reading <- struct{}{}:
			taken++
		default:
			return
		}
		if s.relay.spare() >= taken { // who had the place before has handed his on: there are no more connections than places
			continue
		}
		r, err := s.beginReading(ctx)
		if err != nil {
			return // then some wait
		}
		if !s.relay.keep(r) {
			_ = s.endReading(ctx, r)
		}
	}
}

// shortenLog moves the log into the database file where it has become long, unless the database is being copied: then the log stays until
// later, as it does where the file could not be written.
func (s *Store) shortenLog(ctx context.Context) {
	if size, err := s.sizeOf(".wal"); err == nil && size < logBytes {
		return
	}
	select {
	case s.copying <- struct{}{}:
		defer func() { <-s.copying }()
		s.look(s.checkpoint(ctx))
	default:
	}
}
