package shared

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
)

// Table is one of the two tables of a session.
type Table uint8

const (
	X Table = iota // of single values
	A              // of arrays
)

// Pair is a key of a table with its value, which must be copied, and not be changed.
type Pair struct {
	Key   string
	Value vm.Value
}

// ErrNoSession is the error of what needs a session that does not exist.
var ErrNoSession = errors.New("there is no such session of shared variables")

// session is a pair of tables, and the transactions on their keys.
type session struct {
	tables       [2]map[string]cell
	transactions map[string]*transaction
	bytes        int64
	names        int
}

type cell struct {
	value vm.Value
	bytes int64
}

// NewSession makes a session of two empty tables and tells whether it did: there may be
// one with the name, told apart by case, already. The error is ErrFull.
func (s *Space) NewSession(uid string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[uid] != nil {
		return false, nil
	}
	bytes := int64(len(uid)) + entryBytes
	if err := s.room(1, bytes); err != nil {
		return false, err
	}
	s.sessions[strings.Clone(uid)] = &session{
		tables: [2]map[string]cell{{}, {}}, transactions: map[string]*transaction{}, bytes: bytes, names: 1,
	}
	return true, nil
}

// HasSession tells whether there is the session.
func (s *Space) HasSession(uid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[uid] != nil
}

// EndSession removes a session with its tables and transactions, whose waiters fail, and
// tells whether there was one.
func (s *Space) EndSession(uid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return false
	}
	delete(s.sessions, uid)
	_ = s.room(-ses.names, -ses.bytes)
	for _, tx := range ses.transactions {
		s.abolish(tx)
	}
	return true
}

// SetVar sets the value of a key, told apart by case. The value must be a copy; it
// belongs to the space from then on. The error is ErrNoSession or ErrFull.
func (s *Space) SetVar(uid string, table Table, key string, v vm.Value) error {
	c := cell{v, int64(len(key)) + entryBytes + Size(v)}
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return fmt.Errorf("%w: %q", ErrNoSession, uid)
	}
	old, ok := ses.tables[table][key]
	names := 1
	if ok {
		names = 0
	}
	if err := s.take(ses, names, c.bytes-old.bytes); err != nil {
		return err
	}
	ses.tables[table][strings.Clone(key)] = c
	return nil
}

// take is room for a session.
func (s *Space) take(ses *session, names int, bytes int64) error {
	if err := s.room(names, bytes); err != nil {
		return err
	}
	ses.names += names
	ses.bytes += bytes
	return nil
}

// Var returns the value of a key, which must be copied, and not be changed; false if
// there is none.
func (s *Space) Var(uid string, table Table, key string) (vm.Value, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return vm.Value{}, false
	}
	c, ok := ses.tables[table][key]
	return c.value, ok
}

// Vars returns all of a table, ordered by key; false if there is no such session.
func (s *Space) Vars(uid string, table Table) ([]Pair, bool) {
	list, ok := s.pairs(uid, table)
	slices.SortFunc(list, func(a, b Pair) int { return cmp.Compare(a.Key, b.Key) })
	return list, ok
}

func (s *Space) pairs(uid string, table Table) ([]Pair, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return nil, false
	}
	list := make([]Pair, 0, len(ses.tables[table]))
	for key, c := range ses.tables[table] {
		list = append(list, Pair{key, c.value})
	}
	return list, true
}

// DeleteVar removes a key and tells whether there was one.
func (s *Space) DeleteVar(uid string, table Table, key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return false
	}
	c, ok := ses.tables[table][key]
	if ok {
		delete(ses.tables[table], key)
		_ = s.take(ses, -1, -c.bytes)
	}
	return ok
}

// CleanVars removes all keys of a table; false if there is no such session.
func (s *Space) CleanVars(uid string, table Table) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return false
	}
	var bytes int64
	for _, c := range ses.tables[table] {
		bytes += c.bytes
	}
	_ = s.take(ses, -len(ses.tables[table]), -bytes)
	ses.tables[table] = map[string]cell{}
	return true
}
