package auth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func newTokens(t *testing.T) (*Tokens, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", TokensFile)
	tokens := OpenTokens(path)
	tokens.file.every = 0
	return tokens, path
}

func mustMake(t *testing.T, tokens *Tokens, name string, expires time.Time) string {
	t.Helper()
	token, err := tokens.Make(name, expires)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokens(t *testing.T) {
	tokens, path := newTokens(t)
	now := time.Now()
	if _, err := tokens.Check("appserver_x", now); !errors.Is(err, ErrNoToken) {
		t.Errorf("without a file: Check = %v; want ErrNoToken", err)
	}
	first := mustMake(t, tokens, "erp", time.Time{})
	second := mustMake(t, tokens, "shop", now.Add(time.Hour))
	if first == second || len(first) < 40 {
		t.Errorf("tokens %q and %q", first, second)
	}
	for _, c := range []struct {
		token string
		at    time.Time
		name  string
		err   error
	}{
		{first, now, "erp", nil},
		{first, now.AddDate(100, 0, 0), "erp", nil},
		{second, now, "shop", nil},
		{second, now.Add(2 * time.Hour), "", ErrExpired},
		{first + "x", now, "", ErrNoToken},
		{strings.ToLower(first), now, "", ErrNoToken},
		{"", now, "", ErrNoToken},
	} {
		p, err := tokens.Check(c.token, c.at)
		if p.Name != c.name || !errors.Is(err, c.err) {
			t.Errorf("Check(%.14q…, %v) = %v, %v; want %q, %v", c.token, c.at, p, err, c.name, c.err)
		}
		if err == nil && p.Method != Token {
			t.Errorf("Method = %q; want %q", p.Method, Token)
		}
		if err != nil && c.token != "" && strings.Contains(err.Error(), c.token) {
			t.Errorf("the error %q holds the token", err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), strings.TrimPrefix(first, tokenPrefix)) {
		t.Error("the file holds a token")
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v; want 0600", info.Mode().Perm())
	}
}

func TestTokenNames(t *testing.T) {
	tokens, _ := newTokens(t)
	mustMake(t, tokens, "Loja São Paulo", time.Time{})
	for name, want := range map[string]string{
		"LOJA SÃO PAULO":          "the name is taken",
		"":                        "a name is needed",
		" a":                      "begins or ends",
		"a ":                      "begins or ends",
		"a\nb":                    "cannot be seen",
		"\xff":                    "not UTF-8",
		strings.Repeat("a", 65):   "longer than 64 bytes",
		"a\u200bb":                "cannot be seen",
		"a\x1b[2Jb":               "cannot be seen",
		strings.Repeat("ã", 1<<9): "longer than 64 bytes",
	} {
		if _, err := tokens.Make(name, time.Time{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Make(%q) = %v; want %q", name, err, want)
		}
	}
	if _, err := tokens.Make("late", time.Now().Add(-time.Hour)); err == nil {
		t.Error("a token was made that has expired")
	}
	if err := tokens.Remove("nobody"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Remove = %v; want ErrUnknown", err)
	}
}

// What one process changes counts at once in another one.
func TestTokensOfAnotherProcess(t *testing.T) {
	command, path := newTokens(t)
	server := OpenTokens(path)
	server.file.every = 0
	check := func(token string, want error) {
		t.Helper()
		if _, err := server.Check(token, time.Now()); !errors.Is(err, want) {
			t.Errorf("Check = %v; want %v", err, want)
		}
	}
	check("appserver_none", ErrNoToken)
	token := mustMake(t, command, "a", time.Time{})
	check(token, nil)
	if err := command.Remove("A"); err != nil {
		t.Fatal(err)
	}
	check(token, ErrNoToken)
	again := mustMake(t, command, "a", time.Time{})
	check(again, nil)
	check(token, ErrNoToken)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check(again, ErrNoToken)
}

// A server looks at the file again after a while; what it changes itself counts at once.
func TestTokensLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		command, path := newTokens(t)
		token := mustMake(t, command, "a", time.Time{})
		server := OpenTokens(path)
		check := func(want error) {
			t.Helper()
			if _, err := server.Check(token, time.Now()); !errors.Is(err, want) {
				t.Errorf("Check = %v; want %v", err, want)
			}
		}
		check(nil)
		if err := command.Remove("a"); err != nil {
			t.Fatal(err)
		}
		check(nil)
		time.Sleep(lookEvery)
		check(ErrNoToken)
		token = mustMake(t, server, "b", time.Time{})
		check(nil)
	})
}

// A file that cannot be used lets nobody in, and commands do not overwrite it.
func TestDamagedTokens(t *testing.T) {
	tokens, path := newTokens(t)
	token := mustMake(t, tokens, "a", time.Time{})
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entry := strings.SplitN(string(good), "[", 2)[1]
	entry = strings.TrimSpace(strings.SplitN(entry, "]", 2)[0])
	for what, content := range map[string]string{
		"empty":           "",
		"truncated":       string(good[:len(good)/2]),
		"something after": string(good) + "{}",
		"no JSON":         "token",
		"a later format":  strings.Replace(string(good), `"format": 1`, `"format": 2`, 1),
		"unknown field":   strings.Replace(string(good), `"format": 1`, `"format": 1, "open": true`, 1),
		"short sum":       strings.Replace(string(good), `"sha256": "`, `"sha256": "00`, 1),
		"no name":         strings.Replace(string(good), `"name": "a"`, `"name": ""`, 1),
		"twice":           strings.Replace(string(good), entry, entry+","+entry, 1),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := tokens.Check(token, time.Now()); err == nil || !strings.Contains(err.Error(), "is damaged") || p != (Principal{}) {
			t.Errorf("%s: Check = %v, %v; want an error", what, p, err)
		}
		if _, err := tokens.Make("b", time.Time{}); err == nil {
			t.Errorf("%s: Make changed the file", what)
		}
		if now, _ := os.ReadFile(path); string(now) != content {
			t.Errorf("%s: the file was overwritten", what)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Check(token, time.Now()); err != nil {
		t.Errorf("after the repair: %v", err)
	}
}

func TestTokensOpenToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are access lists here")
	}
	tokens, path := newTokens(t)
	token := mustMake(t, tokens, "a", time.Time{})
	if err := os.Chmod(path, 0o620); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Check(token, time.Now()); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("Check = %v; want an error with advice", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Check(token, time.Now()); err != nil {
		t.Errorf("Check = %v after chmod", err)
	}
}

// Commands at the same time lose nothing.
func TestTokensAtTheSameTime(t *testing.T) {
	_, path := newTokens(t)
	const n = 20
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			tokens := OpenTokens(path)
			if _, err := tokens.Make(fmt.Sprint("token ", i), time.Time{}); err != nil {
				t.Error(err)
			}
			if _, err := tokens.List(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := OpenTokens(path).List()
	if err != nil || len(list) != n {
		t.Errorf("List = %d tokens, %v; want %d", len(list), err, n)
	}
}

func FuzzTokenFile(f *testing.F) {
	f.Add([]byte(`{"format":1,"tokens":[{"name":"a","created":"2026-01-01T00:00:00Z","sha256":"` + strings.Repeat("0a", 32) + `"}]}`))
	f.Add([]byte(`{"format":1,"tokens":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens := OpenTokens("x")
		content, err := tokens.file.parse(data)
		if err != nil && len(content.Tokens) > 0 {
			t.Errorf("an error, and %d tokens", len(content.Tokens))
		}
		if err == nil && content.check() != nil {
			t.Error("what was read is not valid")
		}
	})
}

// The file has no room for years of five digits.
func TestTokenOfFarFuture(t *testing.T) {
	tokens, _ := newTokens(t)
	if _, err := tokens.Make("x", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil || !strings.Contains(err.Error(), "year 9999") {
		t.Errorf("error %v; want that the year is too late", err)
	}
	mustMake(t, tokens, "x", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
}
