package sslconf

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// opensslFlag restricts s_client and s_server to one version.
var opensslFlag = map[uint16]string{v10: "-tls1", v11: "-tls1_1", v12: "-tls1_2", v13: "-tls1_3"}

const anyCipher = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"

// sClient connects openssl to s and returns what it printed. The server closes
// after its greeting, which ends openssl.
func sClient(t *testing.T, s *server, args ...string) string {
	t.Helper()
	args = append([]string{"s_client", "-connect", s.addr, "-servername", "localhost", "-ign_eof", "-cipher", anyCipher}, args...)
	out, _ := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput()
	<-s.results
	return string(out)
}

// protocolOf returns the version that s_client -brief reports, or "" and the
// number of the alert that it received.
func protocolOf(out string) (version, alert string) {
	for line := range strings.Lines(out) {
		if v, ok := strings.CutPrefix(line, "Protocol version: "); ok {
			version = strings.TrimSpace(v)
		}
		if _, n, ok := strings.Cut(line, "SSL alert number "); ok {
			alert = strings.TrimSpace(n)
		}
	}
	return version, alert
}

func TestOpenSSLClientVersions(t *testing.T) {
	requireTool(t, "openssl")
	ca := newAuthority(t)
	names := map[uint16]string{v10: "TLSv1", v11: "TLSv1.1", v12: "TLSv1.2", v13: "TLSv1.3"}
	certs := map[string]*tls.Certificate{
		"ECDSA": ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth), "RSA": ca.issue(rsaKey(), x509.ExtKeyUsageServerAuth),
	}
	for kind, cert := range certs {
		for _, settings := range everySet() {
			p := mustPolicy(t, settings)
			s := serve(t, p.Server(ServerOptions{Certificate: fixed(cert)}))
			for id, flag := range opensslFlag {
				// openssl that is held to one version up to 1.2 sends no
				// supported_versions: the server may answer with less, and
				// openssl then ends the handshake by itself.
				version, alert := protocolOf(sClient(t, s, "-brief", flag))
				want := ""
				if p.allows(id) {
					want = names[id]
				}
				lower := id <= v12 && best(p.Versions(), v10, id) != 0
				if version != want || want == "" && !lower && alert != "70" {
					t.Errorf("%s, %s, openssl %s: version %q, alert %q; want %q", kind, p.Classic(), flag, version, alert, cmp.Or(want, "alert 70"))
				}
			}
			out := sClient(t, s, "-brief", "-min_protocol", "TLSv1", "-max_protocol", "TLSv1.3")
			if version, _ := protocolOf(out); version != names[p.max()] {
				t.Errorf("%s, %s, openssl with every version: %q; want %q", kind, p.Classic(), version, names[p.max()])
			}
		}
	}
}

// TestOpenSSLGapRange: a client that names only its highest version gets the
// highest enabled one below it.
func TestOpenSSLGapRange(t *testing.T) {
	requireTool(t, "openssl")
	on := new(true)
	cert := newAuthority(t).issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	s := serve(t, mustPolicy(t, Settings{TLS11: on, TLS13: on}).Server(ServerOptions{Certificate: fixed(cert)}))
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"1.0-1.2", []string{"-min_protocol", "TLSv1", "-max_protocol", "TLSv1.2"}, "version TLSv1.1"},
		{"1.0-1.3", []string{"-min_protocol", "TLSv1", "-max_protocol", "TLSv1.3"}, "version TLSv1.3"},
		{"fallback to 1.1", []string{"-min_protocol", "TLSv1", "-max_protocol", "TLSv1.1", "-fallback_scsv"}, "alert 86"},
		{"fallback to 1.2", []string{"-min_protocol", "TLSv1", "-max_protocol", "TLSv1.2", "-fallback_scsv"}, "alert 86"},
		{"fallback mark with the best version", []string{"-tls1_3", "-fallback_scsv"}, "version TLSv1.3"},
		{"ALPN not served", []string{"-tls1_3", "-alpn", "imap"}, "version TLSv1.3"},
	}
	for _, tt := range tests {
		version, alert := protocolOf(sClient(t, s, append(tt.args, "-brief")...))
		got := "version " + version
		if version == "" {
			got = "alert " + alert
		}
		if got != tt.want {
			t.Errorf("%s: %s; want %s", tt.name, got, tt.want)
		}
	}
}

func TestOpenSSLAlerts(t *testing.T) {
	requireTool(t, "openssl")
	ca := newAuthority(t)
	cert := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	strangerCert, strangerKey := writePair(t, newAuthority(t).issue(ecdsaKey(), x509.ExtKeyUsageClientAuth))
	goodCert, goodKey := writePair(t, ca.issue(ecdsaKey(), x509.ExtKeyUsageClientAuth))
	s := serve(t, mustPolicy(t, Settings{ClientAuth: "required", ClientCAs: ca.pool}).Server(ServerOptions{
		Certificate: fixed(cert), NextProtos: []string{"h2", "http/1.1"},
	}))
	tests := []struct {
		name  string
		args  []string
		alert string
	}{
		{"good", []string{"-cert", goodCert, "-key", goodKey}, ""},
		{"no certificate, 1.3", []string{"-tls1_3"}, "116"},
		{"no certificate, 1.2", []string{"-tls1_2"}, "40"},
		{"unknown issuer", []string{"-cert", strangerCert, "-key", strangerKey}, "48"},
		{"ALPN without overlap", []string{"-alpn", "imap", "-cert", goodCert, "-key", goodKey}, "120"},
		{"h2 alone over CBC", []string{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "-alpn", "h2", "-cert", goodCert, "-key", goodKey}, "120"},
		{"no suite in common", []string{"-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0", "-cert", goodCert, "-key", goodKey}, "40"},
		{"version", []string{"-tls1_1"}, "70"},
	}
	for _, tt := range tests {
		if _, alert := protocolOf(sClient(t, s, append(tt.args, "-brief")...)); alert != tt.alert {
			t.Errorf("%s: alert %q; want %q", tt.name, alert, tt.alert)
		}
	}
}

func TestOpenSSLCertificateRequest(t *testing.T) {
	requireTool(t, "openssl")
	ca := newAuthority(t)
	cert := ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	s := serve(t, mustPolicy(t, Settings{ClientCAs: ca.pool}).Server(ServerOptions{
		Certificate: fixed(cert), NextProtos: []string{"appserver-rpc/1", "h2", "http/1.1"}, RequestCert: []string{"appserver-rpc/1"},
	}))
	for _, flag := range []string{"-tls1_2", "-tls1_3"} {
		for alpn, want := range map[string]bool{"appserver-rpc/1": true, "h2": false} {
			out := sClient(t, s, flag, "-alpn", alpn)
			if got := strings.Contains(out, "Acceptable client certificate CA names\nCN = test CA"); got != want {
				t.Errorf("%s, ALPN %s: certificate requested %t; want %t", flag, alpn, got, want)
			}
		}
	}
}

func TestOpenSSLResumption(t *testing.T) {
	requireTool(t, "openssl")
	cert := newAuthority(t).issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)
	on := new(true)
	for _, settings := range []Settings{
		{TLS10: on, TLS11: on, TLS12: on, TLS13: on}, {TLS10: on, TLS12: on}, {TLS11: on, TLS13: on},
	} {
		p := mustPolicy(t, settings)
		s := serve(t, p.Server(ServerOptions{Certificate: fixed(cert), NextProtos: []string{"h2", "http/1.1"}}))
		for _, id := range p.Versions() {
			session := filepath.Join(t.TempDir(), "session")
			first := sClient(t, s, opensslFlag[id], "-alpn", "h2,http/1.1", "-sess_out", session)
			second := sClient(t, s, opensslFlag[id], "-alpn", "h2,http/1.1", "-sess_in", session)
			if !strings.Contains(first, "\nNew, ") || !strings.Contains(second, "\nReused, ") {
				t.Errorf("%s, %s: first New %t, second Reused %t; want both", p.Classic(), opensslFlag[id],
					strings.Contains(first, "\nNew, "), strings.Contains(second, "\nReused, "))
			}
		}
	}
}

// sServer starts openssl s_server and returns its address.
func sServer(t *testing.T, cert *tls.Certificate, args ...string) string {
	t.Helper()
	certFile, keyFile := writePair(t, cert)
	args = append([]string{"s_server", "-accept", "127.0.0.1:0", "-rev", "-cert", certFile, "-key", keyFile, "-cipher", anyCipher}, args...)
	cmd := exec.Command("openssl", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if addr, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			return addr
		}
	}
	t.Fatalf("openssl s_server %v did not start", args)
	return ""
}

func dialOpenSSL(addr string, config *tls.Config) result {
	conn, err := net.DialTimeout("tcp", addr, handshakeTimeout)
	if err != nil {
		return result{err: err}
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	c := tls.Client(conn, config)
	err = c.Handshake()
	return result{c.ConnectionState(), err}
}

func TestOpenSSLServerVersions(t *testing.T) {
	requireTool(t, "openssl")
	ca := newAuthority(t)
	for _, key := range []*tls.Certificate{ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth), ca.issue(rsaKey(), x509.ExtKeyUsageServerAuth)} {
		for id, flag := range opensslFlag {
			addr := sServer(t, key, flag)
			for _, settings := range everySet() {
				p := mustPolicy(t, settings)
				checkClient(t, p, id, dialOpenSSL(addr, p.Client(ClientOptions{ServerName: "localhost", RootCAs: ca.pool})))
			}
		}
	}
}

// TestOpenSSLServerOldSuite: a server that knows no ECDHE is reached when TLS
// 1.0 is enabled, and not by default.
func TestOpenSSLServerOldSuite(t *testing.T) {
	requireTool(t, "openssl")
	ca := newAuthority(t)
	addr := sServer(t, ca.issue(rsaKey(), x509.ExtKeyUsageServerAuth), "-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0")
	for _, tt := range []struct {
		settings Settings
		ok       bool
	}{{Settings{TLS10: new(true)}, true}, {Settings{}, false}} {
		p := mustPolicy(t, tt.settings)
		got := dialOpenSSL(addr, p.Client(ClientOptions{ServerName: "localhost", RootCAs: ca.pool}))
		if (got.err == nil) != tt.ok {
			t.Errorf("%s: error = %v; want success %t", p.Classic(), got.err, tt.ok)
		}
	}
}

// TestCurl: curl, which offers h2 and http/1.1, works with every version.
func TestCurl(t *testing.T) {
	requireTool(t, "curl")
	on := new(true)
	ca := newAuthority(t)
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pemCert(ca.cert), 0o600); err != nil {
		t.Fatal(err)
	}
	p := mustPolicy(t, Settings{TLS10: on, TLS11: on, TLS12: on, TLS13: on})
	addr := serveHTTP(t, p.Server(ServerOptions{
		Certificate: fixed(ca.issue(ecdsaKey(), x509.ExtKeyUsageServerAuth)), NextProtos: []string{"h2", "http/1.1"},
	}))
	tests := []struct{ version, cipher, want string }{
		{"1.0", anyCipher, "200 1.1"},
		{"1.1", anyCipher, "200 1.1"},
		{"1.2", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "200 1.1"},
		{"1.2", anyCipher, "200 2"},
		{"1.3", anyCipher, "200 2"},
	}
	for _, tt := range tests {
		out, err := exec.CommandContext(t.Context(), "curl", "-sS", "-o", os.DevNull, "-w", "%{http_code} %{http_version}", "--max-time", "20",
			"--cacert", caFile, "--tlsv"+tt.version, "--tls-max", tt.version, "--ciphers", tt.cipher, "https://"+addr+"/").CombinedOutput()
		if err != nil || string(out) != tt.want {
			t.Errorf("curl TLS %s, %s: %s, %v; want %s", tt.version, tt.cipher, out, err, tt.want)
		}
	}
}

func pemCert(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
