package certs

import (
	"context"
	"crypto/x509"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// original returns the one root that stations have installed of l.
func original(t *testing.T, l *Local) *x509.Certificate {
	t.Helper()
	roots := publicCerts(must(l.AuthorityPEM()))
	if len(roots) != 1 {
		t.Fatalf("%d roots; want one", len(roots))
	}
	return roots[0]
}

// TestRenewClockJumps: whatever is renewed at a wrong time, at the right one the
// stations that trust the authority from before still trust the server.
func TestRenewClockJumps(t *testing.T) {
	right := today.AddDate(1, 0, 0)
	for years := -3; years <= 11; years++ {
		l := created(t)
		root := original(t, l)
		wrong := right.AddDate(years, 0, 0)
		usable := !wrong.Before(root.NotBefore) && !wrong.After(root.NotAfter)
		for round := range 2 { // the clock is wrong at each start
			if p, err := l.RenewIfDue(t.Context(), wrong); (err == nil) != usable || err != nil && p != nil {
				t.Errorf("%d years off, round %d: RenewIfDue = %v, %v; want an error: %t", years, round, p, err, !usable)
			}
			if _, err := l.RenewIfDue(t.Context(), right); err != nil {
				t.Errorf("%d years off, round %d: RenewIfDue at the right time = %v", years, round, err)
			}
		}
		for now := right; !now.After(root.NotAfter); now = now.AddDate(0, 0, 120) {
			if _, err := l.RenewIfDue(t.Context(), now); err != nil {
				t.Fatalf("%d years off: RenewIfDue at %s = %v", years, now, err)
			}
			p, findings, err := l.Load(now)
			if err != nil || len(findings) > 0 {
				t.Fatalf("%d years off: Load at %s = %v, %v", years, now, findings, err)
			}
			for _, r := range append(publicCerts(p.CA), root) {
				if err := verifies(p.Certificate.Leaf, p.Certificate.Certificate[1:], "srv1", now, r); err != nil {
					t.Fatalf("%d years off: a station with the root until %s refuses at %s: %v", years, r.NotAfter, now, err)
				}
			}
		}
		if _, err := l.Create(LocalOptions{Now: right}); err != nil {
			t.Errorf("%d years off: Create at the right time = %v", years, err)
		}
	}
}

// TestRenewClockJumpsAgain: the authority before is not lost when a jump is
// beyond its end, after one that has had the next take over.
func TestRenewClockJumpsAgain(t *testing.T) {
	l := created(t)
	root := original(t, l)
	for _, years := range []int{8, 0, 12, 0} {
		now := today.AddDate(years, 0, 0)
		if p, err := l.RenewIfDue(t.Context(), now); p == nil || err != nil {
			t.Fatalf("RenewIfDue after %d years = %v, %v; want a new pair", years, p, err)
		}
		p, findings, err := l.Load(now)
		if err != nil || len(findings) > 0 || l.trusted(p, "srv1", now) != nil {
			t.Fatalf("Load after %d years = %v, %v", years, findings, err)
		}
		if years == 0 {
			if err := verifies(p.Certificate.Leaf, p.Certificate.Certificate[1:], "srv1", now, root); err != nil {
				t.Errorf("a station with the first root refuses: %v", err)
			}
		}
	}
}

// TestRenewMeanwhileReplaced: a renewal under way does not bring back an
// authority that was replaced meanwhile because its key was stolen.
func TestRenewMeanwhileReplaced(t *testing.T) {
	l := created(t)
	other := OpenLocal(l.dir)
	other.machine, other.now = l.machine, l.now
	var replaced *Pair
	l.machine.lookupHost = func(context.Context, string) ([]string, error) { // the longest part of a renewal
		if replaced == nil {
			replaced = must(other.Create(LocalOptions{NewAuthority: true}))
		}
		return nil, nil
	}
	if _, err := l.RenewIfDue(t.Context(), today.AddDate(0, 0, 61)); err != nil {
		t.Fatal(err)
	}
	if got := must(l.AuthorityPEM()); !slices.Equal(got, replaced.CA) {
		t.Error("RenewIfDue has brought the old authority back")
	}
	a := must(parseAuthority(must(os.ReadFile(l.path(authorityFile)))))
	if !slices.Equal(a.roots(), replaced.CA) {
		t.Error("RenewIfDue has written the old authority")
	}
	if p, _, err := l.Load(today.AddDate(0, 0, 61)); err != nil || l.trusted(p, "srv1", today.AddDate(0, 0, 61)) != nil {
		t.Errorf("Load = %v; want a pair of the new authority", err)
	}
}

// TestRenewLeavesAuthority: a renewal of the certificate alone does not touch the
// authority's file.
func TestRenewLeavesAuthority(t *testing.T) {
	l := created(t)
	before := must(os.Stat(l.path(authorityFile)))
	if p, err := l.RenewIfDue(t.Context(), today.AddDate(0, 0, 61)); p == nil || err != nil {
		t.Fatalf("RenewIfDue = %v, %v; want a new pair", p, err)
	}
	if after := must(os.Stat(l.path(authorityFile))); !os.SameFile(before, after) {
		t.Errorf("RenewIfDue has replaced %s", authorityFile)
	}
}

// TestRenewLocked: whoever changes files waits for the lock, ten seconds or until
// the end of the context; where nothing is due nobody waits.
func TestRenewLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := created(t)
		f := must(openFolder(l.dir))
		defer f.close()
		unlock := must(f.lock(t.Context()))
		later := today.AddDate(0, 0, 61)
		start := time.Now()
		if p, err := l.RenewIfDue(t.Context(), today); p != nil || err != nil || time.Since(start) > 0 {
			t.Errorf("RenewIfDue with nothing due = %v, %v after %s; want nothing at once", p, err, time.Since(start))
		}
		for name, create := range map[string]func() error{
			"RenewIfDue": func() error { return second(l.RenewIfDue(t.Context(), later)) },
			"Create":     func() error { return second(l.Create(LocalOptions{NewAuthority: true})) },
		} {
			start := time.Now()
			if err := create(); !matches(err, "another process|lock") || time.Since(start) != lockWait {
				t.Errorf("%s while the folder is locked = %v after %s; want an error after %s", name, err, time.Since(start), lockWait)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if _, err := l.RenewIfDue(ctx, later); err == nil || time.Since(start) != time.Second {
			t.Errorf("RenewIfDue for a second = %v after %s; want an error after 1s", err, time.Since(start))
		}
		time.AfterFunc(time.Second, unlock)
		if p, err := l.RenewIfDue(t.Context(), later); p == nil || err != nil {
			t.Errorf("RenewIfDue = %v, %v; want a new pair once the lock is free", p, err)
		}
	})
}

// TestRenewLockRemoved: a lock file that somebody removes leaves one holder.
func TestRenewLockRemoved(t *testing.T) {
	l := created(t)
	f := must(openFolder(l.dir))
	defer f.close()
	file := must(f.openLock())
	defer file.Close()
	os.Remove(l.path(lockName))
	if err := f.stillLock(file); err != errLocked {
		t.Errorf("stillLock after the file was removed = %v; want errLocked", err)
	}
	must(f.lock(t.Context()))()
	if err := f.stillLock(file); err != errLocked {
		t.Errorf("stillLock after it was made anew = %v; want errLocked", err)
	}
	if _, err := os.Stat(l.path(lockName)); err != nil {
		t.Errorf("the lock file was not made anew: %v", err)
	}
}

// TestRenewPassingAddress: an address that comes and goes is no reason to renew,
// one that stays is.
func TestRenewPassingAddress(t *testing.T) {
	l := created(t)
	for i, tt := range []struct {
		addresses []string
		renews    bool
	}{
		{[]string{"192.0.2.1"}, false},
		{[]string{"192.0.2.1", "2001:db8::1"}, false},
		{[]string{"192.0.2.1", "2001:db8::2"}, false},
		{[]string{"192.0.2.1"}, false},
		{[]string{"192.0.2.1", "2001:db8::1"}, false},
		{[]string{"192.0.2.1", "2001:db8::1", "2001:db8::2"}, true},
		{[]string{"192.0.2.1", "2001:db8::2"}, false}, // covered, since it was there at the renewal
	} {
		l.machine = standIn(tt.addresses...)
		if p, err := l.RenewIfDue(t.Context(), today); err != nil || (p != nil) != tt.renews {
			t.Errorf("look %d: RenewIfDue = %v, %v; want a new pair: %t", i, p, err, tt.renews)
		}
	}
	l = created(t)
	l.machine = standIn("192.0.2.1", "192.0.2.2")
	if p, err := l.RenewIfDue(t.Context(), today); p == nil || err != nil {
		t.Errorf("RenewIfDue at the first look = %v, %v; want a new pair", p, err)
	}
}
