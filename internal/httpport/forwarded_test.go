package httpport

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestApplyForwarded(t *testing.T) {
	trusted := prefixes("10.0.0.0/8", "fd00::/8")
	for _, test := range []struct {
		name                 string
		remote               string
		header               http.Header
		wantRemote, wantHost string
		wantScheme           string
		wantOK               bool
	}{
		{"untrusted peer", "192.0.2.1:99",
			http.Header{"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}},
			"192.0.2.1:99", "server", "", false},
		{"trusted, nothing said", "10.0.0.1:99", http.Header{}, "10.0.0.1:99", "server", "", false},
		{"one hop", "10.0.0.1:99",
			http.Header{"X-Forwarded-For": {"192.0.2.7"}, "X-Forwarded-Proto": {"HTTPS"}, "X-Forwarded-Host": {"public.example"}},
			"192.0.2.7:0", "public.example", "https", true},
		{"hop with port", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"192.0.2.7:4711"}}, "192.0.2.7:4711", "server", "", true},
		{"IPv6 bare", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"2001:db8::1"}}, "[2001:db8::1]:0", "server", "", true},
		{"IPv6 in brackets", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"[2001:db8::1]"}}, "[2001:db8::1]:0", "server", "", true},
		{"IPv6 with port", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"[2001:db8::1]:7"}}, "[2001:db8::1]:7", "server", "", true},
		{"IPv4 in IPv6 peer", "[::ffff:10.0.0.1]:99", http.Header{"X-Forwarded-For": {"192.0.2.7"}}, "192.0.2.7:0", "server", "", true},
		{"forged part on the left", "10.0.0.1:99",
			http.Header{"X-Forwarded-For": {"127.0.0.1, 192.0.2.7, 10.0.0.2"}}, "192.0.2.7:0", "server", "", true},
		{"several lines", "10.0.0.1:99",
			http.Header{"X-Forwarded-For": {"127.0.0.1", "192.0.2.7", "10.0.0.2"}}, "192.0.2.7:0", "server", "", true},
		{"all trusted", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"10.9.9.9, 10.0.0.2"}}, "10.9.9.9:0", "server", "", true},
		{"malformed alone", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"unknown"}}, "10.0.0.1:99", "server", "", true},
		{"malformed on the right", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"192.0.2.7, "}}, "10.0.0.1:99", "server", "", true},
		{"malformed on the left", "10.0.0.1:99", http.Header{"X-Forwarded-For": {"junk, 10.0.0.2"}}, "10.0.0.2:0", "server", "", true},
		{"malformed scheme and host", "10.0.0.1:99",
			http.Header{"X-Forwarded-Proto": {"javascript"}, "X-Forwarded-Host": {"a/b"}}, "10.0.0.1:99", "server", "", true},
		{"parallel lists", "10.0.0.1:99",
			http.Header{"X-Forwarded-For": {"192.0.2.7, 10.0.0.2"}, "X-Forwarded-Proto": {"https, http"}, "X-Forwarded-Host": {"outer, inner"}},
			"192.0.2.7:0", "outer", "https", true},
		{"lists that do not agree", "10.0.0.1:99",
			http.Header{"X-Forwarded-For": {"192.0.2.7"}, "X-Forwarded-Proto": {"https, http"}}, "192.0.2.7:0", "server", "http", true},
		{"peer that is no address", "@", http.Header{"X-Forwarded-For": {"192.0.2.7"}}, "@", "server", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr, r.Host, r.Header = test.remote, "server", test.header
			got, proxy := applyForwarded(r, trusted)
			scheme, ok := Forwarded(got)
			if got.RemoteAddr != test.wantRemote || got.Host != test.wantHost || scheme != test.wantScheme || ok != test.wantOK {
				t.Errorf("got remote %s, host %s, Forwarded = %q, %v; want %s, %s, %q, %v",
					got.RemoteAddr, got.Host, scheme, ok, test.wantRemote, test.wantHost, test.wantScheme, test.wantOK)
			}
			if gotProxy := proxy != ""; gotProxy != test.wantOK {
				t.Errorf("proxy = %q; want one: %v", proxy, test.wantOK)
			}
		})
	}
}

func TestForwardedHeadersOfStrangersAreRemoved(t *testing.T) {
	header := http.Header{
		"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"a"}, "X-Forwarded-Port": {"1"},
		"X-Forwarded-User": {"admin"}, "Forwarded": {"for=1.1.1.1"}, "X-Real-Ip": {"1.1.1.1"}, "Accept": {"*/*"},
	}
	for _, trusted := range [][]netip.Prefix{nil, prefixes("10.0.0.0/8")} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header = header.Clone()
		got, _ := applyForwarded(r, trusted)
		if want := (http.Header{"Accept": {"*/*"}}); !reflect.DeepEqual(got.Header, want) {
			t.Errorf("with trusted %v headers = %v; want %v", trusted, got.Header, want)
		}
		if got := Scheme(got); got != "http" {
			t.Errorf("with trusted %v Scheme = %q; want http", trusted, got)
		}
	}
}

// The networks hold for the next request, also of a connection that is open, and
// also for clients that are only told to use TLS.
func TestSetTrustedProxies(t *testing.T) {
	say := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, Scheme(r), r.RemoteAddr) })
	srv := New(Config{Handler: say, Log: zap.NewNop()})
	addr := plainHTTP1.start(t, srv)
	const request = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n"
	c := dialRaw(t, addr, "")
	networks := prefixes("127.0.0.0/8")
	for _, step := range []struct {
		trusted []netip.Prefix
		want    string
	}{{nil, "http 127.0.0.1:"}, {networks, "https 192.0.2.7:0"}, {prefixes("10.0.0.0/8"), "http 127.0.0.1:"}, {networks, "https 192.0.2.7:0"}, {nil, "http 127.0.0.1:"}} {
		srv.SetTrustedProxies(step.trusted)
		c.send(request)
		if _, body := c.answer("GET"); !strings.HasPrefix(body, step.want) {
			t.Errorf("with trusted %v the handler saw %q; want %q", step.trusted, body, step.want)
		}
	}
	srv.SetTrustedProxies(networks)
	networks[0] = netip.MustParsePrefix("10.0.0.0/8")
	c.send(request)
	if _, body := c.answer("GET"); !strings.HasPrefix(body, "https") {
		t.Errorf("after the caller has changed its list the handler saw %q; want that list copied", body)
	}

	plain := NewPlaintextServer(PlaintextRedirect, Config{Log: zap.NewNop()})
	plain.SetTrustedProxies(prefixes("127.0.0.0/8"))
	if resp, _ := dialRaw(t, plainHTTP1.start(t, plain), request).answer("GET"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("https at a trusted proxy is answered %d; want 403", resp.StatusCode)
	}
}

// Requests and changes of the networks at the same time.
func TestSetTrustedProxiesUnderLoad(t *testing.T) {
	srv := New(Config{Handler: http.NotFoundHandler(), Log: zap.NewNop()})
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					r := httptest.NewRequest(http.MethodGet, "/", nil)
					r.Header.Set("X-Forwarded-For", "198.51.100.1")
					srv.gate.ServeHTTP(httptest.NewRecorder(), r)
				}
			}
		})
	}
	for i := range 500 {
		srv.SetTrustedProxies([][]netip.Prefix{nil, prefixes("192.0.2.0/24")}[i%2])
	}
	close(done)
	wg.Wait()
}

// Where there are no proxies, a request pays for the rules about them with a look
// at its header.
func TestForwardedWithoutProxiesAllocatesNothing(t *testing.T) {
	srv := New(Config{Handler: http.NotFoundHandler(), Log: zap.NewNop()})
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if n := testing.AllocsPerRun(100, func() { applyForwarded(r, *srv.gate.trusted.Load()) }); n != 0 {
		t.Errorf("applyForwarded without proxies allocates %v times; want 0", n)
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add("1.1.1.1, 10.0.0.1", "https", "a:80")
	f.Add("[::1]:5, x,", "http,https", "[::1]")
	f.Add(",,,", ",", "")
	trusted := prefixes("10.0.0.0/8", "192.0.2.0/24")
	f.Fuzz(func(t *testing.T, forwardedFor, proto, host string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host, r.RemoteAddr = "server", "10.0.0.1:1"
		r.Header = http.Header{"X-Forwarded-For": {forwardedFor}, "X-Forwarded-Proto": {proto}, "X-Forwarded-Host": {host}}
		got, _ := applyForwarded(r, trusted)
		if _, err := netip.ParseAddrPort(got.RemoteAddr); err != nil {
			t.Errorf("RemoteAddr = %q: %v", got.RemoteAddr, err)
		}
		if !validHost(got.Host) {
			t.Errorf("Host = %q; want a valid one", got.Host)
		}
		if s := Scheme(got); s != "http" && s != "https" {
			t.Errorf("Scheme = %q", s)
		}
	})
}
