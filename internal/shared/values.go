package shared

import (
	"strings"
	"time"

	"appserver/internal/advpl/vm"
)

// entry is what a name stands for: a text, or a list of values. It is never changed.
type entry struct {
	text   string
	values []vm.Value
	list   bool // values count
	bytes  int64
	set    time.Time
}

// Put sets the text of a name. Names are told apart by their case. The error is ErrFull.
func (s *Space) Put(name, text string) error {
	return s.put(name, &entry{text: strings.Clone(text), bytes: int64(len(text))})
}

// PutValues sets the values of a name, which has no text then. The values must be
// copies; they belong to the space from then on. The error is ErrFull.
func (s *Space) PutValues(name string, values []vm.Value) error {
	return s.put(name, &entry{values: values, list: true, bytes: Size(vm.NewArray(values))})
}

func (s *Space) put(name string, e *entry) error {
	e.bytes += int64(len(name)) + entryBytes
	e.set = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	names, bytes := 1, e.bytes
	if old := s.values[name]; old != nil {
		names, bytes = 0, e.bytes-old.bytes
	}
	if err := s.room(names, bytes); err != nil {
		return err
	}
	s.values[strings.Clone(name)] = e
	return nil
}

// Get returns the text of a name; false if it has none.
func (s *Space) Get(name string) (string, bool) {
	e := s.entry(name)
	if e == nil || e.list {
		return "", false
	}
	return e.text, true
}

// GetValues returns the values of a name; false if it has none. They must be copied, and
// not be changed.
func (s *Space) GetValues(name string) ([]vm.Value, bool) {
	e := s.entry(name)
	if e == nil || !e.list {
		return nil, false
	}
	return e.values, true
}

// Age returns how long ago the text or the values of a name were set; false if it has
// none.
func (s *Space) Age(name string) (time.Duration, bool) {
	e := s.entry(name)
	if e == nil {
		return 0, false
	}
	return since(e.set), true
}

func (s *Space) entry(name string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name]
}

// Clear removes the name, or all that begin with it if it ends with *, if they were set
// at least that long ago, and returns how many that were.
func (s *Space) Clear(name string, age time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix, many := strings.CutSuffix(name, "*")
	if !many {
		return s.drop(name, age)
	}
	n := 0
	for each := range s.values {
		if strings.HasPrefix(each, prefix) {
			n += s.drop(each, age)
		}
	}
	return n
}

// drop removes a name. s.mu is held.
func (s *Space) drop(name string, age time.Duration) int {
	e := s.values[name]
	if e == nil || since(e.set) < age {
		return 0
	}
	delete(s.values, name)
	_ = s.room(-1, -e.bytes) // less always fits
	return 1
}
