package certs

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestRenewIfDue(t *testing.T) {
	const life = leafLife + clockSlack
	due := today.Add(-clockSlack + life/3*2)
	tests := []struct {
		name   string
		hosts  []string
		change func(l *Local)
		now    time.Time
		renews bool
	}{
		{"at once", nil, nil, today, false},
		{"a second early", nil, nil, due.Add(-time.Second), false},
		{"due", nil, nil, due, true},
		{"expired", nil, nil, today.AddDate(1, 0, 0), true},
		{"the clock was wrong", nil, nil, today.Add(-time.Minute), false},
		{"missing", nil, func(l *Local) { os.Remove(l.path(serverFile)) }, today, true},
		{"damaged", nil, func(l *Local) { os.Truncate(l.path(serverFile), 400) }, today, true},
		{"empty", nil, func(l *Local) { os.Truncate(l.path(serverFile), 0) }, today, true},
		{"too large", nil, func(l *Local) { os.Truncate(l.path(serverFile), maxFile+1) }, today, true},
		{"exposed", nil, func(l *Local) { os.Chmod(l.path(serverFile), 0o640) }, today, runtime.GOOS != "windows"},
		{"an address more", nil, func(l *Local) { l.machine = standIn("192.0.2.1", "192.0.2.2") }, today, true},
		{"an address less", nil, func(l *Local) { l.machine = standIn() }, today, false},
		{"an address more, hosts given", []string{"a.example"}, func(l *Local) { l.machine = standIn("192.0.2.2") }, today, false},
		{"hosts given, wildcard", []string{"*.a.example", "::1"}, nil, today, false},
		{"no list of hosts", []string{"srv1", "localhost", "192.0.2.1", "127.0.0.1", "::1"}, func(l *Local) { os.Remove(l.path(hostsFile)) }, today, false},
	}
	for _, tt := range tests {
		l := created(t, tt.hosts...)
		before := must(os.ReadFile(l.path(serverFile)))
		ca := must(l.AuthorityPEM())
		if tt.change != nil {
			tt.change(l)
		}
		p, err := l.RenewIfDue(t.Context(), tt.now)
		if err != nil || (p != nil) != tt.renews {
			t.Errorf("%s: RenewIfDue = %v, %v; want a new pair: %t", tt.name, p, err, tt.renews)
			continue
		}
		if p == nil {
			if data := must(os.ReadFile(l.path(serverFile))); !bytes.Equal(data, before) {
				t.Errorf("%s: RenewIfDue has changed the certificate", tt.name)
			}
			continue
		}
		hosts := tt.hosts
		if hosts == nil {
			hosts, _, _ = l.machine.hosts(t.Context())
		}
		for _, h := range hosts {
			if err := l.trusted(p, h, tt.now); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if !bytes.Equal(p.CA, ca) {
			t.Errorf("%s: RenewIfDue has changed the authority", tt.name)
		}
		if p, err := l.RenewIfDue(t.Context(), tt.now); p != nil || err != nil {
			t.Errorf("%s: RenewIfDue again = %v, %v; want nothing", tt.name, p, err)
		}
	}
}

// TestRenewWrongClock: a clock that is wrong for a while spoils nothing.
func TestRenewWrongClock(t *testing.T) {
	l := created(t)
	ca := must(l.AuthorityPEM())
	for _, now := range []time.Time{time.Unix(0, 0), today.AddDate(-1, 0, 0)} {
		if p, err := l.RenewIfDue(t.Context(), now); p != nil || !matches(err, "check the clock") {
			t.Errorf("RenewIfDue at %s = %v, %v; want an error", now, p, err)
		}
	}
	if p, err := l.RenewIfDue(t.Context(), today.AddDate(10, 0, 1)); p != nil || !matches(err, "expired on|check the clock|--new-authority") {
		t.Errorf("RenewIfDue after the authority's end = %v, %v; want an error", p, err)
	}
	if p, err := l.RenewIfDue(t.Context(), today.AddDate(5, 0, 0)); p == nil || err != nil {
		t.Errorf("RenewIfDue years ahead = %v, %v; want a new pair", p, err)
	}
	p, err := l.RenewIfDue(t.Context(), today)
	if p == nil || err != nil || l.trusted(p, "srv1", today) != nil || !bytes.Equal(p.CA, ca) {
		t.Errorf("RenewIfDue when the clock is right again = %v, %v; want a new pair of the same authority", p, err)
	}
}

// TestRenewDNSDown: a name that DNS does not tell at the moment is kept.
func TestRenewDNSDown(t *testing.T) {
	l := newLocal(t)
	l.machine.lookupHost = func(context.Context, string) ([]string, error) { return []string{"192.0.2.1"}, nil }
	l.machine.lookupAddr = func(context.Context, string) ([]string, error) { return []string{"srv1.example.com."}, nil }
	p, err := l.Create(LocalOptions{})
	if err != nil || p.Covers("srv1.example.com") != nil {
		t.Fatalf("Create = %v; want the full name covered", err)
	}
	later := today.AddDate(0, 0, 70)
	l.machine.lookupHost = func(context.Context, string) ([]string, error) { return nil, &net.DNSError{IsTimeout: true} }
	p, err = l.RenewIfDue(t.Context(), later)
	if err != nil || p == nil || p.Covers("srv1.example.com") != nil || p.Covers("192.0.2.1") != nil {
		t.Errorf("RenewIfDue without DNS = %v, %v; want the full name kept", p, err)
	}
	l.machine = standIn("192.0.2.1") // DNS says that there is no such name
	p, err = l.RenewIfDue(t.Context(), later.AddDate(0, 0, 70))
	if err != nil || p == nil || p.Covers("srv1.example.com") == nil {
		t.Errorf("RenewIfDue after the name is gone = %v, %v; want it left out", p, err)
	}
}

// TestRenewThroughDecades lives through four authorities, with a look every 30
// days. Stations install a root once and trust the server until that root ends.
func TestRenewThroughDecades(t *testing.T) {
	l := created(t)
	var installed []*x509.Certificate // every root that was ever offered
	changes, overlaps := 0, 0
	for now := today; now.Before(today.AddDate(22, 0, 0)); now = now.AddDate(0, 0, 30) {
		renewed, err := l.RenewIfDue(t.Context(), now)
		if err != nil {
			t.Fatalf("RenewIfDue at %s = %v", now, err)
		}
		p, findings, err := l.Load(now)
		if err != nil || len(findings) > 0 {
			t.Fatalf("Load at %s = %v, %v", now, findings, err)
		}
		if renewed != nil && !samePair(renewed, p) {
			t.Errorf("RenewIfDue at %s is not what Load returns", now)
		}
		if err := l.trusted(p, "srv1", now); err != nil {
			t.Fatalf("at %s: %v", now, err)
		}
		offered := publicCerts(p.CA)
		if len(offered) == 2 {
			overlaps++
		}
		for _, c := range offered {
			if now.After(c.NotAfter) {
				t.Errorf("at %s a root is offered that ended on %s", now, c.NotAfter)
			}
			if !containsCert(installed, c) {
				installed = append(installed, c)
				changes++
			}
		}
		for _, root := range installed {
			if !now.After(root.NotAfter) {
				if err := verifies(p.Certificate.Leaf, p.Certificate.Certificate[1:], "srv1", now, root); err != nil {
					t.Fatalf("at %s a station with the root of %s refuses: %v", now, root.NotBefore, err)
				}
			}
		}
		if !bytes.Equal(must(os.ReadFile(l.path(rootsFile))), p.CA) {
			t.Fatalf("at %s %s is not what the pair offers", now, rootsFile)
		}
	}
	if changes != 4 || overlaps < 100 {
		t.Errorf("%d authorities, %d looks during overlaps; want 4 and 100", changes, overlaps)
	}
}

func containsCert(list []*x509.Certificate, c *x509.Certificate) bool {
	for _, have := range list {
		if have.Equal(c) {
			return true
		}
	}
	return false
}

// TestRenewCompletes ends the work at every file that is written, as a crash
// would, and expects the next renewal to make all fit together.
func TestRenewCompletes(t *testing.T) {
	later := today.AddDate(7, 0, 0) // the authority is due as well
	for name, work := range map[string]func(l *Local) error{
		"first":         func(l *Local) error { return second(l.Create(LocalOptions{Now: later})) },
		"again":         func(l *Local) error { return second(l.Create(LocalOptions{Now: later, Hosts: []string{"b.example"}})) },
		"new authority": func(l *Local) error { return second(l.Create(LocalOptions{Now: later, NewAuthority: true})) },
		"renewal":       func(l *Local) error { return second(l.RenewIfDue(t.Context(), later)) },
	} {
		for _, stop := range []string{hostsFile, authorityFile, rootsFile, serverFile} {
			l := newLocal(t)
			if name != "first" {
				l = created(t)
			}
			if name == "renewal" && (stop == hostsFile || stop == authorityFile || stop == serverFile) {
				continue // read before, so that they cannot be stopped at this way
			}
			putBack := obstruct(t, l.path(stop))
			if err := work(l); err == nil {
				t.Errorf("%s: no error although %s could not be written", name, stop)
			}
			putBack()
			if !l.Exists() {
				if stop != hostsFile && stop != authorityFile {
					t.Errorf("%s, ended at %s: nothing is there", name, stop)
				}
				continue
			}
			if _, err := l.RenewIfDue(t.Context(), later); err != nil {
				t.Errorf("%s, ended at %s: RenewIfDue = %v", name, stop, err)
				continue
			}
			p, findings, err := l.Load(later)
			if err != nil || len(findings) > 0 {
				t.Errorf("%s, ended at %s: Load = %v, %v", name, stop, findings, err)
				continue
			}
			if err := l.trusted(p, p.Certificate.Leaf.DNSNames[0], later); err != nil {
				t.Errorf("%s, ended at %s: %v", name, stop, err)
			}
			most := 5
			if name == "new authority" {
				most++ // the certificate of the one before
			}
			if entries := must(os.ReadDir(l.dir)); len(entries) > most {
				t.Errorf("%s, ended at %s: left %v", name, stop, entries)
			}
		}
	}
}

func second(_ *Pair, err error) error { return err }

// obstruct makes it impossible to write the file at path, until putBack is
// called. It is then as it was.
func obstruct(t *testing.T, path string) (putBack func()) {
	t.Helper()
	aside := path + ".aside"
	err := os.Rename(path, aside)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	had := err == nil
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		os.RemoveAll(path)
		if had {
			os.Rename(aside, path)
		}
	}
}

// TestRenewAfterCrash composes the states that a crash during a renewal of both
// leaves: some files new, some old, one half written under another name.
func TestRenewAfterCrash(t *testing.T) {
	later := today.AddDate(7, 0, 0)
	order := []string{authorityFile, rootsFile, serverFile}
	for written := range len(order) + 1 {
		l := created(t)
		before, _, _ := l.Load(today)
		old := map[string][]byte{}
		for _, name := range order {
			old[name] = must(os.ReadFile(l.path(name)))
		}
		if p, err := l.RenewIfDue(t.Context(), later); p == nil || err != nil {
			t.Fatalf("RenewIfDue = %v, %v", p, err)
		}
		for _, name := range order[written:] {
			os.Remove(l.path(name))
			write(t, l.dir, name, old[name])
		}
		write(t, l.dir, newFilePrefix+"CRASHED", old[serverFile][:100])

		p, err := l.RenewIfDue(t.Context(), later)
		if err != nil || (p == nil) != (written == len(order)) {
			t.Errorf("%d files written: RenewIfDue = %v, %v", written, p, err)
		}
		if p, _, err = l.Load(later); err != nil {
			t.Errorf("%d files written: Load = %v", written, err)
			continue
		}
		for _, root := range append(publicCerts(before.CA), publicCerts(p.CA)...) {
			if err := verifies(p.Certificate.Leaf, p.Certificate.Certificate[1:], "srv1", later, root); err != nil {
				t.Errorf("%d files written: %v", written, err)
			}
		}
		if data := must(os.ReadFile(l.path(rootsFile))); !bytes.Equal(data, p.CA) {
			t.Errorf("%d files written: %s is out of date", written, rootsFile)
		}
	}
}
