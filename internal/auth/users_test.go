package auth

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const goodPassword = "correct horse é"

func newUsers(t *testing.T) (*Users, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), UsersFile)
	users := OpenUsers(path)
	users.file.every = 0
	return users, path
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestUsers(t *testing.T) {
	users, path := newUsers(t)
	ctx := context.Background()
	check := func(name, password string, want error) {
		t.Helper()
		p, err := users.Check(ctx, name, password)
		if !errors.Is(err, want) || err == nil && p != (Principal{"Bruno", User}) {
			t.Errorf("Check(%q, %q) = %v, %v; want %v", name, password, p, err, want)
		}
	}
	check("Bruno", goodPassword, ErrNoUser)
	ok(t, users.Add("Bruno", goodPassword))
	if err := users.Add("BRUNO", goodPassword); !errors.Is(err, ErrExists) {
		t.Errorf("Add = %v; want ErrExists", err)
	}
	check("Bruno", goodPassword, nil)
	check("bruno", goodPassword, nil)
	check("Bruno", goodPassword+" ", ErrNoUser)
	check("Bruno", "", ErrNoUser)
	check("Brun", goodPassword, ErrNoUser)
	check("", goodPassword, ErrNoUser)
	check("Bruno", strings.Repeat("x", MaxPassword+1), ErrNoUser)

	ok(t, users.Block("bruno", true))
	check("Bruno", goodPassword, ErrNoUser)
	ok(t, users.Block("bruno", false))
	check("Bruno", goodPassword, nil)
	ok(t, users.SetPassword("bruno", "another one"))
	check("Bruno", goodPassword, ErrNoUser)
	check("Bruno", "another one", nil)
	list, err := users.List()
	if err != nil || len(list) != 1 || list[0].Name != "Bruno" || list[0].Blocked {
		t.Errorf("List = %v, %v", list, err)
	}
	if data, _ := os.ReadFile(path); strings.Contains(string(data), "another one") {
		t.Error("the file holds a password")
	}
	ok(t, users.Remove("BRUNO"))
	check("Bruno", "another one", ErrNoUser)
	for what, err := range map[string]error{
		"Remove": users.Remove("Bruno"), "Block": users.Block("Bruno", true), "SetPassword": users.SetPassword("Bruno", goodPassword),
	} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%s = %v; want ErrUnknown", what, err)
		}
	}
}

func TestPasswords(t *testing.T) {
	users, _ := newUsers(t)
	for _, password := range []string{"", "1234567", strings.Repeat("x", MaxPassword+1)} {
		if err := users.Add("a", password); err == nil {
			t.Errorf("a password of %d bytes was taken", len(password))
		}
	}
}

func TestDamagedUsers(t *testing.T) {
	users, path := newUsers(t)
	ok(t, users.Add("a", goodPassword))
	good, err := os.ReadFile(path)
	ok(t, err)
	for _, change := range [][2]string{
		{"$argon2id$", "$argon2i$"}, {"m=19456", "m=4000000"}, {"t=2", "t=99"}, {"t=2", "t=0"}, {"p=1", "p=0"}, {"v=19", "v=18"},
		{`"format": 1`, `"format": 3`}, {`"blocked"`, `"admin"`},
	} {
		ok(t, os.WriteFile(path, []byte(strings.Replace(string(good), change[0], change[1], 1)), 0o600))
		if _, err := users.Check(context.Background(), "a", goodPassword); err == nil || errors.Is(err, ErrNoUser) {
			t.Errorf("%v: Check = %v; want that the file is damaged", change, err)
		}
	}
}

// Of a right password the sum is remembered: it is told by the time that checking takes,
// which is hundreds of times that of a look into a map.
func TestRemembered(t *testing.T) {
	users, _ := newUsers(t)
	ok(t, users.Add("a", goodPassword))
	ctx := context.Background()
	if _, err := users.Check(ctx, "a", goodPassword); err != nil {
		t.Fatal(err)
	}
	for range cap(users.hashing) { // nobody may hash any more
		users.hashing <- struct{}{}
	}
	if _, err := users.Check(ctx, "a", goodPassword); err != nil {
		t.Errorf("the password that was right is hashed again: %v", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	for _, name := range []string{"a", "b"} {
		if _, err := users.Check(ctx, name, "wrong password"); !errors.Is(err, context.Canceled) {
			t.Errorf("Check(%q, wrong) = %v; want that it waits to be hashed", name, err)
		}
	}
	ok(t, users.Block("a", true))
	if _, err := users.Check(ctx, "a", goodPassword); !errors.Is(err, context.Canceled) {
		t.Errorf("the password of a blocked user = %v; want that it waits to be hashed", err)
	}
}

// A flood is refused rather than kept in memory, and after a bounded time.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := OpenUsers(filepath.Join(t.TempDir(), UsersFile))
		for range cap(users.hashing) {
			users.hashing <- struct{}{}
		}
		begun := time.Now()
		var busy atomic.Int32
		var wg sync.WaitGroup
		for range 2 * maxQueued {
			wg.Go(func() {
				if _, err := users.Check(context.Background(), "a", "password"); errors.Is(err, ErrBusy) {
					busy.Add(1)
				}
			})
		}
		synctest.Wait()
		if got := busy.Load(); got != maxQueued {
			t.Errorf("%d were refused at once; want %d", got, maxQueued)
		}
		wg.Wait()
		if got := busy.Load(); got != 2*maxQueued {
			t.Errorf("%d were refused in the end; want %d", got, 2*maxQueued)
		}
		if took := time.Since(begun); took != maxWait {
			t.Errorf("it took %v; want %v", took, maxWait)
		}
	})
}

func FuzzParseHash(f *testing.F) {
	f.Add(hash{cost: usual, salt: make([]byte, saltBytes), key: make([]byte, hashBytes)}.String())
	f.Add("$argon2id$v=19$m=1,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			if len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Error("the error holds the hash")
			}
			return
		}
		if h.String() != text || !h.payable() {
			t.Errorf("parseHash(%q) = %v", text, h)
		}
	})
}
