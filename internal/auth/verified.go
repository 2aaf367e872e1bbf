package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

const (
	rememberIn = time.Minute // for how long a right password need not be hashed again
	remembered = 1024        // of how many users and networks
)

// mark is what name, password and network are told by. Only this process can make it.
type mark [sha256.Size]byte

// verified are the passwords that were right a short time ago: for the network from which
// they were shown, else guesses from elsewhere would have an oracle that never locks.
type verified struct {
	secret []byte

	mu      sync.Mutex // guards entries
	entries map[mark]verifiedEntry
}

type verifiedEntry struct {
	id      string // of the user
	version int64  // of the user
	pair    string // of name and network
	until   time.Time
}

func (v *verified) mark(a *Attempt) (m mark) {
	mac := hmac.New(sha256.New, v.secret)
	network := household(a.From)
	b, _ := network.MarshalBinary() // has no error
	for _, part := range [][]byte{[]byte(fold(a.Name)), b} {
		mac.Write(binary.AppendUvarint(nil, uint64(len(part))))
		mac.Write(part)
	}
	mac.Write([]byte(a.Password))
	mac.Sum(m[:0])
	return m
}

func (v *verified) get(m mark, now time.Time) (verifiedEntry, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	e, ok := v.entries[m]
	return e, ok && now.Before(e.until)
}

func (v *verified) put(m mark, e verifiedEntry) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.entries) >= remembered {
		clear(v.entries)
	}
	v.entries[m] = e
}

// drop forgets the passwords of a pair of name and network.
func (v *verified) drop(pair string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for m, e := range v.entries {
		if e.pair == pair {
			delete(v.entries, m)
		}
	}
}

// keysOf are what the failures of a name, of a network and of both are counted by: sums,
// since people type passwords where names belong.
func keysOf(a Attempt) (name, network, pair string) {
	name, network = "n:"+sum(fold(a.Name)), "a:"+sum(household(a.From).String())
	return name, network, name + ":" + network
}

// sum is half of a SHA-256 sum, in hexadecimal digits.
func sum(text string) string { return sumText(text)[:sha256.Size] }
