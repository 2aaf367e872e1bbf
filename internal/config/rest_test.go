package config

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// listeners shows what is served, a line for each mount: address, path, section,
// environment, pool, how callers show who they are, origins.
func listeners(c *Config) []string {
	var list []string
	for _, l := range c.REST.Listeners {
		name := "port"
		if l.Section != "" {
			name = strings.Join(l.Addresses, " ")
		}
		if l.TLS != nil {
			name = "tls " + name
		}
		for _, m := range l.Mounts {
			list = append(list, strings.Join([]string{name, m.Path, "[" + m.Section + "]", cmp.Or(m.Environment, "-"), cmp.Or(m.Pool.Name, "-"), who(&m), strings.Join(m.CORS.Origins, " ")}, " | "))
		}
	}
	return list
}

func who(m *RESTMount) string {
	switch {
	case !m.Security:
		return "anybody"
	case m.OnAuth != "":
		return m.OnAuth
	case !m.AllowBasic:
		return "tokens"
	}
	return "users"
}

// Files as they are in the world, one for each style, load without an error.
func TestRESTFiles(t *testing.T) {
	for _, test := range []struct {
		file     string
		want     []string
		findings []string
	}{
		{"classic.ini",
			[]string{":8080 | /rest | [HTTPURI] | environment | HTTPURI | users | *"},
			[]string{
				"13 warning: no TLS on this port",
				"30 warning: pages of every origin can call with the credentials that a browser keeps; name the origins",
			}},
		{"logix.ini",
			[]string{":8580 | / | [URITESTE] | logix12_ora | URITESTE | anybody | "},
			[]string{"18 warning: no TLS on this port", "20 warning: NOBODY IS ASKED WHO HE IS"}},
		{"branches.ini",
			[]string{
				"port | /env/v1 | [HTTPENV] | P12 | HTTPENV | users | ",
				"port | /REST | [HTTPURI] | P12 | HTTPURI | users | https://portal.example.com",
				"port | /rest | [HTTPURI99] | P12 | HTTPURI99 | users | ",
				"tls :8443 | /env/v1 | [HTTPENV] | P12 | HTTPENV | users | ",
				"tls :8443 | /REST | [HTTPURI] | P12 | HTTPURI | users | https://portal.example.com",
				"127.0.0.1:8081 | /rest | [HTTPURI99] | P12 | HTTPURI99 | users | ",
			},
			[]string{"17 warning: broken and not supported", "18 warning: broken and not supported"}},
		{"port.ini", []string{"port | /rest | [HTTPURI] | ENV | HTTPURI | users | "}, nil},
		{"tlpp.ini",
			[]string{
				"tls :9995 | /rest | [HTTP_ROOT] | ENV | THREAD_POOL | U_onAuthorization | http://localhost ionic://localhost capacitor://localhost",
				"tls :9995 | / | [HTTP_WEB] | - | - | U_onAuthorization | ",
				":9996 | /app | [ONLY_FILES] | - | - | anybody | ",
			},
			[]string{"37 warning: no TLS on this port", "78 warning: this is no type of content"}},
	} {
		t.Run(test.file, func(t *testing.T) {
			c, err := Load(Options{Path: filepath.Join("testdata", "rest", test.file)})
			if err != nil {
				t.Fatal(err)
			}
			if got := listeners(c); !slices.Equal(got, test.want) {
				t.Errorf("served =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			checkFindings(t, c, test.findings)
			if len(c.Jobs) != 0 {
				t.Errorf("jobs %+v; want none: the server does what they are for", c.Jobs)
			}
		})
	}
}

func loadREST(t *testing.T, file string) []RESTListener {
	t.Helper()
	c, err := Load(Options{Path: filepath.Join("testdata", "rest", file)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.REST.Listeners { // where the files are does not matter
		l := &c.REST.Listeners[i]
		if l.TLS != nil {
			l.TLS.Certificate, l.TLS.Key = relative(c, l.TLS.Certificate), relative(c, l.TLS.Key)
		}
		for j := range l.Mounts {
			l.Mounts[j].RootPath = relative(c, l.Mounts[j].RootPath)
		}
	}
	return c.REST.Listeners
}

func relative(c *Config, path string) string {
	return filepath.ToSlash(strings.TrimPrefix(path, c.Dir+string(filepath.Separator)))
}

func TestClassicInFull(t *testing.T) {
	mount := defaultMount()
	mount.Section, mount.Line, mount.Path, mount.Environment = "HTTPURI", 25, "/rest", "environment"
	mount.Server = "HTTPREST"
	mount.Public = []string{"/ping", "fwjwt/refresh_token", "auth"}
	mount.Pool = RESTPool{Name: "HTTPURI", Instances: Instances{2, 5, 1, 1}, PrepareIn: "ALL", OnStart: "REST_START", OnConnect: "REST_CONNECT", OnExit: "REST_EXIT",
		Idle: 5 * time.Minute, Wait: 10 * time.Second, Queue: 1000}
	mount.CORS.Enable, mount.CORS.Origins = true, []string{"*"}
	want := []RESTListener{{Section: "HTTPREST", Line: 12, Port: 8080, Addresses: []string{":8080"}, InactiveTimeout: time.Minute, Mounts: []RESTMount{mount}}}
	if got := loadREST(t, "classic.ini"); !reflect.DeepEqual(got, want) {
		t.Errorf("REST =\n%+v; want\n%+v", got, want)
	}
}

func TestTLPPInFull(t *testing.T) {
	const user = `{"name": "a", "list": "b ;c"}`
	root := defaultMount()
	root.Section, root.Line, root.Path, root.Environment = "HTTP_ROOT", 23, "/rest", "ENV"
	root.OnAuth, root.Methods, root.UserData = "U_onAuthorization", []string{"GET", "POST"}, user
	root.Server, root.TlppData = "HTTP_SERVER", `{"Authorization":{"scheme":"basic","OnAuth":"U_onAuthorization"}}`
	root.RootPath, root.DefaultPage, root.Timeout = "web", "index.html", 90*time.Second
	root.Pool = RESTPool{Name: "THREAD_POOL", Instances: Instances{2, 8, 1, 3}, Idle: time.Minute, Wait: 5 * time.Second, Queue: 1000, ExitsSection: "EXITS"}
	root.CORS = RESTCORS{Enable: true, Origins: []string{"http://localhost", "ionic://localhost", "capacitor://localhost"}, Methods: []string{"GET", "POST"},
		Credentials: true, MaxAge: 2 * time.Minute}
	root.Exits = RESTExits{"U_BEGIN", "U_END", "u_select", "U_ERROR", "U_BLOCK", "U_ALLOW", "U_SEND"}
	got := loadREST(t, "tlpp.ini")[0]
	if !reflect.DeepEqual(got.Mounts[0], root) {
		t.Errorf("[HTTP_ROOT] =\n%+v; want\n%+v", got.Mounts[0], root)
	}
	got.Mounts = nil
	want := RESTListener{Section: "HTTP_SERVER", Line: 10, Port: 9995, Addresses: []string{":9995"}, InactiveTimeout: 2 * time.Minute,
		TLS: &RESTTLS{Certificate: "cert/server.crt", Key: "cert/server.key", PassPhrase: "open", Versions: []string{"TLSv1.2", "TLSv1.3"}, ClientCert: "none",
			CertificateName: "SslCertificate", KeyName: "SslCertificateKey", PassPhraseName: "SslCertificatePass"},
		ContentTypes: map[string]string{".htm": "text/html", ".json": "application/json", "*": "application/octet-stream"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("[HTTP_SERVER] =\n%+v; want\n%+v", got, want)
	}
}

// What is mounted on the multiprotocol port by itself.
func TestOwnMounts(t *testing.T) {
	const environment = "[E]\nSourcePath=x\n[General]\nApp_Environment=e\n"
	const rest, roots = "port | /rest | [REST] | E | REST | users | ", "port | / | [REST] | E | REST | users | "
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"no environment", "[REST]\nSecurity=1\n", nil},
		{"an environment", environment, []string{rest, roots}},
		{"switched off", environment + "[REST]\nEnable=0\n", nil},
		{"no HTTP on the port", environment + "[Drivers]\nMultiProtocolPort=0\n", nil},
		{"a URI of it", environment + "[HTTPV11]\nSockets=S\n[S]\nPort=80\nIPsBind=::1\nURIs=U\n[U]\nURL=/x\n",
			[]string{"port | /x | [U] | E | U | users | ", "[::1]:80 | /x | [U] | E | U | users | "}},
		{"a URI that few reach and nobody asks", environment + "[HTTPV11]\nSockets=S\n[S]\nPort=80\nIPsBind=127.0.0.1\nSecurity=0\nURIs=U\n[U]\nURL=/x\n",
			[]string{rest, roots, "127.0.0.1:80 | /x | [U] | E | U | anybody | "}},
		{"a URI with public paths that few reach", environment + "[HTTPV11]\nSockets=S\n[S]\nPort=80\nIPsBind=127.0.0.1\nURIs=U\n[U]\nURL=/x\nPublic=/p\n",
			[]string{rest, roots, "127.0.0.1:80 | /x | [U] | E | U | users | "}},
		{"a URI for clients with certificates", environment + "[MPP]\nClientCA=ca.pem\n[HTTPV11]\nSockets=S\n[S]\nPort=80\nTLS1_3=1\nSSLCheckClientCert=1\nURIs=U\n[U]\nURL=/x\n",
			[]string{rest, roots, "tls :80 | /x | [U] | E | U | users | "}},
		{"a URI of another", environment + "[F]\nSourcePath=y\n[HTTPV11]\nSockets=S\n[S]\nPort=80\nIPsBind=127.0.0.1\nURIs=U\n[U]\nURL=/rest\nEnvironment=F\n",
			[]string{rest, roots, "127.0.0.1:80 | /rest | [U] | F | U | users | "}},
		{"a location on the port", environment + "[F]\nSourcePath=y\n[HTTPSERVER]\nServers=S\n[S]\nLocations=L\n[L]\nThreadPool=P\n[P]\nEnvironment=F\nMinThreads=1\n",
			[]string{rest, "port | / | [L] | F | P | users | "}},
		{"the number of the port", environment + "[HTTPV11]\nSockets=S\n[S]\nPort=5012\nURIs=U\n[U]\n", []string{"port | / | [U] | E | U | users | "}},
	} {
		c := load(t, test.text, Options{})
		if got := listeners(c); !slices.Equal(got, test.want) {
			t.Errorf("%s: served %q; want %q", test.name, got, test.want)
		}
		if err := c.Err(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	c := load(t, environment, Options{})
	for _, m := range c.REST.Listeners[0].Mounts {
		if want := map[string][]string{"/": {"api", "restlogix"}}[m.Path]; !slices.Equal(m.Only, want) {
			t.Errorf("mount %s: Only = %q; want %q", m.Path, m.Only, want)
		}
	}
}

// Which section counts for a key that several have.
func TestRESTInheritance(t *testing.T) {
	c := load(t, `[E]
SourcePath=x
[REST]
Security=0
Timeout=5
Wait=6
Queue=7
MaxBody=8
[HTTPV11]
Sockets=S
TimeOut=50
[S]
Port=80
IPsBind=127.0.0.1
URIs=A,B
AllowBasic=0
Public=/p
NoTenant=/n
[A]
URL=/a
Environment=E
Timeout=
[B]
URL=/b
Environment=E
Security=0
AllowBasic=1
Public=/p, /q
Timeout=9
Wait=10
Queue=11
MaxBody=12
`, Options{})
	mounts := c.REST.Listeners[0].Mounts
	a, b := mounts[0], mounts[1]
	for _, v := range []struct {
		name      string
		got, want any
	}{
		{"A.Security", a.Security, true}, {"B.Security", b.Security, false}, // [REST] opens nothing else
		{"A.AllowBasic", a.AllowBasic, false}, {"B.AllowBasic", b.AllowBasic, true},
		{"A.Public", a.Public, []string{"/p"}}, {"B.Public", b.Public, []string{"/p", "/q"}}, {"B.NoTenant", b.NoTenant, []string{"/n"}},
		{"A.Timeout", a.Timeout, 50 * time.Second}, {"B.Timeout", b.Timeout, 9 * time.Second},
		{"A.Wait", a.Pool.Wait, 6 * time.Second}, {"B.Wait", b.Pool.Wait, 10 * time.Second},
		{"A.Queue", a.Pool.Queue, 7}, {"B.Queue", b.Pool.Queue, 11},
		{"A.MaxBody", a.MaxBody, int64(8 << 20)}, {"B.MaxBody", b.MaxBody, int64(12 << 20)},
	} {
		if !reflect.DeepEqual(v.got, v.want) {
			t.Errorf("%s = %v; want %v", v.name, v.got, v.want)
		}
	}
}

func TestEnvironmentOfURI(t *testing.T) {
	const sections = "[HTTPV11]\nSockets=S\n[S]\nPort=80\nIPsBind=127.0.0.1\nURIs=U\n[A]\nSourcePath=a\n[B]\nSourcePath=b\n[C]\nSourcePath=c\n"
	for _, test := range []struct{ text, want string }{
		{"[General]\nApp_Environment=c\n[J]\nMain=http_start()\nEnvironment=b\n[U]\nEnvironment=a\n", "A"},
		{"[General]\nApp_Environment=c\n[J]\nMain=http_start()\nEnvironment=b\n[U]\n", "B"},
		{"[I]\nMain=HTTP_START\nEnvironment=a\n[J]\nMain=HTTP_START\nEnvironment=b\n[OnStart]\nJobs=J\n[U]\n", "B"},
		{"[General]\nApp_Environment=c\n[J]\nMain=U_X\nEnvironment=b\n[U]\n", "C"},
		{"[U]\n", ""},
	} {
		c := load(t, sections+test.text, Options{})
		got := ""
		for _, l := range c.REST.Listeners {
			for _, m := range l.Mounts {
				got = m.Environment
			}
		}
		if got != test.want {
			t.Errorf("%q: environment %q; want %q", test.text, got, test.want)
		}
	}
}

func TestRESTFindings(t *testing.T) {
	const classic = "[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nURIs=U\nPort=80\nIPsBind=127.0.0.1\n" // lines 1 to 8
	const tlpp = "[E]\nSourcePath=x\n[HTTPSERVER]\nServers=S\n[S]\nLocations=L\nPort=80\nIpAddress=127.0.0.1\n"
	const pool = "[P]\nEnvironment=E\nMinThreads=1\n"
	for _, test := range []struct {
		text string
		want []string
	}{
		// References.
		{"[HTTPV11]\nSockets=HTTPREST\n", []string{"2 error: there is no section [HTTPREST]"}},
		{"[HTTPV11]\nSockets=HTTPRETS\n[HTTPREST]\nPort=80\n", []string{"2 error: there is no section [HTTPRETS]; did you mean [HTTPREST]?", "4 warning: NOT IN EFFECT: no listener is opened"}},
		{"[HTTPV11]\nSockets=S\n[S]\nPort=80\nIPsBind=::1\nURIs=U\n", []string{"6 error: there is no section [U]"}},
		{classic + "[U]\nURL=/x\nEnvironment=E\n", nil},
		{classic + "[U]\nURL=/x\n", []string{"9 error: no environment: nobody has said whose programs answer; add Environment="}},
		{classic + "[U]\nURL=/x\nEnvironment=F\n", []string{"11 error: there is no such environment"}},
		{"[HTTPV11]\nSockets=TCP\n[TCP]\nPort=5012\n", []string{"2 warning: [TCP] is a section of another kind too", "3 warning: NOT IN EFFECT: nothing is served here"}},
		{tlpp + "[L]\nThreadPool=P\nSecurity=1\n", []string{"10 error: there is no section [P]"}},
		{tlpp + "[L]\nThreadPool=P\nCORS=C\nSecurity=1\n" + pool, []string{"11 error: there is no section [C]"}},
		{tlpp + "[L]\nThreadPool=P\nSecurity=1\n" + pool + "UserExits=X\n", []string{"15 error: there is no section [X]"}},
		{tlpp + "ContentTypes=T\n[L]\nThreadPool=P\nSecurity=1\n" + pool, []string{"9 error: there is no section [T]"}},
		{tlpp + "[L]\nPath=/x\n", []string{"9 warning: NOT IN EFFECT: nothing is served here: there is neither ThreadPool nor RootPath"}},
		{tlpp + "[L]\nThreadPool=P\nSecurity=1\n[P]\nMinThreads=3\nMaxThreads=2\nEnvironment=E\n", []string{"14 error: the value is less than MinThreads"}},

		// Paths.
		{classic + "[U]\nURL=/a?b\nEnvironment=E\n", []string{"10 error: the value holds a character that it cannot have"}},
		{classic + "[U]\nURL=/a/../b\nEnvironment=E\n", []string{"10 error: the value has a segment that no request can have"}},
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nURIs=U\n[U]\nURL=/WebApp/x\nEnvironment=E\n", []string{"8 error: /webapp of the multiprotocol port is the server's own; choose another path"}},
		{classic + "[U]\nURL=/webapp/x\nEnvironment=E\n", nil}, // on a port of its own
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nURIs=U,V\n[U]\nURL=/x\nEnvironment=E\n[V]\nURL=/x/\nEnvironment=E\n",
			[]string{"11 error: the path /x is that of [U] in line 7 too; give one of them another path"}},
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S,T\n[S]\nURIs=U\n[T]\nURIs=V\n[U]\nURL=/x\nEnvironment=E\n[V]\nURL=/X\nEnvironment=E\n", nil}, // letters count in case

		// Ports.
		{classic + "[U]\nEnvironment=E\n[HTTPSERVER]\nServers=T\n[T]\nPort=80\nIpAddress=127.0.0.1\nLocations=L\n[L]\nThreadPool=P\nSecurity=1\n" + pool,
			[]string{"14 error: the port is that of [S] in line 5 too"}},
		{classic + "[U]\nEnvironment=E\n[HTTPSERVER]\nServers=T\n[T]\nPort=80\nIpAddress=127.0.0.2\nLocations=L\n[L]\nThreadPool=P\nSecurity=1\n" + pool, nil},
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nURIs=U\nPort=5013\nIPsBind=127.0.0.1\n[U]\nEnvironment=E\n", []string{"7 error: the port is that of [Metrics] Listen too"}},
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nURIs=U\nPort=5012\n[U]\nEnvironment=E\n[Drivers]\nMultiProtocolPort=0\n",
			[]string{"7 error: this port carries no HTTP", "11 warning: NOT IN EFFECT: HTTP has no listener"}},
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nURIs=U\nIPsBind=::1\nCERTIFICATE=a\n[U]\nEnvironment=E\n",
			[]string{"7 warning: not used: this is served on the multiprotocol port", "8 warning: not used: this is served on the multiprotocol port"}},
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nURIs=U\nSSLCheckClientCert=1\n[U]\nEnvironment=E\n", []string{"7 error: this is served on the multiprotocol port, and no client"}},
		{"[HTTPV11]\nSockets=S\n[S]\nPort=http\n", []string{"3 warning: NOT IN EFFECT: nothing is served here", "4 error: the value is not a number"}},

		// Who may call.
		{classic + "[U]\nEnvironment=E\nSecurity=0\n", []string{"11 warning: NOBODY IS ASKED WHO HE IS"}},
		{classic + "[U]\nEnvironment=E\nPublic=/*\n", []string{"11 warning: NOBODY IS ASKED WHO HE IS: everything is public"}},
		{"[E]\nSourcePath=x\n[General]\nApp_Environment=E\n[REST]\nSecurity=0\n", []string{"6 warning: NOBODY IS ASKED WHO HE IS"}},
		{tlpp + "TlppData={\"Authorization\":{\"scheme\":\"basic\"}}\n[L]\nThreadPool=P\n" + pool, []string{"9 error: the value does not name the function OnAuth"}},
		{tlpp + "TlppData={\"Authorization\":{\"scheme\":\"digest\"}}\n[L]\nThreadPool=P\n" + pool, []string{"9 error: the value names no scheme"}},
		{tlpp + "TlppData={\"Authorization\":\n[L]\nThreadPool=P\nSecurity=1\n" + pool, []string{"9 error: the value is no JSON object"}},
		{tlpp + "TlppData=nowhere.json\n[L]\nThreadPool=P\nSecurity=1\n" + pool, []string{"9 error: the value is no JSON object, and no file of that name can be read"}},
		{tlpp + "TlppData={\"authorization\":{\"scheme\":\"oAuth2\",\"onAuthparams\":\"U_P\"}}\n[L]\nThreadPool=P\n" + pool, []string{"9 warning: the scheme oAuth2 counts as Security=1"}},
		{tlpp + "Security=0\nTlppData={\"Authorization\":{\"scheme\":\"basic\",\"OnAuth\":\"U_A\"}}\n[L]\nThreadPool=P\n" + pool, []string{"10 warning: Security and AllowBasic count as 1"}},

		// Bodies that are longer than a string of a program can be.
		{classic + "[U]\nEnvironment=E\nMaxBody=65\n", []string{"11 warning: bodies of more than 64 MiB are refused all the same: a string of environment E cannot be longer"}},
		{classic + "[U]\nEnvironment=E\nMaxBody=65\n[General]\nMaxStringSize=65\n", nil},
		{"[General]\nMaxStringSize=8\n" + classic + "[U]\nEnvironment=E\n", nil}, // nobody has said that more is wanted
		{tlpp + "[L]\nThreadPool=P\nSecurity=1\nMaxBody=65\n" + pool, []string{"12 warning: bodies of more than 64 MiB"}},
		{"[E]\nSourcePath=x\nMaxStringSize=4\n[General]\nApp_Environment=E\n[REST]\nMaxBody=5\n", []string{"7 warning: bodies of more than 4 MiB"}},

		// Pages of other origins.
		{classic + "[U]\nEnvironment=E\nCORSEnable=1\n", []string{"9 warning: pages of no other origin may call"}},
		{classic + "[U]\nEnvironment=E\nCORSEnable=1\nAllowOrigin=*\nCORSCredentials=0\n", nil},
		{classic + "[U]\nEnvironment=E\nCORSEnable=1\nAllowOrigin=null\n", []string{`12 error: the value holds "null", which any page can claim`}},
		{classic + "[U]\nEnvironment=E\nCORSEnable=1\nAllowOrigin=https://a.b/\n", []string{`12 error: the value holds "https://a.b/", which has more behind the host`}},

		{classic + "[U]\nEnvironment=E\nCORSEnable=1\nAllowOrigin=10.0.0.7, https://a.b\n", []string{`12 warning: "10.0.0.7" is no origin`}},

		// TLS of a listener.
		{classic + "KEY=k.pem\n[U]\nEnvironment=E\n", []string{"9 error: a key without a certificate; set CERTIFICATE too"}},
		{classic + "SSLCheckClientCert=1\n[U]\nEnvironment=E\n", []string{"9 error: this listener has no TLS"}},
		{classic + "SSLCheckClientCert=1\nTLS1_2=1\n[U]\nEnvironment=E\n", []string{"9 error: there is no authority to check certificates with"}},
		{classic + "CERTIFICATE=c.pem\nTLS1_2=0\n[U]\nEnvironment=E\n", []string{"9 error: no version of TLS is on"}},
		{tlpp + "SslMethod=TLSv1.4\n[L]\nThreadPool=P\nSecurity=1\n" + pool, []string{`9 error: the value holds "TLSv1.4", which is no version of TLS`}},

		// What two name is told once.
		{"[E]\nSourcePath=x\n[HTTPV11]\nSockets=S,T,S\n[S]\nPort=80\nIPsBind=::1\nURIs=U\n[T]\nPort=81\nIPsBind=::1\nURIs=U\n[U]\nEnvironment=E\nInstances=a\n",
			[]string{"15 error: the value is not a number"}},
	} {
		t.Run("", func(t *testing.T) {
			checkFindings(t, load(t, test.text, Options{}), test.want)
			if t.Failed() {
				t.Logf("of %q", test.text)
			}
		})
	}
}

// Files for the original do not say who may call TLPP services: there everybody may.
func TestWarningOfSecurityInTLPP(t *testing.T) {
	const warning = "callers must show who they are"
	for keys, want := range map[string]bool{
		"":             true,
		"Security=1\n": false,
		"Security=0\n": false,
		"TlppData={\"Authorization\":{\"scheme\":\"basic\",\"OnAuth\":\"U_A\"}}\n": false,
		"TlppData={\"TlppAutoDiscoveryUrl\":true}\n":                               true,
	} {
		c := load(t, "[E]\nSourcePath=x\n[HTTPSERVER]\nServers=S\n[S]\nPort=80\nLocations=L\n"+keys+
			"[L]\nThreadPool=P\n[P]\nEnvironment=E\nMinThreads=1\n", Options{})
		got := slices.ContainsFunc(c.Findings(), func(f Finding) bool {
			return f.Severity == Warning && strings.Contains(f.String(), warning)
		})
		if got != want {
			t.Errorf("with %q the warning is there: %v; want %v", keys, got, want)
		}
	}
}

func TestTLSOfListeners(t *testing.T) {
	for keys, want := range map[string]*RESTTLS{
		"":                   nil,
		"TLS1=0":             nil,
		"TLS1=1":             {ClientCert: "none"},
		"TLS1_2=1\nTLS1_3=1": {Versions: []string{"TLSv1.2", "TLSv1.3"}, ClientCert: "none"},
		"TLS1_3=1\nTLS1=1":   {Versions: []string{"TLSv1.3"}, ClientCert: "none"},
		"CERTIFICATE=/c.pem\nSSLCheckClientCert=1": {Certificate: "/c.pem", ClientCert: "required"},
	} {
		c := load(t, "[MPP]\nClientCA=ca.pem\n[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nPort=80\nIPsBind=::1\nURIs=U\n"+keys+"\n[U]\nEnvironment=E\n", Options{})
		if err := c.Err(); err != nil {
			t.Error(err)
		}
		if want != nil {
			want.CertificateName, want.KeyName, want.PassPhraseName = "CERTIFICATE", "KEY", "PASSPHRASE"
		}
		if got := c.REST.Listeners[0].TLS; !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v; want %+v", keys, got, want)
		}
	}
}

func TestOrigins(t *testing.T) {
	for text, want := range map[string]string{
		"https://Portal.Example.com":   "https://portal.example.com",
		"https://a.b:443":              "https://a.b",
		"http://a.b:80":                "http://a.b",
		"http://a.b:443":               "http://a.b:443",
		"http://localhost:4200":        "http://localhost:4200",
		"ionic://localhost":            "ionic://localhost",
		"capacitor://localhost":        "capacitor://localhost",
		"http://[::1]:8080":            "http://[::1]:8080",
		"file://":                      "file://",
		"*":                            "*",
		"null":                         "",
		"https://a.b/":                 "",
		"https://a.b/c":                "",
		"https://a.b?c":                "",
		"https://a.b#c":                "",
		"https://u@a.b":                "",
		"https://*.a.b":                "",
		"https://":                     "",
		"https://a.b:":                 "",
		"https://a.b:0":                "",
		"https://a.b:99999":            "",
		"a.b":                          "",
		"//a.b":                        "",
		"localhost:4200":               "",
		"https://produção.example.com": "",
		`https://a.b\c`:                "",
	} {
		if got, problem := parseOrigin(text); got != want || (problem == "") != (want != "") {
			t.Errorf("parseOrigin(%q) = %q, %q; want %q", text, got, problem, want)
		}
	}
}

func TestPaths(t *testing.T) {
	for text, want := range map[string]string{
		"/rest": "/rest", "rest": "/rest", "/": "/", "": "/", "/REST/": "/REST", "/a/b": "/a/b", "/a.b~c_d-e": "/a.b~c_d-e",
		"/a//b": "", "/./a": "", "/a/..": "", "/a b": "", "/a%2fb": "", "/a;b": "/a;b", "/ç": "", "/{id}": "", `/a\b`: "", "/*": "",
		"/" + strings.Repeat("a", maxPath): "",
	} {
		if got, problem := parsePath(text); got != want || (problem == "") != (want != "") {
			t.Errorf("parsePath(%q) = %q, %q; want %q", text, got, problem, want)
		}
	}
}

func TestRESTChanges(t *testing.T) {
	const before = "[E]\nSourcePath=x\n[HTTPV11]\nSockets=S\n[S]\nPort=80\nURIs=U\n[U]\nURL=/a\nEnvironment=E\n[HTTPURI]\nURL=/unused\n"
	for _, test := range []struct {
		old, new string
		want     string
	}{
		{"URL=/a", "URL=/b", "*[U] URL: /a > /b"},
		{"Port=80", "Port=81", "[S] Port: 80 > 81"},
		{"Port=80", "Port=80\nTLS1_2=1", "*[S] TLS1_2:  > 1"},
		{"Sockets=S", "Sockets=S,T\n[T]\nURIs=U", "[HTTPV11] Sockets: S > S,T *[T] URIs:  > U"},
		{"URL=/unused", "URL=/other", ""},
	} {
		got := showChanges(load(t, before, Options{}), load(t, strings.Replace(before, test.old, test.new, 1), Options{}))
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s to %s: Changes = %q; want %q", test.old, test.new, s, test.want)
		}
	}
}

func TestOriginalFunctions(t *testing.T) {
	for name, want := range map[string]bool{"http_start": true, "REST_EXIT": true, "LogixRestConnect": true, "U_START": false, "": false} {
		if got := OriginalFunction(name); got != want {
			t.Errorf("OriginalFunction(%q) = %v; want %v", name, got, want)
		}
	}
	c := load(t, "[OnStart]\nJobs=J\n[J]\nMain=HTTP_START\n", Options{})
	checkFindings(t, c, nil)
	if len(c.Jobs) != 0 {
		t.Errorf("jobs = %+v; want none", c.Jobs)
	}
}

// The settings show what is in use of sections with free names, and no secret.
func TestRESTSettings(t *testing.T) {
	c, err := Load(Options{Path: filepath.Join("testdata", "rest", "tlpp.ini")})
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range c.Settings() {
		used[s.Section+"."+s.Key] = s.Used
		if strings.EqualFold(s.Key, "SslCertificatePass") && s.Value != masked {
			t.Errorf("%+v; want it masked", s)
		}
	}
	for key, want := range map[string]bool{"HTTP_SERVER.port": true, "EXITS.OnSend": true, "SLV_1.MinThreads": false, "HTTP_SERVER.Charset": false, "THREAD_POOL.Slaves": false} {
		if got, ok := used[key]; !ok || got != want {
			t.Errorf("%s: used = %v, listed %v; want %v", key, got, ok, want)
		}
	}
	if t.Failed() {
		t.Log(fmt.Sprint(used))
	}
}

// Sections of the customer's can have the names of ours.
func TestSectionsOfOurNames(t *testing.T) {
	c := load(t, "[General]\nApp_Environment=REST\n[REST]\nSourcePath=x\nInactiveTimeout=7\nSecurity=0\n[Store]\nMain=U_X\nEnvironment=rest\nTimeout=1\n[OnStart]\nJobs=STORE\n", Options{})
	checkFindings(t, c, nil)
	if len(c.Environments) != 1 || c.Environments[0].InactiveTimeout != 7*time.Second || len(c.Jobs) != 1 || c.Store.Timeout != 10*time.Second {
		t.Errorf("environments %+v, jobs %+v, store %+v; want one each, and defaults of ours", c.Environments, c.Jobs, c.Store)
	}
	want := []string{"port | /rest | [REST] | REST | REST | users | ", "port | / | [REST] | REST | REST | users | "}
	if got := listeners(c); !slices.Equal(got, want) {
		t.Errorf("served %q; want %q", got, want)
	}
	c = load(t, "[E]\nSourcePath=x\n[HTTPV11]\nSockets=REST\n[REST]\nPort=80\nIPsBind=::1\nURIs=AUTH\n[AUTH]\nURL=/x\nEnvironment=E\n", Options{})
	checkFindings(t, c, nil)
	if got := listeners(c); len(got) != 1 {
		t.Errorf("served %q; want one mount", got)
	}
}

func TestRESTOverrides(t *testing.T) {
	c := load(t, "[E]\nSourcePath=x\n[HTTPV11]\nSockets=HTTPREST\n[HTTPREST]\nURIs=U\nIPsBind=::1\n[U]\nEnvironment=E\n",
		Options{Environ: []string{"APPSERVER_HTTPREST_PORT=81", "APPSERVER_REST_MAXBODY=3"}, Set: []string{"U.URL=/x"}})
	checkFindings(t, c, nil)
	l := c.REST.Listeners[0]
	if l.Port != 81 || l.Mounts[0].Path != "/x" || l.Mounts[0].MaxBody != 3<<20 {
		t.Errorf("listener %+v; want port 81, path /x, bodies of 3 MiB", l)
	}
}

// A file can hold what TlppData says.
func TestTlppDataFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("auth.json", "\ufeff"+`{"authorization": {"Scheme": "Basic", "onAuth": "ns.may"}}`)
	write("user.json", `["a"]`)
	if err := os.Mkdir(filepath.Join(dir, "root"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("root/pool.json", `{"p":1}`)
	write("x.ini", "[General]\nApp_Environment=E\n[E]\nSourcePath=x\nRootPath=root\n[HTTPSERVER]\nServers=S\n[S]\nPort=80\nIpAddress=::1\nLocations=L\nTlppData=auth.json\nUserData=user.json\n[L]\nThreadPool=P\n[P]\nMinThreads=1\nUserData=pool.json\nTlppData=plain text\n")
	c, err := Load(Options{Path: filepath.Join(dir, "x.ini")})
	if err != nil {
		t.Fatal(err)
	}
	checkFindings(t, c, nil)
	m := c.REST.Listeners[len(c.REST.Listeners)-1].Mounts[0]
	if m.OnAuth != "ns.may" || m.UserData != `["a"]` || m.Pool.UserData != `{"p":1}` || m.Pool.TlppData != "plain text" || !strings.Contains(m.TlppData, "ns.may") {
		t.Errorf("mount %+v", m)
	}
}

func TestAccounts(t *testing.T) {
	c := load(t, "[Store]\nURL=postgres://app:opensesame@db/erp\n[License]\nPublicKey=keys\\mingle.pem\nSlots=4093:2, 1000:0\nAlgorithms=rs256,ES256\n[Auth]\nKeyDays=2\nPasswordExpires=30\n", Options{})
	checkFindings(t, c, nil)
	if c.Store.URL != "postgres://app:opensesame@db/erp" || c.License.PublicKey != "/etc/a/keys/mingle.pem" || c.Auth.KeyAge != 48*time.Hour || c.Auth.PasswordExpires != 720*time.Hour ||
		!slices.Equal(c.License.Slots, []LicenseSlot{{4093, 2}, {1000, 0}}) || !slices.Equal(c.License.Algorithms, []string{"RS256", "ES256"}) {
		t.Errorf("Store %+v, License %+v, Auth %+v", c.Store, c.License, c.Auth)
	}
	if got := load(t, "[License]\nPublicKey=https://a.b/key\n", Options{}).License.PublicKey; got != "https://a.b/key" {
		t.Errorf("PublicKey = %q; want the URL", got)
	}
	for _, test := range []struct {
		text string
		want []string
	}{
		{"[Store]\nURL=mysql://a/b\n", []string{"2 error: the value does not name a database of PostgreSQL"}},
		{"[Store]\nURL=postgres://db\n", []string{"2 error: the value does not name a database"}},
		{"[Store]\nURL=postgres://a:b/c@d/e\n", []string{"2 error: the value is no URL"}},
		{"[Store]\nURL=postgres://db/erp\nURLFile=x\n", []string{"3 error: there is a URL too"}},
		{"[Store]\nMaxConnections=1\n", []string{"2 error: the value is out of range; allowed: 2 to 1000"}},
		{"[Auth]\nAccessTokenTime=5\n", []string{"2 error: the value is out of range; allowed: 60 to 86400 seconds"}},
		{"[Auth]\nRefreshTokenTime=600\n", []string{"2 warning: an access token outlives the refresh token"}},
		{"[Auth]\nMinPasswordLength=3\n", []string{"2 error: the value is out of range"}},
		{"[License]\nAlgorithms=none\n", []string{`2 error: the value holds "NONE", which has no public key`}},
		{"[License]\nAlgorithms=RS256,HS256\n", []string{`2 error: the value holds "HS256"`}},
		{"[License]\nPublicKey=http://a.b/key\n", []string{"2 error: the value is no URL of https"}},
		{"[License]\nIssuer=\n", []string{"2 error: the value is empty"}},
		{"[License]\nSlots=4093\n", []string{`2 error: the value holds "4093", which is not of the form slot:count`}},
		{"[License]\nSlots=1:2,1:3\n", []string{`2 error: the value holds "1:3", which is the second of its slot`}},
		{"[License]\nSlots=1:x\n", []string{`2 error: the value holds "1:x", which has a count that is not a number`}},
		{"[License]\nEnable=1\nSlots=4093:0\n", []string{"3 warning: every request is refused"}},
		{"[General]\nRestErrorDetail=1\n", []string{"2 warning: whoever may call sees sources and data"}},
	} {
		t.Run("", func(t *testing.T) { checkFindings(t, load(t, test.text, Options{}), test.want) })
	}
}

// Secrets of the new sections are never shown, their numbers are.
func TestAccountsMasked(t *testing.T) {
	for _, url := range []string{"postgres://app:opensesame@db/erp", "postgres://app:open/opensesame@db/erp", "postgresql://db/erp?password=opensesame", "postgres://opensesame@db/x"} {
		c := load(t, "[Store]\nURL="+url+"\n[Auth]\nMinPasswordLength=9\nAccessTokenTime=61\n[R]\nURIs=U\nPASSPHRASE=opensesame\n", Options{})
		shown := fmt.Sprint(c.Settings(), c.Findings(), c.Err(), Changes(load(t, "", Options{}), load(t, "[Store]\nURLFile=x\n", Options{})))
		if strings.Contains(shown, "opensesame") {
			t.Errorf("%s is shown: %s", url, shown)
		}
		if !strings.Contains(shown, "{Auth MinPasswordLength 9 ") || !strings.Contains(shown, "{Auth AccessTokenTime 61 ") {
			t.Errorf("numbers are not shown: %s", shown)
		}
	}
	for i := range schema {
		if k := &schema[i]; k.numeric && secretKey.MatchString(k.key) && !countKey.MatchString(k.key) {
			t.Errorf("[%s] %s holds a number and is never shown", k.section, k.key)
		}
	}
}

// A file that names sections without end is refused, soon.
func TestTooManyMounts(t *testing.T) {
	var b strings.Builder
	b.WriteString("[E]\nSourcePath=x\n[HTTPV11]\nSockets=")
	for i := range 300 {
		fmt.Fprintf(&b, "S%d,", i)
	}
	for i := range 300 {
		fmt.Fprintf(&b, "\n[S%d]\nIPsBind=::1\nPort=%d\nURIs=%s", i, 10000+i, strings.Repeat("U,V,W,", 5))
	}
	b.WriteString("\n[U]\nURL=/u\nEnvironment=E\n[V]\nURL=/v\nEnvironment=E\n[W]\nURL=/w\nEnvironment=E\n")
	c := load(t, b.String(), Options{})
	if err := c.Err(); err == nil || !strings.Contains(err.Error(), "more than 2000 sections of HTTP APIs are named") {
		t.Errorf("Err = %v; want that there are too many", err)
	}
	n := 0
	for _, l := range c.REST.Listeners {
		n += len(l.Mounts)
	}
	if n > maxNamed {
		t.Errorf("%d mounts; want at most %d", n, maxNamed)
	}
}
