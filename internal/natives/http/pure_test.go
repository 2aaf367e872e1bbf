package http

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

func dialPlain(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTarget(t *testing.T) {
	tests := []struct{ address, params, want string }{
		{"http://h", "", "http://h"},
		{" HTTP://h/ ", "", "http://h/"},
		{"http://h/a b\xe7", "", "http://h/a%20b%E7"},
		{"http://h/%41%zz", "", "http://h/%41%25zz"},
		{"http://h/a?b=c d", "?e=f", "http://h/a?b=c%20d&e=f"},
		{"http://h/a?", "e=f", "http://h/a?e=f"},
		{"http://h/a?b=1&", "&e=#", "http://h/a?b=1&e=%23"},
		{"http://h/a#b?c", "", "http://h/a"},
		{"http://h?a=\"x\"", "", "http://h?a=%22x%22"},
		{`http://h/a\b`, "", "http://h/a%5Cb"},
		{"http://u:p%40@h:81/", "", "http://u:p%40@h:81/"},
		{"http://u@x:p@h/", "", "http://u%40x:p@h/"},
		{"http://[::1]:81/", "", "http://[::1]:81/"},
		{"http://[fe80::1%25eth0]/", "", "http://[fe80::1%25eth0]/"},
		{"http://caf\xe9.example/", "", "http://caf%C3%A9.example/"},
		{"http://h/a?filter[x]=1", "", "http://h/a?filter[x]=1"},
		{"http://h/a//b/../c", "", "http://h/a//b/../c"},
	}
	for _, tt := range tests {
		u, err := target(tt.address, tt.params)
		if err != nil || u.String() != tt.want {
			t.Errorf("target(%q, %q) = %v, %v; want %s", tt.address, tt.params, u, err, tt.want)
		}
	}
	for _, bad := range []string{
		"", "h", "//h/", "ftp://h/", "file:///etc/passwd", "http://", "http:///a", "http://:80/", "http://h:0/", "http://h:65536/", "http://h:x/",
		"http://a b/", `http://a\@b/`, "http://h/\n/", "http://h/\x00", "http://%41/", "http://[::1/", "http://[::%25\x8c]/", "http://[nonsense]/", "http://a<b/", "http://h/" + strings.Repeat("a", maxURL),
	} {
		if u, err := target(bad, ""); err == nil {
			t.Errorf("target(%.40q) = %s; want an error", bad, u)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{"http://h/a?b=c", "https://u:p@[::1%25lo]:81/%41\xe7#x", "http://h\\@x/", "http://h/?a[]=\"'`"} {
		f.Add(s, "x=1&y=\xff")
	}
	f.Fuzz(func(t *testing.T, address, params string) {
		u, err := target(address, params)
		if err != nil {
			return
		}
		text := u.RequestURI()
		for i := range len(text) {
			if text[i] <= ' ' || text[i] >= 0x7f {
				t.Fatalf("target(%q, %q) requests %q", address, params, text)
			}
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Host != u.Host || again.RequestURI() != text {
			t.Fatalf("target(%q, %q) = %q, which is read as %v, %v", address, params, u, again, err)
		}
		if strings.ContainsAny(u.Host, "/\\@?# \r\n") {
			t.Fatalf("host %q", u.Host)
		}
	})
}

func FuzzHeader(f *testing.F) {
	for _, s := range []string{"A: b", "a:b\r\n c", "Host: x", "Content-Length: 3", ":", "X\xe7: \xe7", "Connection: close"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r, _ := http.NewRequest(http.MethodGet, "http://h/", nil)
		if setHeader(r, []string{line}) != nil {
			return
		}
		var b strings.Builder
		if err := r.Write(&b); err != nil {
			return // net/http refuses it
		}
		if head := strings.TrimSuffix(b.String(), "\r\n\r\n"); strings.Count(head, "\n") > 3 || strings.Contains(head, "\r\n\r\n") {
			t.Fatalf("setHeader(%q) sends %q", line, b.String())
		}
	})
}

func TestSetHeader(t *testing.T) {
	r, _ := http.NewRequest(http.MethodGet, "http://h/", nil)
	err := setHeader(r, []string{"x-a: 1", "X-A:2", "X-B:\t\xe7 ", "", "connection: close", "Transfer-Encoding: chunked", "Content-Length: 9", "host: other:81"})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Values("X-A"); strings.Join(got, ",") != "1,2" || r.Header.Get("X-B") != "\xe7" {
		t.Errorf("header = %v", r.Header)
	}
	if !r.Close || r.Host != "other:81" || len(r.Header) != 2 {
		t.Errorf("close %t, host %s, header %v", r.Close, r.Host, r.Header)
	}
	many := make([]string, maxHeaderLines+1)
	for _, bad := range [][]string{many, {"X: " + strings.Repeat("a", maxHeaderBytes)}, {": x"}, {"Host: a/b"}, {"X: a\x00b"}, {"X: a\nb"}, {"X\x00: a"}} {
		if setHeader(r, bad) == nil {
			t.Errorf("setHeader(%.40q) = nil; want an error", bad)
		}
	}
}

func TestGuard(t *testing.T) {
	nets := func(list ...string) []netip.Prefix {
		var out []netip.Prefix
		for _, s := range list {
			out = append(out, netip.MustParsePrefix(s))
		}
		return out
	}
	own := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:5013")}
	standard := Guard{DenyTo: DefaultDeny(), Own: own}
	inside := Guard{AllowTo: nets("10.0.0.0/8", "2001:db8::/32"), DenyTo: nets("10.1.0.0/16")}
	local := Guard{DenyTo: nets("127.0.0.0/8")}
	tests := []struct {
		guard   Guard
		address string
		want    string // "": allowed
	}{
		{standard, "127.0.0.1:80", ""},
		{standard, "10.0.0.1:80", ""},
		{standard, "[2001:db8::1]:443", ""},
		{standard, "169.254.169.254:80", "DenyTo"},
		{standard, "[::ffff:169.254.169.254]:80", "DenyTo"},
		{standard, "[64:ff9b::a9fe:a9fe]:80", "DenyTo"},
		{standard, "[64:ff9b:1::a9fe:a9fe]:80", "DenyTo"},
		{standard, "[2002:a9fe:a9fe::1]:80", "DenyTo"},
		{standard, "[2001:0:1:2:3:4:5601:5601]:80", "DenyTo"},
		{standard, "[::a9fe:a9fe]:80", "DenyTo"},
		{standard, "[2001:db8::5efe:a9fe:a9fe]:80", "DenyTo"},
		{standard, "[fe80::1%lo]:80", "DenyTo"},
		{standard, "[fd00:ec2::254]:80", "DenyTo"},
		{standard, "100.100.100.200:80", "DenyTo"},
		{standard, "127.0.0.1:5013", "administration"},
		{standard, "[::1]:5013", "administration"},
		{standard, "[::ffff:127.0.0.1]:5013", "administration"},
		{standard, "0.0.0.0:5013", "administration"},
		{standard, "[::]:5013", "administration"},
		{standard, "10.0.0.1:5013", ""},
		{standard, "nonsense", "cannot be checked"},
		{inside, "10.0.0.1:80", ""},
		{inside, "[64:ff9b::a00:1]:80", ""},
		{inside, "10.1.0.1:80", "DenyTo"},
		{inside, "11.0.0.1:80", "AllowTo"},
		{inside, "[2001:db8::1]:80", ""},
		{inside, "[::1]:80", "AllowTo"},
		{local, "0.0.0.0:80", "DenyTo"},
		{local, "[::]:80", "DenyTo"},
	}
	for _, tt := range tests {
		err := tt.guard.check(tt.address)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("check(%s) = %v; want %q", tt.address, err, tt.want)
		}
	}
}

func TestHostAddr(t *testing.T) {
	for host, want := range map[string]string{
		"10.0.0.1": "10.0.0.1", "::1": "::1", "localhost": "127.0.0.1", "127.1": "127.0.0.1", "0x7f000001": "127.0.0.1", "2130706433": "127.0.0.1",
		"0177.0.0.1": "127.0.0.1", "1.2.3": "1.2.0.3", "10.0.0.1.": "10.0.0.1",
		"example.org": "", "1.2.3.4.5": "", "256.1.1.1": "", "4294967296": "", "08.0.0.1": "", "": "", "0x": "", "1..2": "",
	} {
		a, ok := hostAddr(host)
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("hostAddr(%q) = %s, %t; want %q", host, a, ok, want)
		}
	}
}

func TestIsExcepted(t *testing.T) {
	list := exceptions("*.example.org, 10.*;HOST ,.local")
	for host, want := range map[string]bool{
		"a.example.org": true, "A.EXAMPLE.ORG.": true, "example.org": false, "10.1.2.3": true, "110.1.2.3": false, "host": true, "host2": false, "x.local": true,
	} {
		if got := isExcepted(host, list); got != want {
			t.Errorf("isExcepted(%s) = %t; want %t", host, got, want)
		}
	}
}
