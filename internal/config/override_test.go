package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestPrecedence(t *testing.T) {
	text := "[General]\nLogLevel=warn\nLogFormat=bad\n[TCP]\nPort=1\n[My.Env-1]\nRootPath=x\nx2 path=a\n"
	env := []string{"PATH=/bin", "APPSERVER_TCP_PORT=2", "APPSERVER_GENERAL_LOGFORMAT=json", "APPSERVER_MY_ENV_1_X2_PATH=b",
		"APPSERVER_MY_ENV_1_RPODB=c", "APPSERVER_MPP_SSL_KEY=rel/k.pem", "APPSERVER_CONFIG=/x.ini", "APPSERVER_METRICS_LISTEN= [::1]:0 "}
	set := []string{"tcp.port=3", "My.Env-1.RootPath=a=b", "Drivers.Active=TCP,Other", "Other.Port=4", "tcp.PORT=5", "MPP.SSL_Certificate=c.pem"}
	c := load(t, text, Options{Environ: env, Set: set})
	if got := findings(c); got != nil {
		t.Errorf("findings = %q; want none", got)
	}
	want := []string{
		"[General] LogFormat=json environment APPSERVER_GENERAL_LOGFORMAT true",
		"[General] LogLevel=warn x.ini:2 true",
		"[Drivers] Active=TCP,Other command line true",
		"[Drivers] MultiProtocolPort=1 default true",
		"[TCP] Port=5 command line true",
		"[Other] Port=4 command line true",
		"[MPP] SSL_Certificate=/srv/c.pem command line true",
		"[MPP] SSL_Key=/srv/rel/k.pem environment APPSERVER_MPP_SSL_KEY true",
		"[Metrics] Listen=[::1]:0 environment APPSERVER_METRICS_LISTEN true",
		"[My.Env-1] RootPath=a=b command line true",
		"[My.Env-1] x2 path=b environment APPSERVER_MY_ENV_1_X2_PATH false",
		"[My.Env-1] RpoDb=c environment APPSERVER_MY_ENV_1_RPODB false",
		"[General] DataPath=/etc/a/data default true",
	}
	var have []string
	for _, s := range c.Settings() {
		used := " false"
		if s.Used {
			used = " true"
		}
		have = append(have, "["+s.Section+"] "+s.Key+"="+s.Value+" "+s.Origin+used)
	}
	for _, w := range want {
		if !slices.Contains(have, w) {
			t.Errorf("no setting %q; have\n%s", w, strings.Join(have, "\n"))
		}
	}
	if got := strings.Join(c.Listen.Addresses, " "); got != ":5 :4" {
		t.Errorf("Addresses = %q; want \":5 :4\"", got)
	}
	if !c.Metrics.Explicit || c.Environments[0].Keys["rootpath"] != "a=b" {
		t.Errorf("Metrics = %+v, Environments = %+v", c.Metrics, c.Environments)
	}
}

// An empty variable undoes nothing; an empty setting of the command line does.
func TestEmptyVariable(t *testing.T) {
	text := "[TCP]\nIP=127.0.0.1\n[MPP]\nClientCA=/ca.pem\nSSLClientAuth=required\nPlaintext=refuse\n[A_B]\nC=\nRootPath=\n[A]\nB_C=\nRootPath=\n"
	for _, name := range []string{"TCP_IP", "MPP_SSLCLIENTAUTH", "MPP_PLAINTEXT", "MPP_CLIENTCA", "MPP_SSL_PASSPHRASE", "A_B_C"} {
		for _, blank := range []string{"", " "} {
			if blank != "" && name == "MPP_SSL_PASSPHRASE" {
				continue // a secret
			}
			c := load(t, text, Options{Environ: []string{"APPSERVER_" + name + "=" + blank}})
			if got := findings(c); got != nil {
				t.Errorf("%s=%q: findings = %q; want notices only", name, blank, got)
			}
			const want = ": notice: the variable is empty: it counts as not set, so what the file says or the default stays; to empty a key, use the file or the command line"
			list := c.Findings()
			if got := list[len(list)-1].String(); got != "environment APPSERVER_"+name+want {
				t.Errorf("%s=%q: last finding = %q; want %q", name, blank, got, want)
			}
			if c.Listen.Addresses[0] != "127.0.0.1:5012" || c.MPP.ClientAuth != "required" || c.MPP.Plaintext != "refuse" || c.MPP.ClientCA != "/ca.pem" {
				t.Errorf("%s=%q: Listen = %v, MPP = %+v; want what the file says", name, blank, c.Listen, c.MPP)
			}
		}
	}
	c := load(t, text, Options{Set: []string{"TCP.IP=", "MPP.Plaintext="}})
	if c.Listen.Addresses[0] != ":5012" {
		t.Errorf("Listen with --set TCP.IP= is %v; want all interfaces", c.Listen)
	}
	if err := c.Err(); err == nil || !strings.HasPrefix(err.Error(), "command line: error: [MPP] Plaintext=: the value is empty") {
		t.Errorf("Err with --set MPP.Plaintext= is %v; want an error", err)
	}
}

func TestSecretsAreNotTrimmed(t *testing.T) {
	c := load(t, "", Options{Environ: []string{"APPSERVER_MPP_SSL_PASSPHRASE= a "}, Set: []string{"SSLConfigure.PassPhrase= b ", "General.LogLevel= debug "}})
	if c.MPP.PassPhrase != " a " || c.SSL.PassPhrase != " b " || c.General.LogLevel != "debug" {
		t.Errorf("pass phrases = %q, %q, LogLevel = %q; want %q, %q, %q", c.MPP.PassPhrase, c.SSL.PassPhrase, c.General.LogLevel, " a ", " b ", "debug")
	}
}

func TestUnknownVariables(t *testing.T) {
	for _, test := range []struct{ text, variable, want string }{
		{"", "APPSERVER_TCP_PROT=1", "environment APPSERVER_TCP_PROT: warning: no setting has this name: ignored; nearest: APPSERVER_TCP_PORT"},
		{"", "APPSERVER_NOTHING_LIKE_IT=1", "environment APPSERVER_NOTHING_LIKE_IT: warning: no setting has this name: ignored"},
		{"", "APPSERVER_", "environment APPSERVER_: warning: no setting has this name: ignored"},
		{"", "APPSERVER_PORT_5012_TCP_ADDR=10.0.0.1", "environment APPSERVER_PORT_5012_TCP_ADDR: notice: not a setting; it looks like a service link of Kubernetes"},
		{"[A_B]\nC=\nRootPath=\n[A]\nB_C=\nRootPath=\n", "APPSERVER_A_B_C=1",
			"environment APPSERVER_A_B_C: error: the name means both [A_B] C and [A] B_C; set the one you mean on the command line: --set Section.Key=value"},
	} {
		var got []string
		for _, f := range load(t, test.text, Options{Environ: []string{test.variable}}).Findings() {
			if strings.HasPrefix(f.File, "environment") {
				got = append(got, f.String())
			}
		}
		if !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: findings = %q; want %q", test.variable, got, test.want)
		}
	}
}

func TestDataPath(t *testing.T) {
	for _, test := range []struct {
		text string
		o    Options
		want string
	}{
		{"", Options{}, "/etc/a/data"},
		{"", Options{StateDirectory: "/var/lib/appserver"}, "/var/lib/appserver"},
		{"", Options{StateDirectory: "/var/lib/a:/var/lib/b"}, "/var/lib/a"},
		{"[General]\nDataPath=", Options{StateDirectory: "/var/lib/a"}, "/var/lib/a"},
		{"[General]\nDataPath=..\\d", Options{StateDirectory: "/var/lib/a"}, "/etc/d"},
		{"[General]\nDataPath=d", Options{Environ: []string{"APPSERVER_GENERAL_DATAPATH=d"}}, "/srv/d"},
		{"", Options{Set: []string{"General.DataPath=/d"}}, "/d"},
	} {
		if got := load(t, test.text, test.o).General.DataPath; got != test.want {
			t.Errorf("DataPath of %q, %+v = %q; want %q", test.text, test.o, got, test.want)
		}
	}
}

// Settings lists each key once, and shows what SetEffective was told with the
// place of the key behind it.
func TestSettings(t *testing.T) {
	c := load(t, `[SSLConfigure]
Bugs=1
CacheSize=5
TryProtocols=1
TLS1=2
TLS1_0=31
TLS1_2=1
[General]
DataPath=
`, Options{StateDirectory: "/var/lib/a"})
	c.SetEffective("sslconfigure", "TLS1", "", "void")
	c.SetEffective("SSLConfigure", "TLS1_0", "0", "off: not named")
	c.SetEffective("SSLConfigure", "TLS1_1", "0", "off: not named")
	c.SetEffective("SSLConfigure", "PassPhrase", "opensesame", "test")
	want := map[string]string{
		"Bugs": "1 x.ini:2 false", "CacheSize": "5 x.ini:3 false", "TryProtocols": "1 x.ini:4 false",
		"TLS1": " void (x.ini:5) true", "TLS1_0": "31 x.ini:6 true", "TLS1_1": "0 off: not named true", "TLS1_2": "1 x.ini:7 true",
		"TLS1_3": "1 default true", "SSL2": "0 default true",
		"DataPath": "/var/lib/a environment STATE_DIRECTORY (x.ini:9) true", "PassPhrase": "******** test true",
	}
	seen := map[string]bool{}
	for _, s := range c.Settings() {
		id := s.Section + "." + s.Key
		if seen[id] {
			t.Errorf("[%s] %s is listed twice", s.Section, s.Key)
		}
		seen[id] = true
		got := fmt.Sprintf("%s %s %v", s.Value, s.Origin, s.Used)
		if w, ok := want[s.Key]; ok && got != w {
			t.Errorf("[%s] %s = %q; want %q", s.Section, s.Key, got, w)
		}
		delete(want, s.Key)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %q", want)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"Port", "Type", "MultiProtocolPort", "APP_MONITOR", "BuildKillUsers", "Security"}
	for _, test := range []struct{ name, want string }{
		{"prot", "Port"}, {"MultiProcotocolPort", "MultiProtocolPort"}, {"appmonitor", "APP_MONITOR"},
		{"BuildKillUser", "BuildKillUsers"}, {"Secutiry", "Security"}, {"x", ""}, {"", ""}, {"Completely", ""},
		{strings.Repeat("Port", 100), ""},
	} {
		if got := nearest(test.name, names); got != test.want {
			t.Errorf("nearest(%q) = %q; want %q", test.name, got, test.want)
		}
	}
}
