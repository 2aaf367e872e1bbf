package main

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/auth"
	"appserver/internal/config"
	"appserver/internal/store"
)

// configOf loads a configuration from text.
func configOf(t *testing.T, text string) *config.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app.ini")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Options{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestPeerOf(t *testing.T) {
	on, off := true, false
	const section = "[RPC]\nConnections=ERP\nToken=general\n[ERP]\nServer=erp.example\nPort=5012\n"
	for _, c := range []struct {
		text   string
		server string
		secure *bool
		want   bool
		by     string
		change string
		token  string
	}{
		{"", "a", nil, true, "[Drivers] MultiProtocolPortSecure=1", "set SecureConnection=0 in a section", ""},
		{"[Drivers]\nMultiProtocolPortSecure=0\n", "a", nil, false, "[Drivers] MultiProtocolPortSecure=0", "set SecureConnection=1 in a section", ""},
		{"", "a", &off, false, "Connect(…, .F.)", "pass .T. to Connect", ""},
		{section, "ERP.example", nil, true, "MultiProtocolPortSecure", "", "general"},
		{section + "SecureConnection=0\n", "erp.example", nil, false, "[ERP] SecureConnection=0", "set SecureConnection=1 in [ERP]", "general"},
		{section + "SecureConnection=0\n", "erp.example", &on, true, "Connect(…, .T.)", "", "general"},
		{section + "SecureConnection=0\nToken=own\n", "erp.example", nil, false, "", "", "own"},
		{section + "Token=own\n", "another", nil, true, "", "", "general"},
	} {
		p, err := peerOf(configOf(t, c.text), c.server, 5012, c.secure)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		}
		if p.Secure != c.want || !strings.Contains(p.SecuredBy, c.by) || !strings.Contains(p.Change, c.change) || p.Token != c.token || p.Address() != c.server+":5012" {
			t.Errorf("%q: %+v; want secure %v by %q, changed by %q, token %q", c.text, p, c.want, c.by, c.change, c.token)
		}
	}
}

// TestPeerOfMissingToken names the section that says where the token is.
func TestPeerOfMissingToken(t *testing.T) {
	const section = "[RPC]\nConnections=ERP\nTokenFile=general\n[ERP]\nServer=erp.example\nPort=5012\n"
	for text, want := range map[string]string{
		section:                        "[RPC] TokenFile: there is no file ",
		section + "TokenFile=own\n":    "[ERP] TokenFile: there is no file ",
		section + "SecureConnection=0": "[RPC] TokenFile: there is no file ",
	} {
		_, err := peerOf(configOf(t, text), "erp.example", 5012, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "appserver rpc token make") {
			t.Errorf("%q: %v; want %q and what to do", text, err, want)
		}
	}
}

func TestTokenOf(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ token, file, want, fault string }{
		{"", "", "", ""},
		{"t", "", "t", ""},
		{"a b", "", "", "the value of Token is none"},
		{"ção", "", "", "the value of Token is none"},
		{"", write("good", " \nappserver_x\r\n"), "appserver_x", ""},
		{"", write("empty", "\n"), "", "is empty"},
		{"", write("two", "a\nb"), "", "something else than a token"},
		{"", write("binary", "a\x00b"), "", "something else than a token"},
		{"", write("long", strings.Repeat("x", maxToken+1)), "", "something else than a token"},
		{"", filepath.Join(dir, "none"), "", "none"},
		{"", dir, "", "not a regular file"},
	} {
		got, err := tokenOf(c.token, c.file)
		if got != c.want || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("tokenOf(%q, %q) = %q, %v; want %q, %q", c.token, c.file, got, err, c.want, c.fault)
		}
	}
}

func TestTokenEnd(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		when string
		want time.Time
	}{
		{"never", time.Time{}},
		{"30m", now.Add(30 * time.Minute)},
		{"12h", now.Add(12 * time.Hour)},
		{"90d", now.AddDate(0, 0, 90)},
		{"2026-11-22", time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		{"2027-12-31", time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if got, err := tokenEnd(c.when, now); err != nil || !got.Equal(c.want) {
			t.Errorf("tokenEnd(%q) = %v, %v; want %v", c.when, got, err, c.want)
		}
	}
	for _, when := range []string{"", "0d", "-1d", "1y", "123456d", "2026-11-21", "2026-13-01", "soon"} {
		if got, err := tokenEnd(when, now); err == nil {
			t.Errorf("tokenEnd(%q) = %v; want an error", when, got)
		}
	}
}

// Tokens that get their names at the same time get different ones.
func TestTokensWithoutNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), auth.TokensFile)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, _, err := makeNamed(auth.OpenTokens(path), time.Time{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if list, err := auth.OpenTokens(path).List(); len(list) != 10 || err != nil {
		t.Errorf("%d tokens, %v; want 10", len(list), err)
	}
}

// Programs cannot try passwords for their callers without end: those of an address, of which
// an other one knows nothing, and those of what is none, count together with what calls show.
func TestGuessingByPrograms(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	guess := &auth.Throttle{Now: func() time.Time { return time.Unix(0, 0) }}
	users := auth.NewUsers(db, auth.UsersOptions{Throttle: guess, Cost: auth.Cost{Memory: 8, Passes: 1, Threads: 1}})
	if err := users.Add(t.Context(), auth.Actor{}, "ana", "a-good-password", auth.Profile{}); err != nil {
		t.Fatal(err)
	}
	c := callers{check: users.Check}
	try := func(machine, password string) error { return c.user(t.Context(), machine, "ana", password) }
	for range 5 {
		guess.Mistake(netip.MustParseAddr("192.0.2.1"))
		for _, machine := range []string{"192.0.2.1", "server-a", "server-b"} {
			if err := try(machine, "guess"); !errors.Is(err, auth.ErrNoUser) {
				t.Fatalf("a guess from %s: %v", machine, err)
			}
		}
	}
	for machine, want := range map[string]error{"192.0.2.1": auth.ErrThrottled, "server-c": auth.ErrThrottled, "192.0.2.2": nil} {
		if err := try(machine, "a-good-password"); !errors.Is(err, want) {
			t.Errorf("the right password from %s: %v; want %v", machine, err, want)
		}
	}
}
