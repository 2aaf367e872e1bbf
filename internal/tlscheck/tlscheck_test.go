package tlscheck

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

var allClients = everyone.names()

// refusing lists who refuses.
func refusing(r *Report) (names []string) {
	for _, v := range r.Clients {
		if !v.Accepts {
			names = append(names, v.Client)
		}
	}
	return names
}

func messages(r *Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(string(f.Level) + ": " + f.Message + "\n")
	}
	return b.String()
}

func TestGoodServer(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Root")
	middle := root.authority(t, "Middle")
	pair := middle.leaf(t, nil, []*x509.Certificate{middle.cert})
	addr := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}})
	r := check(t, Options{Address: addr, Roots: pool(root.cert)})
	if len(r.Findings) > 0 || !r.Accepted() {
		t.Errorf("Check finds:\n%srefusing: %q; want nothing", messages(r), refusing(r))
	}
	if r.Trust != Private || r.ALPN != "h2" || r.Remote != addr || r.ServerName != "127.0.0.1" || len(r.Chain) != 2 {
		t.Errorf("Check = trust %q, ALPN %q, remote %q, name %q, %d certificates; want private, h2, %s, 127.0.0.1, 2",
			r.Trust, r.ALPN, r.Remote, r.ServerName, len(r.Chain), addr)
	}
	for _, v := range r.Clients {
		if len(v.Provided) == 0 {
			t.Errorf("%s accepts a private authority without any condition", v.Client)
		}
	}
	c := r.Chain[0]
	if c.Key != "ECDSA P-256" || c.Signature != "ECDSA-SHA256" || !slices.Equal(c.Names, []string{"localhost", "127.0.0.1"}) || len(c.SHA256) != 95 {
		t.Errorf("the certificate is described as %+v", c)
	}
}

func TestVersions(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Root")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pair := root.leaf(t, key, nil)
	for _, tt := range []struct {
		name        string
		cfg         *tls.Config
		spoken      []string
		want        string
		refusing    []string
		wantedLevel Level
	}{
		{"all", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS13},
			[]string{"TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0"}, "it speaks TLS 1.0, which is obsolete", nil, Warning},
		{"1.2 only", &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12},
			[]string{"TLS 1.2"}, "does not speak TLS 1.3", nil, Notice},
		{"1.3 only", &tls.Config{MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS13},
			[]string{"TLS 1.3"}, "", nil, ""},
		{"1.0 only", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10},
			[]string{"TLS 1.0"}, "the newest version it speaks is TLS 1.0", allClients, Error},
		{"RSA key exchange", &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}},
			[]string{"TLS 1.2"}, "without forward secrecy", []string{"iPhone, iPad, Mac"}, Error},
		{"3DES", &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}},
			[]string{"TLS 1.2"}, "which is broken", allClients, Error},
		{"old and weak", &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}},
			[]string{"TLS 1.3", "TLS 1.2"}, "in TLS 1.2 it chooses TLS_RSA_WITH_AES_128_CBC_SHA", nil, Warning},
		{"h2 where it may not be", &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, NextProtos: []string{"h2"}, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}},
			[]string{"TLS 1.2"}, "it chooses HTTP/2 in TLS 1.2", []string{"Chrome, Edge", "Firefox", "Android"}, Error},
		{"asks", &tls.Config{ClientAuth: tls.RequestClientCert},
			[]string{"TLS 1.3", "TLS 1.2"}, "asks for a client certificate", nil, Notice},
		{"demands, 1.2", &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert},
			[]string{"TLS 1.2"}, "asks for a client certificate", nil, Notice},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Certificates = []tls.Certificate{pair}
			r := check(t, Options{Address: serveTLS(t, tt.cfg), Roots: pool(root.cert)})
			var spoken []string
			for _, v := range r.Versions {
				switch {
				case v.Spoken && v.Cipher == "":
					t.Errorf("%s has no cipher suite", v.Version)
				case !v.Spoken && v.Error == "":
					t.Errorf("%s is not spoken, and nothing says why", v.Version)
				}
				if v.Spoken {
					spoken = append(spoken, v.Version)
				}
			}
			if !slices.Equal(spoken, tt.spoken) {
				t.Errorf("spoken: %q; want %q", spoken, tt.spoken)
			}
			expect(t, r, tt.wantedLevel, tt.want, tt.refusing)
		})
	}
}

// expect checks that r has a finding of the level with the text, none above it if
// there are refusing clients to tell, and who refuses.
func expect(t *testing.T, r *Report, level Level, text string, refused []string) {
	t.Helper()
	if got := refusing(r); !slices.Equal(got, refused) {
		t.Errorf("refusing: %q; want %q\n%s", got, refused, messages(r))
	}
	if text == "" {
		if len(r.Findings) > 0 {
			t.Errorf("findings:\n%swant none", messages(r))
		}
		return
	}
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return strings.Contains(f.Message, text) })
	if i < 0 {
		t.Fatalf("findings:\n%swant one with %q", messages(r), text)
	}
	if got := r.Findings[i].Level; got != level {
		t.Errorf("%q is of level %s; want %s", text, got, level)
	}
}

func TestCertificate(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Root")
	smallRSA, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const apple = "iPhone, iPad, Mac"
	lives := func(days int) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, days-10) }
	}
	for _, tt := range []struct {
		name     string
		key      crypto.Signer
		mod      func(*x509.Certificate)
		host     string
		level    Level
		want     string
		refusing []string
	}{
		{"expired", nil, lives(5), "localhost", Error, "expired on 2026-05-27", allClients},
		{"not yet", nil, func(c *x509.Certificate) { c.NotBefore = today.Add(time.Hour) }, "localhost", Error, "is valid from 2026-06-01T13:00:00Z on only", allClients},
		{"ends soon", nil, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = today.AddDate(-1, 0, 0), today.AddDate(0, 0, 29) }, "localhost", Warning, "in 29 days", nil},
		{"short-lived", nil, lives(40), "localhost", "", "", nil},
		{"825 days", nil, lives(825), "localhost", "", "", nil},
		{"826 days", nil, lives(826), "localhost", Error, "valid for 826 days; 825", []string{apple}},
		{"826 days, old", nil, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = appleRules.AddDate(0, 0, -1), today.AddDate(9, 0, 0)
		}, "localhost", "", "", nil},
		{"other name", nil, nil, "erp.example.com", Error, `not for "erp.example.com", but for ["localhost" "127.0.0.1"]`, allClients},
		{"other address", nil, nil, "192.0.2.1", Error, `not for "192.0.2.1"`, allClients},
		{"by address", nil, nil, "127.0.0.1", "", "", nil},
		{"wildcard", nil, func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} }, "erp.example.com", "", "", nil},
		{"wildcard, two labels", nil, func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} }, "a.erp.example.com", Error, "not for", allClients},
		{"common name only", nil, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }, "server", Error, "names no host",
			[]string{"Chrome, Edge", "Firefox", apple, "Android"}},
		{"other common name only", nil, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }, "localhost", Error, "neither subjectAltName", allClients},
		{"RSA 1024", smallRSA, nil, "localhost", Error, "RSA key of 1024 bits", []string{apple}},
		{"Ed25519", ed, nil, "localhost", Error, "kind of the certificate's key, Ed25519", []string{"Chrome, Edge", "Firefox", apple, "Android"}},
		{"P-521", newKey(t, elliptic.P521()), nil, "localhost", Error, "key, ECDSA P-521", []string{"Chrome, Edge", apple, "Android"}},
		{"P-384", newKey(t, elliptic.P384()), nil, "localhost", "", "", nil},
		{"for clients", nil, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, "localhost", Error, "is not for servers", allClients},
		{"for anything", nil, func(c *x509.Certificate) { c.ExtKeyUsage = nil }, "localhost", Error, "does not say that it is for servers", []string{apple}},
		{"cannot sign", nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, "localhost", Error, "may not make signatures", []string{"Chrome, Edge", "Android", "Java"}},
		{"authority", nil, func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = true, true }, "localhost", Error, "that of an authority", []string{"Firefox"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mod := func(c *x509.Certificate) {
				if tt.mod != nil {
					tt.mod(c)
				}
			}
			addr := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{root.leaf(t, tt.key, nil, mod)}})
			expect(t, check(t, Options{Address: addr, ServerName: tt.host, Roots: pool(root.cert)}), tt.level, tt.want, tt.refusing)
		})
	}
}

func TestChain(t *testing.T) {
	var none *issuer
	root := none.authority(t, "Root")
	middle := root.authority(t, "Middle")
	lower := middle.authority(t, "Lower")
	old := root.authority(t, "Old", func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) })
	foreign := none.authority(t, "Foreign")
	mail := root.authority(t, "Mail", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} })
	narrow := root.authority(t, "Narrow", func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"example.com"}
	})
	withAIA := func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://pki.example/middle.crt"} }
	certs := func(issuers ...*issuer) (certs []*x509.Certificate) {
		for _, i := range issuers {
			certs = append(certs, i.cert)
		}
		return certs
	}
	for _, tt := range []struct {
		name     string
		pair     tls.Certificate
		roots    *x509.CertPool
		level    Level
		want     string
		refusing []string
	}{
		{"good", lower.leaf(t, nil, certs(lower, middle)), pool(root.cert), "", "", nil},
		{"wrong order", lower.leaf(t, nil, certs(middle, lower)), pool(root.cert), Warning, "wrong order", nil},
		{"root sent", middle.leaf(t, nil, certs(middle, root)), pool(root.cert), Notice, `the root "CN=Root" is sent`, nil},
		{"stranger sent", middle.leaf(t, nil, certs(middle, foreign)), pool(root.cert), Notice, `"CN=Foreign" is sent and does not belong`, nil},
		{"sent twice", middle.leaf(t, nil, certs(middle, middle)), pool(root.cert), Notice, `"CN=Middle" is sent more than once`, nil},
		{"stranger expired", middle.leaf(t, nil, certs(middle, old)), pool(root.cert), Warning, `"CN=Old" is sent, which is valid from`, nil},
		{"intermediate missing", middle.leaf(t, nil, nil, withAIA), pool(root.cert), Error, `the intermediate certificate "CN=Middle" is missing`, allClients},
		{"something missing", middle.leaf(t, nil, nil), pool(root.cert), Error, `its issuer "CN=Middle" was not sent`, allClients},
		{"upper missing", lower.leaf(t, nil, certs(lower)), pool(root.cert), Error, `the chain ends at "CN=Lower"; its issuer "CN=Middle"`, allClients},
		{"intermediate expired", old.leaf(t, nil, certs(old)), pool(root.cert), Error, `authority "CN=Old" is valid from`, allClients},
		{"self-signed", none.leaf(t, nil, nil), pool(root.cert), Error, "the certificate is self-signed", allClients},
		{"root not trusted", foreign.leaf(t, nil, certs(foreign)), pool(root.cert), Error, `the authority "CN=Foreign", which was sent, is not`, allClients},
		{"not for servers", mail.leaf(t, nil, certs(mail)), pool(root.cert), Error, "may not issue certificates for servers", allClients},
		{"other names", narrow.leaf(t, nil, certs(narrow)), pool(root.cert), Error, "the chain is not valid", allClients},
		{"intermediate trusted", middle.leaf(t, nil, nil), pool(middle.cert), Warning, `"CN=Middle" is trusted here, but it is an intermediate`, nil},
		{"too long", middle.leaf(t, nil, append(certs(middle), slices.Repeat(certs(foreign), 10)...)), pool(root.cert), Error, "it sends 12 certificates", []string{"Java"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{tt.pair}})
			expect(t, check(t, Options{Address: addr, Roots: tt.roots}), tt.level, tt.want, tt.refusing)
		})
	}
}

// A chain of several hundred certificates that look alike costs no time.
func TestHugeChain(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Same")
	var chain []*x509.Certificate
	for range 400 {
		chain = append(chain, root.authority(t, "Same").cert)
	}
	addr := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{root.leaf(t, nil, chain)}})
	r := check(t, Options{Address: addr, Roots: pool(root.cert)})
	if len(r.Chain) != maxExamined {
		t.Errorf("%d certificates examined; want %d", len(r.Chain), maxExamined)
	}
	expect(t, r, Error, "it sends 401 certificates", []string{"Java"})
}

// More than crypto/tls takes is a fault of the server, not of the check.
func TestMegabyteCertificate(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Root")
	pair := root.leaf(t, nil, nil, func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "server", Organization: []string{strings.Repeat("x", 1<<20)}}
	})
	r := check(t, Options{Address: serveTLS(t, &tls.Config{Certificates: []tls.Certificate{pair}}), Roots: pool(root.cert)})
	expect(t, r, Error, "exceeds maximum", allClients)
	if len(r.Chain) != 0 {
		t.Errorf("%d certificates; want none", len(r.Chain))
	}
}

func TestPublic(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Root")
	leaf := func(mods ...func(*x509.Certificate)) *x509.Certificate {
		pair := root.leaf(t, nil, nil, append(mods, domainValidated)...)
		c, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	withSCT := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: []byte{4, 0}}}
	}
	long := func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, 400) }
	for _, tt := range []struct {
		name     string
		leaf     *x509.Certificate
		level    Level
		want     string
		refusing []string
	}{
		{"good", leaf(withSCT), "", "", nil},
		{"not logged", leaf(), Error, "transparency", []string{"Chrome, Edge", "Firefox", "iPhone, iPad, Mac", "Android"}},
		{"long", leaf(withSCT, long), Error, "valid for 410 days; 398", []string{"Chrome, Edge", "iPhone, iPad, Mac", "Android"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			state := tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, PeerCertificates: []*x509.Certificate{tt.leaf}}
			f := newFacts("localhost", today, handshake{reached: true, state: state}, nil, pool(root.cert))
			f.public = claimsPublic(tt.leaf) // as with the system's authorities
			r := f.report("localhost:443")
			if r.Trust != Public {
				t.Errorf("Trust = %q; want public", r.Trust)
			}
			expect(t, r, tt.level, tt.want, tt.refusing)
			for _, v := range r.Clients {
				if len(v.Provided) > 0 {
					t.Errorf("%s wants %q done for a public authority", v.Client, v.Provided)
				}
			}
		})
	}
}

func TestWeakSignature(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Root")
	pair := root.leaf(t, nil, nil)
	c, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	c.SignatureAlgorithm = x509.ECDSAWithSHA1 // crypto/x509 makes none
	state := tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, PeerCertificates: []*x509.Certificate{c}}
	f := newFacts("localhost", today, handshake{reached: true, state: state}, nil, pool(root.cert))
	r := f.report("localhost:443")
	expect(t, r, Error, "is signed with ECDSA-SHA1", allClients)
	if got := strings.Count(messages(r), "error:"); got != 1 {
		t.Errorf("%d errors; want one, because what cannot be verified follows from the signature\n%s", got, messages(r))
	}
}

func TestDifferentCertificates(t *testing.T) {
	root := (*issuer)(nil).authority(t, "Root")
	modern, old := root.leaf(t, nil, nil), root.leaf(t, nil, nil)
	addr := serveTLS(t, &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if slices.Contains(h.SupportedVersions, tls.VersionTLS13) {
			return &modern, nil
		}
		return &old, nil
	}})
	expect(t, check(t, Options{Address: addr, Roots: pool(root.cert)}), Notice, "in TLS 1.2 it shows another certificate", nil)
}

func TestNoTLS(t *testing.T) {
	client, err := net.Dial("tcp", serve(t, func(c net.Conn) { io.Copy(io.Discard, c) }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	nobody := client.LocalAddr().String() // nothing listens there, nor can
	says := func(text string) func(net.Conn) {
		return func(c net.Conn) { io.WriteString(c, text); io.Copy(io.Discard, c) }
	}
	drip := func(c net.Conn) {
		// A record header that promises much, and then a byte now and then.
		c.Write([]byte{22, 3, 3, 0x40, 0})
		for range time.Tick(10 * time.Millisecond) {
			if _, err := c.Write([]byte{2}); err != nil {
				return
			}
		}
	}
	for _, tt := range []struct {
		name, addr string
		is         error
		want       string
	}{
		{"nobody", nobody, ErrUnreachable, "refused"},
		{"HTTP", serve(t, says("HTTP/1.1 400 Bad Request\r\n\r\n")), ErrNoTLS, "plain HTTP"},
		{"SSH", serve(t, says("SSH-2.0-OpenSSH_9.2\r\n")), ErrNoTLS, "SSH"},
		{"mail", serve(t, says("220 mail.example ESMTP\r\n")), ErrNoTLS, "mail"},
		{"other", serve(t, says("\x00\x01\x1b[2J")), ErrNoTLS, `"\x00\x01\x1b[2"`},
		{"silent", serve(t, says("")), ErrNoTLS, "in time"},
		{"drips", serve(t, drip), ErrNoTLS, "in time"},
		{"closes", serve(t, func(c net.Conn) { io.ReadFull(c, make([]byte, 1)) }), ErrNoTLS, "closes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			timeout := time.Minute
			if tt.want == "in time" {
				timeout = 500 * time.Millisecond
			}
			_, err := Check(t.Context(), Options{Address: tt.addr, Timeout: timeout})
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v; want %v with %q", err, tt.is, tt.want)
			}
		})
	}
}

// A server that answers in TLS, but never agrees, is judged, not unreachable.
func TestNoHandshake(t *testing.T) {
	addr := serve(t, func(c net.Conn) {
		io.ReadFull(c, make([]byte, 5))
		c.Write([]byte{21, 3, 3, 0, 2, 2, 40})
		io.Copy(io.Discard, c)
	})
	r := check(t, Options{Address: addr})
	expect(t, r, Error, "no handshake gets as far as its certificate: remote error: tls: handshake failure", allClients)
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	addr := serve(t, func(c net.Conn) {
		io.ReadFull(c, make([]byte, 1))
		cancel()
		io.Copy(io.Discard, c)
	})
	if _, err := Check(ctx, Options{Address: addr}); !errors.Is(err, ErrNoTLS) {
		t.Errorf("Check = %v; want %v soon after the context has ended", err, ErrNoTLS)
	}
}

func TestBadAddress(t *testing.T) {
	if _, err := Check(t.Context(), Options{Address: "localhost"}); err == nil || errors.Is(err, ErrUnreachable) {
		t.Errorf("Check without a port = %v; want an error about the address", err)
	}
}
