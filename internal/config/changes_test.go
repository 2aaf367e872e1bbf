package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// changes are shown as "[Section] Key: old > new", with a * where a reload is enough.
func TestChanges(t *testing.T) {
	const listener = "[TCP]\nPort=1\n"
	for _, test := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "[General]\nLogLevel=debug\n", "[general]\nLOGLEVEL = debug ;as before\n", nil},
		{"default", "", "[General]\nLogLevel=debug\n", []string{"*[General] LogLevel: info > debug"}},
		{"back to the default", "[MPP]\nSniffTimeout=9\n", "[MPP]\n", []string{"*[MPP] SniffTimeout: 9 > 5"}},
		{"default written out", "", "[General]\nLogLevel=info\nConsoleMaxSize=104857600\n[TCP]\nPort=5012\nType=TCPIP\n", nil},
		{"empty number is the default", "[MPP]\nSniffTimeout=\n", "[MPP]\nSniffTimeout=5\n", nil},
		{"an environment", "[E]\nRpoDb=x\nMaxThreads=1\nRootPath=a\n", "[E]\nROOTPATH=a\nrpodb=y\nMaxThreads=2\nStartPath=\\\n",
			[]string{"*[E] MaxThreads: 1 > 2", `*[E] StartPath:  > \`}},
		{"an environment that is new, one that is gone", "[A]\nSourcePath=a\n", "[B]\nSourcePath=b\n",
			[]string{"*[B] SourcePath:  > b", "*[A] SourcePath: a > "}},
		{"a job and a connection", "[OnStart]\nJobs=J\n[RPC]\nConnections=C\n[J]\nMain=U_A\nParm1=1\n[C]\nServer=a\nToken=x\n",
			"[OnStart]\nJobs=J\n[RPC]\nConnections=C\n[J]\nMain=U_B\nParm1=2\nmine=1\n[C]\nServer=a\nToken=y\n",
			[]string{"*[J] Main: U_A > U_B", "*[J] Parm1: 1 > 2", "*[C] Token: ******** > ********"}},
		{"restart", "", "[MPP]\nPlaintext=refuse\n", []string{"[MPP] Plaintext: redirect > refuse"}},
		{"order of the documentation", "", "[WebApp]\nEnable=0\n[MPP]\nMaxHandshakes=4\nMaxSniffing=3\n[General]\nDataPath=/d\n", []string{
			"[General] DataPath: /etc/a/data > /d", "*[MPP] MaxSniffing: 0 > 3", "*[MPP] MaxHandshakes: 0 > 4", "*[WebApp] Enable: 1 > 0"}},

		{"same switch", "[WebApp]\nEnable=yes\n", "[WebApp]\nEnable=1\n", nil},
		{"same word", "[General]\nLogFormat=JSON\n", "[General]\nLogFormat=json\n", nil},
		{"same number", "[MPP]\nSniffTimeout=05\n", "[MPP]\nSniffTimeout=5\n", nil},
		{"same size", "[General]\nConsoleMaxSize=10\n", "[General]\nConsoleMaxSize=10485760\n", nil},
		{"same path", "[General]\nConsoleFile=log\\a.log\n", "[General]\nConsoleFile=/etc/a/log/a.log\n", nil},
		{"same networks", "[MPP]\nProxyProtocol=10.1.2.3/8, ::ffff:10.0.0.1\n", "[MPP]\nProxyProtocol=10.0.0.0/8,10.0.0.1\n", nil},
		{"same list", "[SSLConfigure]\nDisableCipher=RC4:CBC\n", "[SSLConfigure]\nDisableCipher=RC4, CBC\n", nil},
		{"same addresses", "[TCP]\nPort=1, 2\nIP=::0:1, 10.0.0.1\n", "[TCP]\nPort=1,2\nIP=[::1],10.0.0.1\n", nil},
		{"other network", "[MPP]\nProxyProtocol=10.0.0.0/8\n", "[MPP]\nProxyProtocol=10.0.0.0/9\n", []string{"*[MPP] ProxyProtocol: 10.0.0.0/8 > 10.0.0.0/9"}},
		{"case of a name counts", "[Service]\nName=a\n", "[Service]\nName=A\n", []string{"[Service] Name: a > A"}},

		{"secret", "[MPP]\nSSL_PassPhrase=opensesame\n", "[MPP]\nSSL_PassPhrase=opensesamee\n", []string{"*[MPP] SSL_PassPhrase: ******** > ********"}},
		{"new secret", "", "[SSLConfigure]\nPassPhrase=opensesame\n", []string{"*[SSLConfigure] PassPhrase:  > ********"}},
		{"same secret", "[MPP]\nSSL_PassPhrase=opensesame\n", "[MPP]\nSSL_PassPhrase='opensesame'\n", nil},

		{"version named", "", "[SSLConfigure]\nTLS1_3=1\n", []string{"*[SSLConfigure] TLS1_3:  > 1"}},
		{"version left out", "[SSLConfigure]\nTLS1_2=1\nTLS1_3=1\n", "[SSLConfigure]\nTLS1_3=1\n", []string{"*[SSLConfigure] TLS1_2: 1 > "}},
		{"empty version is 0", "[SSLConfigure]\nTLS1_2=\nTLS1_3=1\n", "[SSLConfigure]\nTLS1_2=0\nTLS1_3=1\n", nil},
		{"ignored by design", "", "[SSLConfigure]\nCacheSize=5\nBugs=1\n", nil},

		{"unknown, planned and unused", "[General]\nMaxQuerySize=1\nServerType=Master\nNonsense=1\n[Nobody]\nx=1\n[PROD]\nRpoDb=a\n",
			"[General]\nMaxQuerySize=2\nServerType=Slave\nNonsense=2\n[Nobody]\nx=2\n[PROD]\nRpoDb=b\n", nil},

		{"port", listener, "[TCP]\nPort=2\n", []string{"[TCP] Port: 1 > 2"}},
		{"listener of another name", "[Drivers]\nActive=MAIN\n[Main]\nPort=1\n", "[Drivers]\nActive=main\n[MAIN]\nPort=2\n", []string{"[MAIN] Port: 1 > 2"}},
		{"listener that is not opened", listener + "[TCP2]\nType=TCPIP\nPort=2\n", listener + "[TCP2]\nType=TCPIP\nPort=3\n", nil},
		{"another listener", listener, "[Drivers]\nActive=TCP,TCP2\n" + listener + "[TCP2]\nPort=5012\n", []string{
			"[Drivers] Active: TCP > TCP,TCP2", "[TCP2] Port:  > 5012"}},
		{"listener goes", "[Drivers]\nActive=A,B\n[A]\nPort=1\n[B]\nPort=2\n", "[Drivers]\nActive=A\n[A]\nPort=1\n", []string{
			"[Drivers] Active: A,B > A", "[B] Port: 2 > "}},
		{"SSL transport enabled", listener + "[SSL]\nPort=2\n", listener + "[SSL]\nPort=2\nEnable=1\n", []string{
			"[TCP] Port: 1 > ", "[SSL] Enable:  > 1", "[SSL] Port:  > 2"}},
		{"section of another class", "[Drivers]\nActive=X\n[X]\nPort=1\n", "[Drivers]\nActive=X\nSecure=X\n[X]\nPort=2\n", []string{
			"[Drivers] Secure:  > X", "[X] Port: 1 > 2"}},
		{"section of another class, same values", "[Drivers]\nActive=X\n[X]\nPort=1,2\n", "[Drivers]\nActive=X\nSecure=X\n[X]\nPort=1, 2\n", []string{
			"[Drivers] Secure:  > X"}},
	} {
		got := showChanges(load(t, test.old, Options{}), load(t, test.new, Options{}))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: Changes = %q; want %q", test.name, got, test.want)
		}
	}
}

func showChanges(old, new *Config) []string {
	var list []string
	for _, c := range Changes(old, new) {
		s := fmt.Sprintf("[%s] %s: %s > %s", c.Section, c.Key, c.Old, c.New)
		if c.Live {
			s = "*" + s
		}
		list = append(list, s)
	}
	return list
}

// What SetEffective tells counts, whether the key is set or not.
func TestChangesOfDerivedValues(t *testing.T) {
	with := func(text string, versions ...string) *Config {
		c := load(t, "[SSLConfigure]\n"+text, Options{})
		for _, v := range versions {
			key, value, _ := strings.Cut(v, "=")
			c.SetEffective("SSLConfigure", key, value, "test")
		}
		return c
	}
	old := with("", "TLS1_2=1", "TLS1_3=1")
	got := showChanges(old, with("TLS1_3=1\n", "TLS1_2=0"))
	if want := []string{"*[SSLConfigure] TLS1_2: 1 > 0"}; !slices.Equal(got, want) {
		t.Errorf("Changes = %q; want %q", got, want)
	}
	if got := showChanges(old, with("TLS1_2=1\nTLS1_3=yes\n")); got != nil {
		t.Errorf("Changes = %q; want none", got)
	}

	old = load(t, "", Options{StateDirectory: "/var/lib/a"})
	if got := showChanges(old, load(t, "[General]\nDataPath=/var/lib/a\n", Options{})); got != nil {
		t.Errorf("Changes = %q; want none: the folder is the same", got)
	}
	if got, want := showChanges(old, load(t, "", Options{})), "[General] DataPath: /var/lib/a > /etc/a/data"; len(got) != 1 || got[0] != want {
		t.Errorf("Changes = %q; want %q", got, want)
	}
}

// Changes must not alter what it compares.
func TestChangesReadsOnly(t *testing.T) {
	c := load(t, "[MPP]\nTrustedProxies=0.0.0.0/0\n[General]\nConsoleMaxSize=10\nConsoleFile=a\n", Options{})
	findings, settings := c.Findings(), fmt.Sprint(c.Settings())
	Changes(c, load(t, "", Options{}))
	if got := c.Findings(); !slices.Equal(got, findings) {
		t.Errorf("findings after Changes = %v; want %v", got, findings)
	}
	if got := fmt.Sprint(c.Settings()); got != settings {
		t.Errorf("settings after Changes = %s; want %s", got, settings)
	}
}

// Every change that could weaken or break what is served must be told from the
// start: what is not live says restart.
func TestWhenChangesTakeEffect(t *testing.T) {
	atReload := "General.LogLevel General.ConsoleFile General.ConsoleMaxSize General.ConsoleMaxFiles General.ConsoleLog " +
		"General.App_Environment General.Watch General.CanAcceptRPC General.CanRunJobs General.AllowIniWrite General.InactiveTimeout " +
		"General.MaxStringSize General.ThreadMemLimit General.MaxThreads General.ServerMemoryLimit General.RestErrorDetail " +
		"MPP.SSL_Default MPP.SSL_Certificate MPP.SSL_Key MPP.SSL_PassPhrase MPP.SSL_Method MPP.ClientCA MPP.SSLClientAuth MPP.UpstreamCA " +
		"MPP.ProxyProtocol MPP.TrustedProxies MPP.MaxConnections MPP.MaxConnectionsPerAddress MPP.MaxSniffing MPP.MaxSniffingPerAddress " +
		"MPP.MaxHandshakes MPP.SniffTimeout MPP.DrainTimeout " +
		"RPC.Enable RPC.Security RPC.AllowFunctions RPC.DenyFunctions RPC.AllowFrom RPC.OnCall RPC.Environment RPC.CallTimeout " +
		"RPC.Connections RPC.Token RPC.TokenFile " +
		"HTTPClient.AllowTo HTTPClient.DenyTo HTTPClient.Proxy HTTPClient.MaxResponse HTTPClient.Timeout " +
		"OnStart.Jobs OnStart.RefreshRate OnStart.DebugMsg SMARTJOB.memload SMARTJOB.minjobs SMARTJOB.maxjobs " +
		"TDS.AllowMonitor TDS.EnableDisconnectUser TDS.EnableSendMessage TDS.EnableStopServer WebApp.Enable HTTPV11.TimeOut HTTPSERVER.AllowStart"
	var got []string
	for _, k := range Keys() {
		if k.Section == "SSLConfigure" && k.Status == "used" && !k.Live {
			t.Errorf("[SSLConfigure] %s takes effect at a restart; want at a reload", k.Key)
		}
		switch k.Section {
		case "REST", "Auth", "License":
			if !k.Live {
				t.Errorf("[%s] %s takes effect at a restart; want at a reload", k.Section, k.Key)
			}
			continue
		}
		if k.Live && k.Section != "SSLConfigure" && !family(k.Section) {
			got = append(got, k.Section+"."+k.Key)
		}
	}
	if want := strings.Fields(atReload); !slices.Equal(got, want) {
		t.Errorf("keys that take effect at a reload = %q; want %q", got, want)
	}
}

func TestConsoleFindings(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"ConsoleMaxSize=100", "x.ini:2: notice: [General] ConsoleMaxSize=100: taken as MB: as bytes it would be a few lines; write it in bytes: 104857600"},
		{"ConsoleMaxSize=10000", ""},
		{"ConsoleMaxSize=0", ""},
		{"ConsoleMaxSize=9999999999999", "x.ini:2: error: [General] ConsoleMaxSize=9999999999999: the value is out of range; allowed: 0 to 1099511627776 bytes"},
		{"ConsoleMaxSize=10MB", "x.ini:2: error: [General] ConsoleMaxSize=10MB: the value is not a number"},
		{`ConsoleFile=C:\totvs\console.log`, `is a path of Windows, and this is not Windows; write it as it is named on this machine, for example /var/log/appserver/console.log`},
		{"ConsoleFile=a.log\nConsoleLog=0", "x.ini:2: notice: [General] ConsoleFile=/etc/a/a.log: not written: ConsoleLog is 0"},
		{"ConsoleLog=1", "x.ini:2: notice: [General] ConsoleLog=1: no file is written: ConsoleFile names none"},
		{"ConsoleLog=0", ""},
		{"ConsoleFile=a.log\nConsoleLog=1", ""},
	} {
		c := load(t, "[General]\n"+test.text+"\n", Options{})
		var got []string
		for _, f := range c.Findings() {
			got = append(got, f.String())
		}
		if test.want == "" && got != nil || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%q: findings = %q; want %q", test.text, got, test.want)
		}
	}
	if got := load(t, "[General]\nConsoleMaxSize=9999\n", Options{}).General.ConsoleMaxSize; got != 9999<<20 {
		t.Errorf("ConsoleMaxSize=9999 is %d bytes; want %d", got, 9999<<20)
	}
}
