package shared

import "strings"

// lockName is the name of a flag. The server's own has none.
type lockName struct {
	server bool
	name   string
}

func (n lockName) bytes() int64 { return int64(len(n.name)) + entryBytes }

// Lock takes the flag with the name for the owner, and tells whether it has it: another
// owner may, who keeps it until Unlock or ReleaseAll. It does not wait. Names are told
// apart by their case. The error is ErrFull.
func (s *Space) Lock(owner int64, name string) (bool, error) {
	return s.lock(owner, lockName{name: name})
}

// Unlock gives the flag back, and tells whether the owner had it.
func (s *Space) Unlock(owner int64, name string) bool { return s.unlock(owner, lockName{name: name}) }

// LockServer is Lock for the one flag without a name.
func (s *Space) LockServer(owner int64) (bool, error) { return s.lock(owner, lockName{server: true}) }

// UnlockServer is Unlock for the one flag without a name.
func (s *Space) UnlockServer(owner int64) bool { return s.unlock(owner, lockName{server: true}) }

func (s *Space) lock(owner int64, name lockName) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if by, held := s.locks[name]; held {
		return by == owner, nil
	}
	if err := s.room(1, name.bytes()); err != nil {
		return false, err
	}
	name.name = strings.Clone(name.name)
	s.locks[name] = owner
	s.holds(owner).locks[name] = true
	return true, nil
}

func (s *Space) unlock(owner int64, name lockName) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	by, held := s.locks[name]
	if !held || by != owner {
		return false
	}
	s.dropLock(name)
	delete(s.held[owner].locks, name)
	s.tidy(owner)
	return true
}

// dropLock gives a flag back that is held. s.mu is held.
func (s *Space) dropLock(name lockName) {
	delete(s.locks, name)
	_ = s.room(-1, -name.bytes())
}
