package test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// oldVersions are the servers of the study, each limited to one version of TLS.
var oldVersions = []struct{ flag, name string }{
	{"-tls1", "TLS1.0"}, {"-tls1_1", "TLS1.1"}, {"-tls1_2", "TLS1.2"}, {"-tls1_3", "TLS1.3"},
}

// studies are set-ups of [SSLConfigure] under which a program calls servers. The
// original product tried versions one after the other, with TryProtocols also those
// that were disabled, and failed where the list had gaps. Here both ends agree in one
// attempt: a disabled version is refused, by name if the server chose it in a gap.
var studies = []struct {
	name, keys string
	want       map[string]string // the reason by the server's version; not in it: connected
}{
	{"one version", "SSL2=0\nSSL3=0\nTLS1=3\nBugs=0\nTryProtocols=0", onlySelected("TLS1.2", "TLS 1.2")},
	{"SSL2 and SSL3 beside it", "SSL2=1\nSSL3=1\nTLS1=3\nBugs=0\nTryProtocols=0", onlySelected("TLS1.2", "TLS 1.2")},
	{"and TryProtocols", "SSL2=1\nSSL3=1\nTLS1=3\nBugs=0\nTryProtocols=1", onlySelected("TLS1.2", "TLS 1.2")},
	{"an old version alone", "SSL2=0\nSSL3=0\nTLS1=1\nBugs=0\nTryProtocols=1", onlySelected("TLS1.0", "TLS 1.0")},
	{"a range", "SSL2=0\nSSL3=0\nTLS1_0=0\nTLS1_1=1\nTLS1_2=1\nBugs=0", map[string]string{
		"TLS1.0": `\[SSLConfigure\] TLS1_x leaves enabled \(TLS 1\.1, TLS 1\.2\).*TLS1_0=1`,
		"TLS1.3": `\[SSLConfigure\] TLS1_x leaves enabled \(TLS 1\.1, TLS 1\.2\).*TLS1_3=1`,
	}},
	{"all", "SSL2=1\nSSL3=1\nTLS1_0=1\nTLS1_1=1\nTLS1_2=1\nBugs=0", map[string]string{
		"TLS1.3": `\[SSLConfigure\] TLS1_x leaves enabled \(TLS 1\.0, TLS 1\.1, TLS 1\.2\).*TLS1_3=1`,
	}},
	{"a gap below", "SSL2=1\nSSL3=0\nTLS1_0=0\nTLS1_1=1\nTLS1_2=1\nBugs=0", map[string]string{
		"TLS1.0": `leaves enabled`, "TLS1.3": `leaves enabled`,
	}},
	{"a gap between", "TLS1_0=1\nTLS1_1=0\nTLS1_2=1\nTLS1_3=1", map[string]string{
		"TLS1.1": `the server chose TLS 1\.1, which \[SSLConfigure\] TLS1_1 disables; set TLS1_1=1`,
	}},
}

// onlySelected is what comes of TLS1 with one version.
func onlySelected(version, prose string) map[string]string {
	want := map[string]string{}
	for _, v := range oldVersions {
		if v.name != version {
			want[v.name] = `\[SSLConfigure\] TLS1 leaves enabled \(` + prose + `\)`
		}
	}
	return want
}

const studyProgram = `
User Function Study()
	Local aServers := StrTokArr(MemoRead("\servers.txt"), ";")
	Local nServer, aServer, cError, cHeader
	For nServer := 1 To Len(aServers)
		aServer := StrTokArr(aServers[nServer], ",")
		ConOut("STUDY begin " + aServer[1])
		cError := cHeader := ""
		HTTPSGet("https://localhost:" + aServer[2], "", "", "", "WSDL", 20, {"User-Agent: study"}, @cHeader)
		ConOut("STUDY end " + aServer[1] + " " + cValToChar(HttpGetStatus(@cError)) + " " + cError)
	Next
	ConOut("STUDY done")
Return
`

// TestHTTPSStudy runs the set-ups against openssl s_server, and looks at what the program
// gets, at the number of connections, and at the log, in the original product's format.
func TestHTTPSStudy(t *testing.T) {
	need(t, "openssl")
	dir := t.TempDir()
	writePair(t, dir, 7)
	var servers []*oldServer
	var list []string
	for _, v := range oldVersions {
		s := startOldServer(t, dir, v.flag)
		servers = append(servers, s)
		list = append(list, v.name+","+s.port)
	}
	for _, study := range studies {
		t.Run(study.name, func(t *testing.T) {
			log := runStudy(t, dir, study.keys, strings.Join(list, ";"))
			for i, v := range oldVersions {
				if n := servers[i].connections.Swap(0); n != 1 {
					t.Errorf("%s: %d connections; want 1", v.name, n)
				}
				checkStudy(t, log, v.name, study.want[v.name])
			}
		})
	}
}

// runStudy runs the program in a server with the keys and returns its log.
func runStudy(t *testing.T, certs, keys, list string) string {
	t.Helper()
	home := t.TempDir()
	for name, content := range map[string]string{
		"app.ini": "[General]\nLogFormat=classic\n[SSLConfigure]\nVerbose=1\nState=1\nCertificateCA=" + filepath.Join(certs, "cert.pem") + "\n" + keys +
			"\n[MPP]\nSSL_Method=SSL/TLS\n[STUDY]\nSourcePath=src\nRootPath=root\n[ONSTART]\nJobs=CALLS\n[CALLS]\nMain=U_Study\nEnvironment=STUDY\n",
		"src/study.prw":    studyProgram,
		"root/servers.txt": list,
	} {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, _ := startServer(t, "--config", filepath.Join(home, "app.ini"), "--set", "General.DataPath="+filepath.Join(home, "data"))
	if _, err := d.await(regexp.MustCompile("STUDY done")); err != nil {
		t.Fatal(err)
	}
	return logOf(d)
}

// checkStudy looks for what came of the call of the server with the version.
func checkStudy(t *testing.T, log, version, want string) {
	t.Helper()
	log = betweenMarks(log, "STUDY begin "+version, "STUDY end "+version)
	marks := []string{
		`\|\[INFO \]\[SSL\] \[tSSLSocketAPI\]\[Connect\] Connecting SSL\.`,
		`\|\[INFO \]\[SSL\] \[tSSLSocketClientAPI\]\[Initialize\] SSL2 \(0\), SSL3 \(0\), TLS1\.0 \(\d\), TLS1\.1 \(\d\), TLS1\.2 \(\d\), TLS1\.3 \(\d\)`,
		`\|\[INFO \]\[SSL\] SSL callback where:\[16\] ret:\[1\] state:\[before/connect initialization\]`,
	}
	if want == "" {
		marks = append(marks,
			`\|\[INFO \]\[SSL\] \[tSSLSocketAPI\] Using `+regexp.QuoteMeta(version)+` protocol\.`,
			`\|\[INFO \]\[SSL\] SSL callback where:\[32\] ret:\[1\] state:\[SSL negotiation finished successfully\]`,
			`\|\[INFO \]\[SSL\] \[tSSLSocketAPI\]\[Connect\] Connecting SSL OK\.`,
			`STUDY end `+regexp.QuoteMeta(version)+` 200`)
	} else {
		marks = append(marks, `\|\[ERROR\]\[SSL\] SSL description .*`+want, `\|\[ERROR\]\[SSL\] Failed Handshake SSL\.`,
			`STUDY end `+regexp.QuoteMeta(version)+` 0 .*`+want)
	}
	inOrder := regexp.MustCompile("(?s)" + strings.Join(marks, ".*"))
	if !inOrder.MatchString(log) {
		t.Errorf("%s: the log is\n%s\nwant, in this order,\n%s", version, log, strings.Join(marks, "\n"))
	}
	if n := strings.Count(log, "Connecting SSL."); n != 1 {
		t.Errorf("%s: %d handshakes; want 1", version, n)
	}
}

// betweenMarks returns the lines of text from that with first to that with last.
func betweenMarks(text, first, last string) string {
	i := strings.Index(text, first)
	j := strings.Index(text, last)
	if i < 0 || j < i {
		return ""
	}
	rest, _, _ := strings.Cut(text[j:], "\n")
	return text[i:j] + rest
}

// oldServer is openssl s_server behind a relay that counts connections.
type oldServer struct {
	port        string
	connections atomic.Int64
}

func startOldServer(t *testing.T, dir, flag string) *oldServer {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	behind := "127.0.0.1:" + port
	cmd := exec.Command("openssl", "s_server", "-accept", behind, "-key", filepath.Join(dir, "key.pem"), "-cert", filepath.Join(dir, "cert.pem"),
		"-cipher", "DEFAULT@SECLEVEL=0", "-www", "-quiet", flag)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	awaitDial(t, behind)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &oldServer{port: fmt.Sprint(l.Addr().(*net.TCPAddr).Port)}
	go s.relay(l, behind)
	return s
}

// awaitDial waits until somebody accepts connections.
func awaitDial(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func (s *oldServer) relay(l net.Listener, to string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.connections.Add(1)
		go func() {
			defer c.Close()
			server, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer server.Close()
			go func() {
				_, _ = io.Copy(server, c)
				_ = server.(*net.TCPConn).CloseWrite()
			}()
			_, _ = io.Copy(c, server)
		}()
	}
}
