package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Limits of a session (OWASP ASVS 3.3.2, level 2: at most 12 hours, or 30 minutes without activity where that is
// practicable).
const (
	// idleLimit is an hour: checking a large upload or a lunch with the desk locked does not lose what was begun.
	idleLimit = time.Hour
	// wholeLimit is a working day.
	wholeLimit = 12 * time.Hour
	// halfLimit is how long somebody may look for the telephone between the password and the code.
	halfLimit = 10 * time.Minute
	// maxSessions of one account; the one unused longest ends when there are more.
	maxSessions = 20
	// sessionFile keeps the sessions over a restart. It holds hashes only, and stands in no backup.
	sessionFile = "sessions.json"
	// rememberEvery is how often the time of the last request reaches the file: losing it costs nothing.
	rememberEvery = 5 * time.Minute
)

// stage is how far a sign-in has come.
type stage string

const (
	whole  stage = ""       // signed in
	factor stage = "factor" // the password was right, the code is awaited
)

// session is one sign-in of one account.
type session struct {
	ID        string    `json:"id"` // by which its owner ends it
	Hash      string    `json:"hash"`
	Account   string    `json:"account"`
	Stage     stage     `json:"stage"`
	Shown     bool      `json:"shown"` // of the demonstration, where nobody enrols a second factor
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
}

// expired says whether the session has ended by itself.
func (s *session) expired(now time.Time) bool {
	if s.Stage != whole {
		return now.Sub(s.CreatedAt) > halfLimit
	}
	return now.Sub(s.CreatedAt) > wholeLimit || now.Sub(s.SeenAt) > idleLimit
}

// sessions are all sessions, by the hash of their secret. Every change that ends or begins one is in the file before it
// is answered, so that no restart brings an ended one back.
type sessions struct {
	mu     *sync.Mutex
	path   string
	byHash map[string]*session
	saved  time.Time
}

func openSessions(path string) (sessions, error) {
	s := sessions{mu: &sync.Mutex{}, path: path, byHash: map[string]*session{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the sessions: %w", err)
	}
	var all []*session
	if json.Unmarshal(text, &all) != nil { // everybody signs in again
		return s, nil
	}
	for _, one := range all {
		s.byHash[one.Hash] = one
	}
	return s, nil
}

// save writes the file in the place of the old one. The lock is held.
func (s *sessions) save() error {
	text, err := json.Marshal(slices.Collect(maps.Values(s.byHash)))
	if err != nil {
		return fmt.Errorf("write the sessions: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), sessionFile+".*") // of mode 0600
	if err != nil {
		return fmt.Errorf("write the sessions: %w", err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		return fmt.Errorf("write the sessions: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// begin adds a session, forgets the expired ones, and ends the account's least used one when there are too many.
func (s *sessions) begin(one *session, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var own []*session
	for hash, old := range s.byHash {
		if old.expired(now) {
			delete(s.byHash, hash)
		} else if old.Account == one.Account {
			own = append(own, old)
		}
	}
	if len(own) >= maxSessions {
		oldest := slices.MinFunc(own, func(a, b *session) int { return a.SeenAt.Compare(b.SeenAt) })
		delete(s.byHash, oldest.Hash)
	}
	s.byHash[one.Hash] = one
	return s.save()
}

// find returns a copy of the session of a secret's hash and notes that it was used; ok is false when there is none.
func (s *sessions) find(hash string, now time.Time) (one session, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byHash[hash]
	if found == nil || found.expired(now) {
		return session{}, false
	}
	if found.Stage == whole {
		found.SeenAt = now
	}
	if now.Sub(s.saved) > rememberEvery {
		s.saved = now
		_ = s.save() // only the time of the last request is at stake
	}
	return *found, true
}

// end ends the sessions that match.
func (s *sessions) end(match func(*session) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.byHash)
	maps.DeleteFunc(s.byHash, func(_ string, one *session) bool { return match(one) })
	if len(s.byHash) == before {
		return nil
	}
	return s.save()
}

// of lists copies of the living sessions of an account, latest first.
func (s *sessions) of(account string, now time.Time) []session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []session
	for _, one := range s.byHash {
		if one.Account == account && one.Stage == whole && !one.expired(now) {
			all = append(all, *one)
		}
	}
	slices.SortFunc(all, func(a, b session) int { return b.SeenAt.Compare(a.SeenAt) })
	return all
}

// seen is when an account was last at work; zero when no session of it lives.
func (s *sessions) seen(account string) (at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.byHash {
		if one.Account == account && one.SeenAt.After(at) {
			at = one.SeenAt
		}
	}
	return at
}
