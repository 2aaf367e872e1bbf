package test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// writePair makes a certificate with that serial number and puts it into the
// place of cert.pem and key.pem in dir, each by a rename.
func writePair(t *testing.T, dir string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	replace(t, filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
}

// replace puts a file of that content into the place of path.
func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// load asks the server for a page, again and again and in several ways, until
// stop is called, which returns how many answers there were. Whatever fails
// fails the test.
func load(t *testing.T, addr string) (stop func() int64) {
	var answers atomic.Int64
	var wg sync.WaitGroup
	done := make(chan struct{})
	for i := range 8 {
		protocol := []string{"http/1.1", "h2"}[i%2]
		kept := newClient(protocol)
		wg.Go(func() {
			defer kept.CloseIdleConnections()
			for {
				select {
				case <-done:
					return
				default:
				}
				client := kept
				if i < 4 { // a new connection for every request
					client = newClient(protocol)
				}
				if _, err := fetch(client, "https://"+addr+"/healthz"); err != nil {
					t.Errorf("a request failed after %d answers: %v", answers.Load(), err)
					return
				}
				if client != kept {
					client.CloseIdleConnections()
				}
				answers.Add(1)
			}
		})
	}
	return func() int64 {
		close(done)
		wg.Wait()
		return answers.Load()
	}
}

// serialShown returns the serial number of the certificate that a new connection
// sees, and whether the session was resumed.
func serialShown(t *testing.T, addr string, cache tls.ClientSessionCache) (serial int64, resumed bool) {
	t.Helper()
	c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, ClientSessionCache: cache, ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// TLS 1.3 brings the ticket with the first answer.
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if answer, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
		t.Fatalf("a new connection got %q, %v", answer, err)
	}
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), c.ConnectionState().DidResume
}

// logged waits until the server has logged re n times.
func (d *daemon) logged(t *testing.T, n int, re string) {
	t.Helper()
	if _, err := d.await(regexp.MustCompile(fmt.Sprintf(`(?s)(%s.*){%d}`, re, n))); err != nil {
		t.Fatal(err)
	}
}

// Certificates are exchanged under load, by SIGHUP and by polling: not one request
// fails, sessions go on and are resumed, and a pair that is none changes nothing.
func TestCertificateSwapUnderLoad(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, 1)
	d, addr := startServer(t, "--set", "MPP.SSL_Certificate="+filepath.Join(dir, "cert.pem"), "--set", "MPP.SSL_Key="+filepath.Join(dir, "key.pem"))
	kept, err := tls.Dial("tcp", addr, insecure)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	kept.SetDeadline(time.Now().Add(3 * patience))
	answers := bufio.NewReader(kept)
	ask := func() {
		t.Helper()
		fmt.Fprint(kept, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("a connection that stays open: %v", err)
		}
		io.Copy(io.Discard, resp.Body)
	}
	ask()
	cache := tls.NewLRUClientSessionCache(1)
	if serial, _ := serialShown(t, addr, cache); serial != 1 {
		t.Fatalf("the first certificate has serial %d; want 1", serial)
	}
	stop := load(t, addr)

	const exchanges = 10
	for n := 2; n <= exchanges; n++ {
		writePair(t, dir, int64(n))
		d.cmd.Process.Signal(syscall.SIGHUP)
		d.logged(t, n-1, "the certificate was exchanged")
		if serial, _ := serialShown(t, addr, nil); serial != int64(n) {
			t.Errorf("after exchange %d the serial is %d", n, serial)
		}
	}
	if _, resumed := serialShown(t, addr, cache); !resumed {
		t.Error("a session from before the exchanges was not resumed")
	}

	// Half a pair, found by polling, is refused; the old one stays.
	good, err := os.ReadFile(filepath.Join(dir, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, "cert.pem"), []byte("nothing that is a certificate\n"))
	d.logged(t, 1, "the changed certificate cannot be used; the old one stays")
	if serial, _ := serialShown(t, addr, nil); serial != exchanges {
		t.Errorf("with a file that is no certificate the serial is %d; want the old %d", serial, exchanges)
	}
	replace(t, filepath.Join(dir, "cert.pem"), good)
	writePair(t, dir, exchanges+1)
	d.logged(t, exchanges, "the certificate was exchanged")

	if n := stop(); n < 100 {
		t.Errorf("only %d answers under load; that proves little", n)
	}
	ask()
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.ends(t, 0)
}

// The configuration is exchanged under load, good and bad ones in turn: not one
// request fails.
func TestReloadUnderLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.ini")
	configs := []string{
		"[MPP]\nSSL_Method=TLSv1.3\nMaxSniffing=100\nMaxHandshakes=3\nTrustedProxies=10.0.0.0/8\n",
		"[MPP]\nMaxConnections=900\nSniffTimeout=40\n[SSLConfigure]\nDisableCipher=CBC\n[General]\nLogLevel=warn\n",
		"[MPP]\nProxyProtocol=10.0.0.0/8\n[WebApp]\nEnable=0\n",
	}
	replace(t, file, []byte("[MPP]\n"))
	d, addr := startServer(t, "--config", file)
	stop := load(t, addr)
	client := newClient("http/1.1")
	for n := range 30 {
		content, wants := configs[n%len(configs)], http.StatusOK
		if n%5 == 4 {
			content, wants = "[MPP]\nMaxSniffing=many\n", http.StatusUnprocessableEntity
		}
		replace(t, file, []byte(content))
		if got := reloadBySocket(t, filepath.Join(filepath.Dir(file), "data")); got != wants {
			t.Errorf("reload %d of %q was answered with status %d; want %d", n, content, got, wants)
		}
	}
	if _, err := fetch(client, "https://"+addr+"/healthz"); err != nil {
		t.Error(err)
	}
	if n := stop(); n < 100 {
		t.Errorf("only %d answers under load; that proves little", n)
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.ends(t, 0)
}

// reloadBySocket asks the server of that data folder to reload and returns the
// answer's status.
func reloadBySocket(t *testing.T, dataPath string) int {
	t.Helper()
	client := unixClient(filepath.Join(dataPath, "admin.sock"))
	resp, err := client.Post("http://appserver/v1/reload", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}
