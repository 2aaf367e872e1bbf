package certs

import "testing"

func TestParseHost(t *testing.T) {
	for text, want := range map[string]string{
		"A.Example":             "a.example",
		" a.example. ":          "a.example",
		"localhost":             "localhost",
		"my_host":               "my_host",
		"*.A.example":           "*.a.example",
		"*.0.a.example":         "*.0.a.example",
		"xn--bcher-kva.example": "xn--bcher-kva.example",
		"192.0.2.1":             "192.0.2.1",
		"::FFFF:192.0.2.1":      "192.0.2.1",
		"[2001:DB8:0::1]":       "2001:db8::1",
		"127.0.0.1":             "127.0.0.1",
		"1.example":             "1.example",
	} {
		if got, err := parseHost(text); got != want || err != nil {
			t.Errorf("parseHost(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

// FuzzParseHost: what is accepted stays as it is, and a certificate for it
// covers it.
func FuzzParseHost(f *testing.F) {
	for _, seed := range []string{"a.example", "*.b.example", "192.0.2.1", "[::1]", "a..b", "1.2.3", "fe80::1%lo", "bücher.example"} {
		f.Add(seed)
	}
	a := must(newAuthority("", today))
	f.Fuzz(func(t *testing.T, text string) {
		host, err := parseHost(text)
		if err != nil {
			return
		}
		if again, err := parseHost(host); again != host || err != nil {
			t.Errorf("parseHost(%q) = %q, %v; want it unchanged", host, again, err)
		}
		leaf, _, err := a.issue([]string{host}, today)
		if err != nil {
			t.Fatalf("issue(%q) = %v", host, err)
		}
		if err := leaf.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	})
}
