package config

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// load returns what Load makes of text in a file /etc/a/x.ini with work folder /srv.
func load(t *testing.T, text string, o Options) *Config {
	t.Helper()
	c := &Config{File: "x.ini", Dir: "/etc/a", work: "/srv"}
	if err := c.load([]byte(text), o); err != nil {
		t.Fatalf("load = %v", err)
	}
	return c
}

// findings returns all findings but notices as strings.
func findings(c *Config) []string {
	var list []string
	for _, f := range c.Findings() {
		if f.Severity > Notice {
			list = append(list, f.String())
		}
	}
	return list
}

func TestDefaults(t *testing.T) {
	dir := t.TempDir()
	c, err := Load(Options{WorkDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := findings(c); got != nil {
		t.Errorf("findings of the built-in file = %q; want none", got)
	}
	want := &Config{
		Dir: dir,
		General: General{DataPath: filepath.Join(dir, "data"), LogFormat: "text", LogLevel: "info",
			ConsoleMaxSize: 104857600, ConsoleMaxFiles: 5, ConsoleLog: true,
			AppEnvironment: "SAMPLE", CanAcceptRPC: true, CanRunJobs: true, MaxStringSize: 64, ThreadMemLimit: 512},
		Drivers: Drivers{Active: []string{"TCP"}, MultiProtocolPort: true, MultiProtocolPortSecure: true},
		Listen:  Listen{Addresses: []string{":5012"}, Section: "TCP"},
		MPP: MPP{ClientAuth: "none", Plaintext: "redirect", SniffTimeout: 5 * time.Second, DrainTimeout: 30 * time.Second,
			HeaderTimeout: 10 * time.Second, IdleTimeout: 120 * time.Second, LeastPace: 512},
		SSL:        SSLConfigure{VerifyServer: true},
		RPC:        RPC{Enable: true, Security: []string{"token"}, Environment: "SAMPLE", MaxMessageSize: 16},
		HTTPClient: HTTPClient{MaxResponse: 32, Timeout: 120 * time.Second},
		Metrics:    Metrics{Enable: true, Listen: "127.0.0.1:5013"},
		WebApp:     WebApp{Enable: true},
		SmartJob:   SmartJob{MemLoad: 60, MinJobs: 2, MaxJobs: 16},
		Environments: []Environment{{Name: "SAMPLE", Line: c.table.section("SAMPLE").line,
			Keys:       map[string]string{"sourcepath": "programs", "rootpath": "data/root", "startpath": "/system/"},
			SourcePath: filepath.Join(dir, "programs"), RootPath: filepath.Join(dir, "data", "root"), StartPath: "/system/",
			MaxStringSize: 64, ThreadMemLimit: 512}},
	}
	got := *c
	got.table, got.findings, got.work, got.derived = nil, nil, "", nil
	checkNewDefaults(t, &got)
	if len(got.REST.Listeners) != 1 || len(got.REST.Listeners[0].Mounts) != 2 {
		t.Errorf("REST = %+v; want two mounts on the port", got.REST)
	}
	got.REST = REST{}
	if !reflect.DeepEqual(&got, want) {
		t.Errorf("Load of the built-in file =\n%+v; want\n%+v", &got, want)
	}

	empty := load(t, "", Options{})
	empty.Dir, empty.General.DataPath, empty.Environments = want.Dir, want.General.DataPath, want.Environments
	want.General.AppEnvironment, want.RPC = "", RPC{Security: []string{"token", "mtls"}, MaxMessageSize: 16}
	if !empty.Empty() || c.Empty() {
		t.Errorf("Empty of an empty file = %v, of the built-in one %v; want true and false", empty.Empty(), c.Empty())
	}
	checkNewDefaults(t, empty)
	empty.File, empty.table, empty.findings, empty.work, empty.derived, empty.empty = "", nil, nil, "", nil, false
	if !reflect.DeepEqual(empty, want) {
		t.Errorf("Load of an empty file =\n%+v; want\n%+v", empty, want)
	}
}

// checkNewDefaults compares the sections about HTTP APIs, and empties them.
func checkNewDefaults(t *testing.T, c *Config) {
	t.Helper()
	const day = 24 * time.Hour
	got := []any{c.Store, c.Auth, c.License, c.restPort, c.http11, c.httpServer}
	want := []any{
		Store{MaxConnections: 10, Timeout: 10 * time.Second},
		Auth{AccessTokenTime: time.Hour, RefreshTokenTime: day, PasswordGrant: true, TokenStatus: 200, KeyAge: 90 * day, FailedLogins: 5, LockTime: 15 * time.Minute,
			PasswordHistory: 3, MinPasswordLength: 8, DefaultPermit: true, AuditDays: 365},
		License{Algorithms: []string{"RS256"}, Issuer: "mingle/totvs", Refresh: day, Slots: []LicenseSlot{{4093, 100}}},
		restPort{enable: true, mount: defaultMount()},
		httpServers{enable: true}, httpServers{enable: true, start: startLocal},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("defaults =\n%+v; want\n%+v", got, want)
	}
	c.Store, c.Auth, c.License, c.restPort, c.http11, c.httpServer = Store{}, Auth{}, License{}, restPort{}, httpServers{}, httpServers{}
}

// defaultMount is a mount of which nothing is said.
func defaultMount() RESTMount {
	return RESTMount{
		Security: true, AllowBasic: true, Bare: []string{"/api/rh/v1/login/auth/*"},
		Pool: RESTPool{Instances: Instances{1, 20, 1, 1}, Idle: 5 * time.Minute, Wait: 10 * time.Second, Queue: 1000},
		CORS: RESTCORS{Credentials: true, MaxAge: 2 * time.Minute}, Timeout: 10 * time.Minute, MaxBody: 32 << 20,
	}
}

func TestEmptyFile(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "\ufeff": true, "; a comment\n\n# [TCP]\n": true, "Port=1\n": true,
		"[TCP]\n": false, "[TCP]\nPort=1\n": false,
	} {
		c := load(t, text, Options{Set: []string{"TCP.Port=2"}})
		const warning = "x.ini: warning: the file is empty: every default applies; "
		warned := slices.ContainsFunc(c.Findings(), func(f Finding) bool { return strings.HasPrefix(f.String(), warning) })
		if c.Empty() != want || warned != want {
			t.Errorf("of the file %q Empty = %v, warned = %v; want %v", text, c.Empty(), warned, want)
		}
	}
}

func TestAllFields(t *testing.T) {
	c := load(t, `
[General]
DataPath=var\data
LogFormat=JSON
LogLevel=debug
ConsoleFile=log\console.log
ConsoleMaxSize=10485761
ConsoleMaxFiles=0
ConsoleLog=0
App_Environment=prod
Watch=1
CanAcceptRPC=0
CanRunJobs=0
AllowIniWrite=1
InactiveTimeout=4
MaxStringSize=5
ThreadMemLimit=6
MaxThreads=7
ServerMemoryLimit=8
RunSlots=9
[Service]
Name=ignored
DisplayName=Matriz
[Drivers]
Active=TCP
MultiProtocolPort=0
MultiProtocolPortSecure=1
[TCP]
Port=0
[MPP]
SSL_Certificate=certs/a.pem
SSL_Key=/abs/a.key
SSL_PassPhrase= "x ;y"
SSL_Default=yes
SSL_Method=TLSv1.2
ClientCA=ca.pem
SSLClientAuth=required
Plaintext=refuse
Upstream=[::1]:1234
UpstreamSecure=1
UpstreamCA=up.pem
ProxyProtocol=10.1.2.3/8, ::1
TrustedProxies=192.168.0.7
MaxConnections=1
MaxConnectionsPerAddress=2
MaxSniffing=3
MaxSniffingPerAddress=4
MaxHandshakes=5
SniffTimeout=1
DrainTimeout=0
HeaderTimeout=2
IdleTimeout=3
LeastPace=4
[SSLConfigure]
SSL2=0
SSL3=
TLS1=3
TLS1_0=0
TLS1_1=1
TLS1_2=on
TLS1_3=1
Bugs=1
TryProtocols=1
CacheSize=64
CertificateServer=s.pem
KeyServer=s.key
CertificateClient=c.pem
KeyClient=c.key
PassPhrase=p
DisableCipher=RC4:CBC, 3DES
HSM=1
Verbose=1
State=1
VerifyServer=0
CertificateCA=more.pem
[RPC]
Enable=0
Security=MTLS, user
AllowFunctions=U_*, a.b.*
DenyFunctions=U_X
AllowFrom=10.0.0.0/8
OnCall=U_MAY
Environment=PROD
MaxMessageSize=10
CallTimeout=11
TokenFile=token.txt
AllowPlain=1
[HTTPClient]
AllowTo=10.0.0.0/8
DenyTo=10.0.0.7
Proxy=system
MaxResponse=12
Timeout=13
[OnStart]
Jobs=J1, J2
RefreshRate=14
DebugMsg=1
[SMARTJOB]
memload=15
minjobs=16
maxjobs=17
[TDS]
AllowMonitor=*
EnableDisconnectUser=127.0.0.1, ::1
EnableSendMessage=
EnableStopServer=localhost
[Metrics]
Enable=0
Listen=localhost:0
[WebApp]
Enable=0
[Prod]
RootPath=root
[J1]
Main=U_A
Environment=prod
[J2]
Main=U_B
Environment=PROD
`, Options{})
	if got := findings(c); len(got) != 3 || !strings.Contains(got[0], "AllowIniWrite=1: every program") ||
		!strings.Contains(got[1], "MultiProtocolPort=0: NOT IN EFFECT") || !strings.Contains(got[2], "VerifyServer=0: programs trust any server") {
		t.Errorf("findings = %q; want only that programs may change the file, HTTP is not served, and servers are not verified", got)
	}
	if len(c.Environments) != 1 || c.Environments[0].Name != "Prod" {
		t.Errorf("Environments = %+v; want only Prod", c.Environments)
	}
	c.Jobs, c.Environments = nil, nil
	on, off := new(true), new(false)
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	want := &Config{
		File: "x.ini", Dir: "/etc/a",
		General: General{DataPath: "/etc/a/var/data", LogFormat: "json", LogLevel: "debug", ServerName: "Matriz",
			ConsoleFile: "/etc/a/log/console.log", ConsoleMaxSize: 10485761,
			AppEnvironment: "prod", Watch: true, AllowIniWrite: true, InactiveTimeout: 4 * time.Second, MaxStringSize: 5, ThreadMemLimit: 6,
			MaxThreads: 7, ServerMemoryLimit: 8, RunSlots: 9},
		Drivers: Drivers{Active: []string{"TCP"}, MultiProtocolPortSecure: true},
		Listen:  Listen{Addresses: []string{":0"}, Section: "TCP"},
		MPP: MPP{Certificate: "/etc/a/certs/a.pem", Key: "/abs/a.key", PassPhrase: "x ;y", Default: true, Method: "TLSv1.2",
			ClientCA: "/etc/a/ca.pem", ClientAuth: "required", Plaintext: "refuse", Upstream: "[::1]:1234", UpstreamSecure: true, UpstreamCA: "/etc/a/up.pem",
			ProxyProtocol:  []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.168.0.7/32")},
			MaxConnections: 1, MaxConnectionsPerAddress: 2, MaxSniffing: 3, MaxSniffingPerAddress: 4, MaxHandshakes: 5,
			SniffTimeout: time.Second, HeaderTimeout: 2 * time.Second, IdleTimeout: 3 * time.Second, LeastPace: 4},
		SSL: SSLConfigure{SSL2: off, SSL3: off, TLS10: off, TLS11: on, TLS12: on, TLS13: on, Bugs: on, TryProtocols: on,
			TLS1: new(3), CacheSize: new(64), CertificateServer: "/etc/a/s.pem", KeyServer: "/etc/a/s.key",
			CertificateClient: "/etc/a/c.pem", KeyClient: "/etc/a/c.key", PassPhrase: "p",
			DisableCipher: []string{"RC4", "CBC", "3DES"}, HSM: true, Verbose: true, State: true, CertificateCA: "/etc/a/more.pem"},
		RPC: RPC{Security: []string{"mtls", "user"}, AllowPlain: true, AllowFunctions: []string{"U_*", "a.b.*"}, DenyFunctions: []string{"U_X"},
			AllowFrom: networks, OnCall: "U_MAY", Environment: "PROD", MaxMessageSize: 10, CallTimeout: 11 * time.Second, TokenFile: "/etc/a/token.txt"},
		HTTPClient: HTTPClient{AllowTo: networks, DenyTo: []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32")}, DenyToSet: true, Proxy: "system",
			MaxResponse: 12, Timeout: 13 * time.Second},
		Metrics:  Metrics{Listen: "localhost:0", Explicit: true},
		OnStart:  OnStart{Jobs: []string{"J1", "J2"}, RefreshRate: 14 * time.Second, DebugMsg: true},
		SmartJob: SmartJob{MemLoad: 15, MinJobs: 16, MaxJobs: 17},
		TDS: TDS{AllowMonitor: []string{"*"}, EnableDisconnectUser: []string{"127.0.0.1", "::1"}, EnableSendMessage: []string{},
			EnableStopServer: []string{"localhost"}},
	}
	c.table, c.findings, c.work = nil, nil, ""
	checkNewDefaults(t, c)
	if !reflect.DeepEqual(c, want) {
		t.Errorf("load =\n%+v; want\n%+v", c, want)
	}
}

func TestListen(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       string // addresses, section
		finding    string // part of the only warning or error, or of a notice that begins with "notice"
	}{
		{"several", "[TCP]\nPort=1,2\nIP=10.0.0.1, [::1],fe80::1%eth0\n", "10.0.0.1:1 10.0.0.1:2 [::1]:1 [::1]:2 [fe80::1%eth0]:1 [fe80::1%eth0]:2 TCP", ""},
		{"name is free", "[Drivers]\nactive=main\n[MAIN]\nport=7\n", ":7 MAIN", ""},
		{"two sections", "[Drivers]\nActive=A,B\n[A]\nPort=1\nIP=127.0.0.1\n[B]\nPort=2\n", "127.0.0.1:1 :2 A", ""},
		{"port in file, none of TCP", "[Drivers]\nActive=TCP\n", ":5012 TCP", ""},
		{"empty Active", "[Drivers]\nActive=\n", "", "x.ini:2: error: [Drivers] Active=: no listener is active, as in the file of a broker"},
		{"missing section", "[Drivers]\nActive=TCPP\n[TCP]\nPort=1\n", "", "x.ini:2: error: [Drivers] Active=TCPP: there is no section [TCPP]; did you mean [TCP]?"},
		{"bad port", "[TCP]\nPort=70000\n", "", "x.ini:2: error: [TCP] Port=70000: the value is out of range; allowed: a comma list of ports"},
		{"bad port in list", "[TCP]\nPort=1,x\n", "", "is not a number"},
		{"comma only", "[TCP]\nPort=,\n", "", "names no port"},
		{"hash comment", "[TCP]\nPort=5012 # main\n", "", "(comments behind a value begin with ;)"},
		{"bad address", "[TCP]\nIP=eth0\n", ":5012 TCP", `holds "eth0", which is not an IP address`},
		{"bad type", "[TCP]\nType=NPIPE\n", ":5012 TCP", "is not a transport"},
		{"no address", "[TCP]\nIP=,\n", ":5012 TCP", "x.ini:2: error: [TCP] IP=,: the value names no address; allowed: a comma list of IP addresses; empty for all interfaces"},
		{"blank address", "[TCP]\nIP=\" , \"\n", ":5012 TCP", "the value names no address"},
		{"empty address", "[TCP]\nIP=\n", ":5012 TCP", ""},
		{"empty address in quotes", "[TCP]\nIP=\"\"\n", ":5012 TCP", ""},
		{"unopened, no address", "[SSL]\nIP=,\n", ":5012 TCP", "x.ini:2: error: [SSL] IP=,: the value names no address"},
		{"same twice", "[TCP]\nPort=1,1\n", ":1 TCP", ""},
		{"SSL by Secure", "[Drivers]\nSecure=ssl\n[TCP]\nPort=1\nIP=127.0.0.1\n[SSL]\nPort=2\n", "127.0.0.1:2 SSL",
			"notice x.ini:4: notice: [TCP] Port=1: ignored: the SSL transport is enabled, so Port 2 of [SSL] (x.ini:7) is opened instead"},
		{"SSL by Enable", "[TCP]\nPort=1\nIP=127.0.0.1\n[SSL]\nEnable=1\nPort=2\nIP=::1\n", "[::1]:2 SSL", "notice x.ini:2: notice: [TCP] Port=1: ignored"},
		{"SSL of another name", "[Drivers]\nSecure=TLS\n[TLS]\nPort=2\n", ":2 TLS", ""},
		{"SSL switched off", "[Drivers]\nSecure=SSL\n[TCP]\nPort=1\n[SSL]\nEnable=0\nPort=2\n", ":1 TCP", "notice x.ini:7: notice: [SSL] Port=2: the SSL transport is not enabled"},
		{"SSL switched off, hint", "[Drivers]\nSecure=SSL\n[SSL]\nEnable=0\nPort=2\n", ":5012 TCP", "notice x.ini:5: notice: [SSL] Port=2: the SSL transport is not enabled: this port is not opened; enable it with Enable=1 in the section"},
		{"SSL active, switched off", "[Drivers]\nActive=TCP,SSL\n[TCP]\nPort=1\n[SSL]\nEnable=0\nPort=2\n", ":1 TCP",
			"notice x.ini:6: notice: [SSL] Enable=0: switched off: no port is opened for this section, although [Drivers] Active names it"},
		{"SSL active, switched off by word", "[Drivers]\nActive=SSL,TCP\nSecure=SSL\n[TCP]\nPort=1\n[SSL]\nEnable=off\nPort=2\n", ":1 TCP", "notice x.ini:7: notice: [SSL] Enable=off: switched off"},
		{"SSL of another name active, switched off", "[Drivers]\nActive=TCP,TLS\nSecure=TLS\n[TCP]\nPort=1\n[TLS]\nEnable=0\nPort=2\n", ":1 TCP", "notice x.ini:7: notice: [TLS] Enable=0: switched off"},
		{"SSL of another name active, switched on", "[Drivers]\nActive=TLS\nSecure=TLS\n[TLS]\nEnable=1\nPort=2\n", ":2 TLS", ""},
		{"SSL alone active, switched off", "[Drivers]\nActive=SSL\n[SSL]\nEnable=0\nPort=2\n", "", "x.ini:2: error: [Drivers] Active=SSL: no listener is left"},
		{"SSL active, switched off, bad port", "[Drivers]\nActive=TCP,SSL\n[SSL]\nEnable=0\nPort=x\n", ":5012 TCP", "x.ini:5: error: [SSL] Port=x"},
		{"SSL active, Enable empty", "[Drivers]\nActive=TCP,SSL\n[TCP]\nPort=1\n[SSL]\nEnable=\nPort=2\n", ":1 :2 TCP", ""},
		{"SSL not enabled", "[SSL]\nPort=2\n[TCP]\nPort=1\n", ":1 TCP", "notice x.ini:2: notice: [SSL] Port=2: the SSL transport is not enabled: this port is not opened; enable it with [Drivers] Secure=SSL"},
		{"SSL without port", "[SSL]\nEnable=1\n[TCP]\nPort=1\n", ":1 TCP", "notice x.ini:1: notice: [SSL]: the SSL transport is enabled but has no Port"},
		{"SSL missing", "[Drivers]\nSecure=SSSL\n[SSL]\nPort=1\n", ":5012 TCP", "error: [Drivers] Secure=SSSL: there is no section [SSSL]; did you mean [SSL]?"},
		{"SSL bad Enable", "[SSL]\nEnable=2\n[TCP]\nPort=1\n", ":1 TCP", "x.ini:2: error: [SSL] Enable=2"},
		{"not active", "[TCP]\nPort=1\n[TCP2]\nType=TCPIP\nPort=2\n", ":1 TCP", "notice x.ini:5: notice: [TCP2] Port=2: [Drivers] Active does not name this section"},
		{"unopened, all values", "[Drivers]\nSecure=SSL\n[SSL]\nPort=2\nIP=::1\n[TCP]\nPort=1\nIP=x\n", "[::1]:2 SSL", `x.ini:8: error: [TCP] IP=x: the value holds "x"`},
		{"unopened by type", "[X]\nType=tcpip\nPort=x\n", ":5012 TCP", "x.ini:3: error: [X] Port=x: the value is not a number"},
		{"unopened of another program", "[X]\nType=queue\nPort=x\n", ":5012 TCP", ""},
		{"unopened SSL", "[SSL]\nPort=x\n", ":5012 TCP", "x.ini:2: error: [SSL] Port=x"},
		{"unopened type", "[Drivers]\nSecure=SSL\n[SSL]\nPort=2\n[TCP]\nType=NPIPE\n", ":2 SSL", "x.ini:6: error: [TCP] Type=NPIPE"},
		{"not secure", "[Drivers]\nMultiProtocolPortSecure=0\n", ":5012 TCP", "x.ini:2: warning: [Drivers] MultiProtocolPortSecure=0: the port is not encrypted"},
	} {
		c := load(t, test.text, Options{})
		if got := strings.TrimSpace(strings.Join(append(c.Listen.Addresses, c.Listen.Section), " ")); got != test.want && !(test.want == "" && c.Err() != nil) {
			t.Errorf("%s: Listen = %q; want %q", test.name, got, test.want)
		}
		got, want := findings(c), test.finding
		if rest, ok := strings.CutPrefix(want, "notice "); ok {
			got, want = nil, rest
			for _, f := range c.Findings() {
				got = append(got, f.String())
			}
		} else if len(got) > 1 || want == "" && got != nil {
			t.Errorf("%s: findings = %q; want one at most", test.name, got)
		}
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) && want != "" {
			t.Errorf("%s: findings = %q; want %q", test.name, got, want)
		}
	}
}

func TestBadValues(t *testing.T) {
	for _, test := range []struct{ section, assignment, want string }{
		{"Drivers", "MultiProtocolPort=2", "the value is not a switch; allowed: 0 or 1"},
		{"SSLConfigure", "TLS1_0=31", "the value is not a switch; allowed: 0 or 1"},
		{"SSLConfigure", "TLS1=4", "the value is out of range; allowed: 0 to 3"},
		{"SSLConfigure", "CacheSize=x", "the value is not a number"},
		{"MPP", "SniffTimeout=0", "out of range; allowed: 1 to 600 seconds"},
		{"MPP", "SniffTimeout=5s", "not a number"},
		{"MPP", "MaxConnections=-1", "not a number; allowed: 0 to 1000000, 0 = automatic"},
		{"MPP", "MaxConnections=99999999999999999999", "out of range"},
		{"MPP", "Plaintext=maybe", "not one of the words allowed; allowed: redirect, allow, refuse"},
		{"MPP", "Plaintext=", "the value is empty; allowed: redirect, allow, refuse"},
		{"MPP", "SSLClientAuth=", "the value is empty; allowed: none, optional, required"},
		{"MPP", "SSLClientAuth=1", "allowed: none, optional, required"},
		{"MPP", "Upstream=host", "is not of the form host:port"},
		{"MPP", "Upstream=host:0", "has a port that is out of range"},
		{"MPP", "Upstream=:1", "names no host"},
		{"MPP", "Upstream=http://a:1", "is not of the form host:port"},
		{"MPP", "TrustedProxies=10.0.0.0/33", `holds "10.0.0.0/33", which is neither network nor address`},
		{"MPP", "TrustedProxies=::ffff:10.0.0.0/95", `holds "::ffff:10.0.0.0/95", which is neither network nor address`},
		{"MPP", "ProxyProtocol=*", "neither network nor address"},
		{"MPP", `SSL_Key=c:\certs\key.pem`, "is a path of Windows, and this is not Windows; write it as it is named on this machine, for example /opt/totvs/certs/my.pem"},
		{"General", `DataPath=d:\data`, "write it as it is named on this machine, for example /var/lib/appserver"},
		{"MPP", `SSL_Key=\\server\share\key.pem`, "is a path of Windows"},
		{"MPP", "SSL_Key=${KEY}", "placeholders are not expanded; write the value itself, or set APPSERVER_MPP_SSL_KEY"},
		{"General", "LogLevel=loud", "allowed: debug, info, warn, error"},
		{"Service", "Name=${N}", "placeholders are not expanded"},
		{"Metrics", "Listen=0.0.0.0:5013", "is not a loopback address"},
		{"Metrics", "Listen=:5013", "is not a loopback address"},
		{"Metrics", "Listen=127.0.0.1:http", "has a port that is not a number"},
	} {
		key, val, _ := strings.Cut(test.assignment, "=")
		c := load(t, "\n["+test.section+"]\n"+test.assignment+"\n", Options{})
		var faults *FaultsError
		if !errors.As(c.Err(), &faults) || len(faults.Faults) != 1 {
			t.Errorf("%s: Err = %v; want one fault", test.assignment, c.Err())
			continue
		}
		f := faults.Faults[0]
		if f.File != "x.ini" || f.Line != 3 || f.Section != test.section || f.Key != key || f.Value != val {
			t.Errorf("%s: fault at %+v; want x.ini:3", test.assignment, f)
		}
		if !strings.Contains(f.String(), test.want) {
			t.Errorf("%s: fault = %q; want %q", test.assignment, f, test.want)
		}
	}
}

func TestEncryption(t *testing.T) {
	const plain = "5 warning: the port is not encrypted"
	for _, test := range []struct {
		text string // of [MPP] from line 2, before [Drivers] MultiProtocolPortSecure in line 5
		want []string
	}{
		{"SSLClientAuth=required\nPlaintext=allow\n[Drivers]\nMultiProtocolPortSecure=1", []string{"2 error: required, but Plaintext=allow"}},
		{"SSLClientAuth=required\nPlaintext=redirect\n[Drivers]\nMultiProtocolPortSecure=1", nil},
		{"SSLClientAuth=optional\nPlaintext=allow\n[Drivers]\nMultiProtocolPortSecure=1", []string{"3 warning: clients without TLS are served"}},
		{"SSLClientAuth=required\n\n[Drivers]\nMultiProtocolPortSecure=0", []string{"2 error: required, but the port has no TLS", plain}},
		{"SSLClientAuth=optional\nClientCA=a\n[Drivers]\nMultiProtocolPortSecure=0",
			[]string{"2 warning: not used: the port has no TLS", "3 warning: not used", plain}},
		{"SSL_Certificate=a\nSSL_Key=a\n[Drivers]\nMultiProtocolPortSecure=0\n[SSLConfigure]\nCertificateServer=a\nKeyServer=a\nCertificateClient=a\n",
			[]string{"2 warning: not used", "3 warning: not used", plain, "7 warning: not used", "8 warning: not used"}},
		{"SSL_Default=1\nSSL_Method=TLSv1.2\n[Drivers]\nMultiProtocolPortSecure=0", []string{"2 warning: not used", "3 warning: not used", plain}},
		{"Plaintext=allow\nSSLClientAuth=none\n[Drivers]\nMultiProtocolPortSecure=0", []string{plain}},
	} {
		checkFindings(t, load(t, "[MPP]\n"+test.text, Options{}), test.want)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	c := load(t, "[MPP]\nPlaintext=x\nSniffTimeout=x\n[TCP]\nPort=x\n[SSLConfigure]\nTLS1_2=x\n", Options{
		Environ: []string{"APPSERVER_LOG=1", "APPSERVER_GENERAL_LOGLEVEL=x"}, Set: []string{"Drivers.MultiProtocolPort=x"}})
	want := []string{
		"x.ini:2: error: [MPP] Plaintext=x: the value is not one of the words allowed; allowed: redirect, allow, refuse",
		"x.ini:3: error: [MPP] SniffTimeout=x: the value is not a number; allowed: 1 to 600 seconds",
		"x.ini:5: error: [TCP] Port=x: the value is not a number; allowed: a comma list of ports, 0 to 65535",
		"x.ini:7: error: [SSLConfigure] TLS1_2=x: the value is not a switch; allowed: 0 or 1",
		"environment APPSERVER_GENERAL_LOGLEVEL: error: [General] LogLevel=x: the value is not one of the words allowed; allowed: debug, info, warn, error",
		"command line: error: [Drivers] MultiProtocolPort=x: the value is not a switch; allowed: 0 or 1",
	}
	if err := c.Err(); err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("Err =\n%v\nwant\n%v", err, strings.Join(want, "\n"))
	}
}

func TestNotInEffect(t *testing.T) {
	for _, test := range []struct {
		text string
		want int // line of the only warning; 0 for none
	}{
		{"[ServerNetwork]\nServers=A,B\n[A]\nServer=a\nPort=1\n[B]\nServer=b\nPort=1\n", 2},
		{"[LockServer]\nEnable=1\n", 2},
		{"[LockServer]\nEnable=0\nServer=a\n", 3},
		{"[LockServer]\nEnable=0\nPort=1\n", 0},
		{"[HTTP]\nEnable=1\n", 2},
		{"[HTTP]\nPort=80\nEnable=1\n", 2},
		{"[HTTP]\nPort=80\nEnable=0\n", 0},
		{"[HTTPS]\nPort=443\n", 2},
		{"[HTTP]\nEnable=0\n[a.b:80/x]\nEnable=1\n", 0},
		{"[a.b:80/x]\nEnable=1\n", 2},
		{"[HTTPV11]\nEnable=1\n", 2},
		{"[HTTPV11]\nEnable=0\nSockets=R\n[R]\nPort=80\n", 0},
		{"[HTTPREST]\nPort=80\n", 2},
		{"[HTTPSERVER]\nEnable=1\n", 2},
		{"[HTTPSERVER]\nEnable=0\nServers=S\n[S]\nPort=80\n", 0},
		{"[S]\nLocations=L\nPort=80\n[L]\nThreadPool=P\n[P]\nMinThreads=1\n", 3},
		{"[WebApp]\nPort=80\n", 2},
		{"[WebApp]\nSSLClientAuth=required\n", 2},
		{"[WebApp]\nSSLClientAuth=none\n", 0},
		{"[WebAgent]\nPort=80\n", 2},
		{"[APP_MONITOR]\nEnable=1 ;x\n", 2},
		{"[LicenseServer]\nEnable=1\n", 2},
		{"[BALANCE_TELNET]\nx=1\n", 1},
		{"[B]\nLOCAL_SERVER_PORT=1\n", 1},
		{"[FTP]\nPort=21\nRootPath=x\nStartPath=y\nCheckPassword=1\n", 2},
		{"[FTP]\nEnable=0\nPort=21\nRootPath=x\n", 0},
		{"[Telnet]\nEnable=1\nEnvironment=P\n", 2},
		{"[MAIL]\nProtocol=IMAP\nType=x\nPort=1\n", 0},
		{"[UPDATE]\nSourcePath=x\nRootPath=y\n", 0},
		{"[TDS]\nAllowEdit=*\n", 2},
		{"[ONSTART]\nRefreshRate=30\n", 0},
	} {
		got := 0
		list := findings(load(t, test.text, Options{}))
		for _, f := range load(t, test.text, Options{}).Findings() {
			if f.Severity == Warning && strings.Contains(f.Message, "NOT IN EFFECT") {
				got = f.Line
			}
		}
		if got != test.want || len(list) > 1 || len(list) == 1 && got == 0 {
			t.Errorf("%q: warnings = %q; want one in line %d", test.text, list, test.want)
		}
	}
}

// Every key that is known must be accepted in its section without a warning
// about its name.
func TestKnownKeys(t *testing.T) {
	var text strings.Builder
	section := ""
	for _, k := range Keys() {
		if family(k.Section) {
			continue
		}
		if section != k.Section {
			section = k.Section
			text.WriteString("[" + strings.ToUpper(section) + "]\n")
		}
		text.WriteString(strings.ToUpper(k.Key) + "=" + k.Default + "\n")
	}
	c := load(t, text.String(), Options{})
	for _, f := range c.Findings() {
		if strings.Contains(f.Message, "unknown") {
			t.Error(f)
		}
	}
	used := map[place]bool{}
	for _, s := range c.Settings() {
		used[place{fold(s.Section), s.Key}] = s.Used
	}
	for _, k := range Keys() {
		if k.Status == "used" && !family(k.Section) && k.Section != "SSL" && !used[place{fold(k.Section), strings.ToUpper(k.Key)}] {
			t.Errorf("[%s] %s: not among the settings used", k.Section, k.Key)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	c := load(t, `[General]
LogFromat=json
[Metric]
x=1
[PROD]
SourcePath=x
SorucePath=y
[HTTPREST]
Secutiry=1
CustomerKey=1
[Completely Different]
x=1
`, Options{})
	checkFindings(t, c, []string{
		"2 warning: unknown key: ignored; did you mean LogFormat?",
		"3 warning: unknown section: its keys are ignored; did you mean [Metrics]?",
		"9 warning: unknown key; did you mean Security?",
		"11 warning: unknown section: its keys are ignored",
	})
}

func TestReport(t *testing.T) {
	c := load(t, "[MPP]\n\nSSL_PassPhrase=opensesame\n", Options{Environ: []string{"APPSERVER_MPP_SSL_KEY=k.pem"}})
	c.Report(Error, "mpp", "ssl_passphrase", "is wrong", "type it again")
	c.Report(Warning, "MPP", "ClientCA", "is missing", "")
	c.Report(Error, "MPP", "SSL_Key", "does not exist", "")
	c.Report(Notice, "RPC", "", "is quiet", "")
	c.Report(Warning, "mpp", "clientca", "is missing", "")
	c.Report(Error, "MPP", "SSL_PassPhrase", "is wrong", "type it again")
	var got []string
	for _, f := range c.Findings() {
		got = append(got, f.String())
	}
	want := []string{
		"x.ini: notice: [RPC]: is quiet",
		"x.ini:1: warning: [MPP] ClientCA: is missing",
		"x.ini:3: error: [MPP] SSL_PassPhrase=********: is wrong; type it again",
		"environment APPSERVER_MPP_SSL_KEY: error: [MPP] SSL_Key=/srv/k.pem: does not exist",
	}
	if !slices.Equal(got, want) {
		t.Errorf("Findings =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	b, err := json.Marshal(c.Findings()[2])
	if want := `{"severity":"error","file":"x.ini","line":3,"section":"MPP","key":"SSL_PassPhrase","value":"********","message":"is wrong","hint":"type it again"}`; err != nil || string(b) != want {
		t.Errorf("Marshal = %s, %v; want %s", b, err, want)
	}
	var zero Config
	zero.Report(Error, "MPP", "SSL_Key", "is bad", "")
	if err := zero.Err(); err == nil || err.Error() != "built-in appserver.ini: error: [MPP] SSL_Key: is bad" {
		t.Errorf("Err of a zero Config = %v", err)
	}
}

func TestFindingsAreBoundedAndOneLineEach(t *testing.T) {
	text := "[General]\nx\x1b[31m=\u2028a\u2028\n" + strings.Repeat("no equals\n", 3*maxFindings) + "[MPP]\nPlaintext=x\n"
	c := load(t, text, Options{})
	list := c.Findings()
	if len(list) != maxFindings+2 || !strings.Contains(list[len(list)-1].Message, "more findings are not listed") || c.Err() == nil {
		t.Errorf("%d findings, Err %v, last %v; want %d, with the error and the number dropped", len(list), c.Err(), list[len(list)-1], maxFindings+2)
	}
	for _, f := range list[:3] {
		if strings.ContainsAny(f.String(), "\x1b\u2028\n") {
			t.Errorf("finding %q holds control characters", f)
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	const hidden = "opensesame"
	text := `PassPhrase=opensesame
[MPP]
SSL_PassPhrase=opensesame ;opensesame
SSL_PassPhrase=opensesame
PASSPHRASE opensesame
=opensesame
[SSLConfigure]
PassPhrase=opensesame${x}
PassPhrse=opensesame
[HTTPREST]
PASSPHRASE=opensesame
[Nobody]
senha=opensesame
[PROD]
RootPath=x
DBPassword=opensesame
[WEBAPP-HEADERS]
Authorization=opensesame
`
	text = strings.Replace(text, "PassPhrse=opensesame", "PassPhrs=opensesame", 1)
	c := load(t, text, Options{
		Environ: []string{"APPSERVER_SSLCONFIGURE_PASSPHRSE=opensesame", "APPSERVER_LICENSECLIENT_TOKEN=opensesame"},
		Set:     []string{"X.Token=opensesame"}})
	for _, f := range c.Findings() {
		if b, _ := json.Marshal(f); strings.Contains(f.String()+string(b), hidden) {
			t.Errorf("finding %v shows a secret", f)
		}
	}
	masked := 0
	for _, s := range c.Settings() {
		if strings.Contains(s.Value, hidden) {
			t.Errorf("setting %+v shows a secret", s)
		}
		if s.Value == "********" {
			masked++
		}
	}
	if masked != 8 {
		t.Errorf("%d settings are masked; want 8", masked)
	}
}

// A secret in a value with more in it is one under any key.
func TestSecretsInValuesAreMasked(t *testing.T) {
	for text, hidden := range map[string]bool{
		"http://user:hunter2@host/path":      true,
		"https://:hunter2@host":              true,
		"Server=x;Uid=sa;Pwd=hunter2;":       true,
		"host=x password = hunter2":          true,
		"https://host/?access_token=hunter2": true,
		"http://host:8080/a@b":               false,
		"http://user@host":                   false,
		"Server=x;Pwd=;Database=y":           false,
		`c:\pass\words.txt`:                  false,
	} {
		c := load(t, "[ENV1]\nRootPath=x\nAddress="+text+"\n", Options{})
		for _, s := range c.Settings() {
			if s.Key == "Address" && s.Hidden() != hidden {
				t.Errorf("%s: Hidden() = %v; want %v", text, s.Hidden(), hidden)
			}
		}
	}
}

// A secret under a misspelt key is still one.
func TestMisspeltSecretsAreMasked(t *testing.T) {
	for _, key := range []string{"SSL_PasPhrase", "SSL_PasPhrse", "SSL_PhasPhrase", "SSL_Pas_Phrase", "SSL_Phrase", "PasPhrse", "SslCertificatePas", "SMTPPSW", "Senhha", "EncryptionKey", "ApiKey", "API_KEY", "Api-Key", "MyAccess_Key", "CHAVE_NFE", "ChavePrivada", "CryptoKey", "AesKey256", "JwtHs", "AppSegredo", "Contraseña", "ClaveKey"} {
		line := key + "=hunter2\n"
		c := load(t, line+"[MPP]\n"+line+line+"[Nobody]\n"+line+"[ENV1]\nRootPath=x\n"+line+"[HTTPREST]\n"+line,
			Options{Environ: []string{envName("MPP", key) + "=hunter2"}, Set: []string{"RPC." + key + "=hunter2"}})
		for _, f := range c.Findings() {
			if b, _ := json.Marshal(f); strings.Contains(f.String()+string(b), "hunter2") {
				t.Errorf("finding %v shows a secret", f)
			}
		}
		hidden := 0
		for _, s := range c.Settings() {
			if strings.Contains(s.Value, "hunter2") {
				t.Errorf("setting %+v shows a secret", s)
			}
			if s.Key == key && s.Value == masked {
				hidden++
			}
		}
		if hidden != 5 {
			t.Errorf("%s is masked in %d settings; want 5", key, hidden)
		}
	}
}

// What is not known may hold a secret under any name: no finding shows it, but
// the list of settings does, so that it can be checked.
func TestUnknownKeysShowNoValueInFindings(t *testing.T) {
	c := load(t, "Before=hunter2\n[General]\nLogFromat=hunter2\nLogFromat=hunter2\n[HTTPREST]\nSecutiry=hunter2\n", Options{Set: []string{"General.Nonsense=hunter2"}})
	var got []string
	for _, f := range c.Findings() {
		if f.Severity == Warning {
			got = append(got, f.String())
		}
	}
	want := []string{
		"x.ini:1: warning: Before: the key stands before any section: ignored; put it below a [Section]",
		"x.ini:3: warning: [General] LogFromat: unknown key: ignored; did you mean LogFormat?",
		"x.ini:4: warning: [General] LogFromat: the key is set in line 3 already: the first value counts, this one is ignored; remove one of them",
		"x.ini:6: warning: [HTTPREST] Secutiry: unknown key; did you mean Security?",
		"command line: warning: [General] Nonsense: unknown key: ignored",
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s := c.Settings(); !slices.ContainsFunc(s, func(s Setting) bool { return s.Key == "LogFromat" && s.Value == "hunter2" }) {
		t.Errorf("Settings = %+v; want LogFromat with its value", s)
	}
}

func TestQuotedBlanksStay(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`" secret "`, " secret "},
		{`'secret  ' ;note`, "secret  "},
		{"\"secret\t\"", "secret\t"},
		{`"  "`, "  "},
		{`secret `, "secret"},
		{"\"a\x01\"", "a\x01"},
	} {
		if got := load(t, "[MPP]\nSSL_PassPhrase="+test.in+"\n", Options{}).MPP.PassPhrase; got != test.want {
			t.Errorf("PassPhrase of %q = %q; want %q", test.in, got, test.want)
		}
	}
}

// Peers are compared as IPv4 if they are: so must be what is written as IPv6.
func TestMappedNetworks(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"::ffff:10.0.0.0/104", "10.0.0.0/8"},
		{"::ffff:10.1.2.3/128", "10.1.2.3/32"},
		{"::ffff:0.0.0.0/96", "0.0.0.0/0"},
		{"::ffff:192.168.0.7", "192.168.0.7/32"},
		{"fd00::7/8", "fd00::/8"},
		{"::1", "::1/128"},
	} {
		c := load(t, "[MPP]\nTrustedProxies="+test.in+"\nProxyProtocol="+test.in+"\n", Options{})
		want := []netip.Prefix{netip.MustParsePrefix(test.want)}
		if !slices.Equal(c.MPP.TrustedProxies, want) || !slices.Equal(c.MPP.ProxyProtocol, want) {
			t.Errorf("networks of %q = %v, %v; want %v", test.in, c.MPP.TrustedProxies, c.MPP.ProxyProtocol, want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(Options{Path: "missing.ini", WorkDir: dir}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, "missing.ini")) || !strings.Contains(err.Error(), "; name an existing file with --config") {
		t.Errorf("Load of a missing file = %v; want os.ErrNotExist with the path", err)
	}
	if _, err := Load(Options{Path: dir}); err == nil || !strings.Contains(err.Error(), "name a file that can be read with --config") {
		t.Errorf("Load of a folder = %v; want an error that says what to do", err)
	}
	for _, set := range []string{"opensesame", "Port=opensesame", ".opensesame=1", "MPP.=opensesame", "MPP.SSL_PassPhrase:opensesame", ""} {
		_, err := Load(Options{WorkDir: dir, Set: []string{"TCP.Port=0", set}})
		if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "setting 2 of the command line") || strings.Contains(err.Error(), "opensesame") {
			t.Errorf("Load with setting %q = %v; want ErrUsage for setting 2, without its text", set, err)
		}
	}
}
