package lib

import (
	"iter"

	"appserver/internal/advpl/vm"
)

// ordered is a map that keeps the order in which its keys were set. The zero value is
// empty.
type ordered[K comparable] struct {
	entries []entry[K]
	index   map[K]int // of the entries, once there are more than a few
	dead    int       // entries that were removed
}

type entry[K comparable] struct {
	key   K
	value vm.Value
	gone  bool
}

const (
	firstKeys = 4 // entries for which there is room at first
	fewKeys   = 8 // how many entries are searched one after the other
)

// entryBytes is about what an entry takes, with its share of the index.
const entryBytes = 100

// len returns how many keys there are.
func (m *ordered[K]) len() int { return len(m.entries) - m.dead }

// find returns the index of the key's entry, or -1.
func (m *ordered[K]) find(k K) int {
	if m.index != nil {
		if i, ok := m.index[k]; ok {
			return i
		}
		return -1
	}
	for i := range m.entries {
		if e := &m.entries[i]; e.key == k && !e.gone {
			return i
		}
	}
	return -1
}

func (m *ordered[K]) get(k K) (vm.Value, bool) {
	if i := m.find(k); i >= 0 {
		return m.entries[i].value, true
	}
	return vm.Value{}, false
}

// put sets the value of the key; a new key of extra bytes costs memory.
func (m *ordered[K]) put(t *vm.Thread, k K, extra int, v vm.Value) error {
	if i := m.find(k); i >= 0 {
		m.entries[i].value = v
		return nil
	}
	if err := t.Charge(entryBytes + extra); err != nil {
		return err
	}
	if m.entries == nil {
		m.entries = make([]entry[K], 0, firstKeys)
	}
	m.entries = append(m.entries, entry[K]{key: k, value: v})
	switch {
	case m.index != nil:
		m.index[k] = len(m.entries) - 1
	case len(m.entries) > fewKeys:
		m.reindex()
	}
	return nil
}

func (m *ordered[K]) reindex() {
	m.index = make(map[K]int, 2*len(m.entries))
	for i, e := range m.entries {
		if !e.gone {
			m.index[e.key] = i
		}
	}
}

// remove drops the key and reports whether there was one.
func (m *ordered[K]) remove(k K) bool {
	i := m.find(k)
	if i < 0 {
		return false
	}
	delete(m.index, k)
	m.entries[i] = entry[K]{gone: true}
	if m.dead++; m.dead > len(m.entries)/2 {
		m.compact()
	}
	return true
}

// compact drops the removed entries.
func (m *ordered[K]) compact() {
	if m.dead == 0 {
		return
	}
	live := make([]entry[K], 0, m.len())
	for _, e := range m.entries {
		if !e.gone {
			live = append(live, e)
		}
	}
	*m = ordered[K]{entries: live}
	if len(live) > fewKeys {
		m.reindex()
	}
}

// all walks the keys and values in order.
func (m *ordered[K]) all() iter.Seq2[K, vm.Value] {
	return func(yield func(K, vm.Value) bool) {
		for _, e := range m.entries {
			if !e.gone && !yield(e.key, e.value) {
				return
			}
		}
	}
}

// walk visits the values and returns about how many bytes the entries take.
func (m *ordered[K]) walk(visit func(vm.Value)) int {
	for _, e := range m.entries {
		visit(e.value)
	}
	return entryBytes * len(m.entries)
}
