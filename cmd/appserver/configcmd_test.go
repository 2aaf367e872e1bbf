package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// runIn runs the program with args in a new folder with an x.ini of this text.
func runIn(t *testing.T, text string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("x.ini", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// The port is plain where findings are counted: the age of the bundled
// certificate must not decide these tests.
func TestConfigCheck(t *testing.T) {
	const (
		plain = "[Drivers]\nMultiProtocolPortSecure=0\n"
		bad   = plain + "[MPP]\nPlaintext=x\n[General]\nServerType=x\n"
	)
	for _, test := range []struct {
		name, text string
		args       []string
		code       int
		listed     int    // findings, -1 if it does not matter
		last       string // part of the last line
	}{
		{"all", bad, nil, exitConfig, 3, "x.ini cannot be used: 1 error, 1 warning, 1 notice"},
		{"warnings", bad, []string{"--min", "warning"}, exitConfig, 2, "x.ini cannot be used: 1 error, 1 warning, 1 notice"},
		{"errors", bad, []string{"--min=error"}, exitConfig, 1, "x.ini cannot be used: 1 error, 1 warning, 1 notice"},
		{"plain", plain, nil, exitOK, 1, "TLS: none"},
		{"secure", "", nil, exitOK, -1, "TLS 1.2, TLS 1.3; certificate: "},
		{"expiry", "", nil, exitOK, -1, ", valid until 20"},
	} {
		code, out, _ := runIn(t, test.text, append([]string{"config", "check", "--config", "x.ini"}, test.args...)...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		listed := strings.Count(out, "x.ini:")
		if code != test.code || listed != test.listed && test.listed >= 0 || !strings.Contains(lines[len(lines)-1], test.last) {
			t.Errorf("%s: config check = %d with\n%s\nwant %d with %d findings, the last line with %q", test.name, code, out, test.code, test.listed, test.last)
		}
	}
}

func TestConfigCheckSummary(t *testing.T) {
	if got, want := (tally{0, 1, 2}).String(), "2 errors, 1 warning, 0 notices"; got != want {
		t.Errorf("tally = %q; want %q", got, want)
	}
}

// The policies of the port and of outgoing connections differ here, but both
// find the same about TLS 1.1.
func TestConfigCheckTellsOnce(t *testing.T) {
	_, out, _ := runIn(t, "[SSLConfigure]\nTLS1_1=1\nTLS1_2=1\nTLS1_3=1\n[MPP]\nSSLClientAuth=optional\n", "config", "check", "--config", "x.ini")
	if n := strings.Count(out, "x.ini:2: warning: [SSLConfigure] TLS1_1=1:"); n != 1 {
		t.Errorf("config check tells of TLS1_1=1 %d times; want once:\n%s", n, out)
	}
}

// What is in a folder that is served everybody can read.
func TestConfigCheckServedFolders(t *testing.T) {
	const server = "[HTTPSERVER]\nEnable=1\nServers=S\n[S]\nPort=8080\nLocations=L\n[L]\nPath=/\nRootPath=site\n"
	for secret, want := range map[string]string{
		"":                                "",
		"[Store]\nURLFile=other/url\n":    "",
		"[Store]\nURLFile=site/url\n":     "url lies below that folder",
		"[RPC]\nTokenFile=site/token\n":   "token lies below that folder",
		"[General]\nDataPath=site/data\n": "data lies below that folder",
	} {
		_, out, _ := runIn(t, server+secret, "config", "check", "--config", "x.ini", "--min", "error")
		if got := strings.Contains(out, "lies below that folder"); got != (want != "") || !strings.Contains(out, want) {
			t.Errorf("with %q config check says\n%s\nwant %q", secret, out, want)
		}
	}
}

func TestConfigCheckJSON(t *testing.T) {
	var got struct {
		Errors, Warnings, Notices int
		Findings                  []any
	}
	_, out, _ := runIn(t, "[MPP]\nPlaintext=x\n[Drivers]\nMultiProtocolPortSecure=0\n", "config", "check", "--config", "x.ini", "-o", "json", "--min", "error")
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Errors != 1 || got.Warnings != 1 || got.Notices != 0 || len(got.Findings) != 1 {
		t.Errorf("config check -o json = %+v, %v; want 1 error, 1 warning, no notice and the error listed", got, err)
	}
}

func TestConfigShowVersions(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string // fields of lines of [SSLConfigure]
	}{
		{"", []string{"SSL2=0 default", "TLS1= default", "TLS1_0=0 default", "TLS1_1=0 default", "TLS1_2=1 default", "TLS1_3=1 default"}},
		{"TLS1_2=1\nTLS1=1\nSSL3=1", []string{"SSL3=0 off: not supported (x.ini:4)", "TLS1= void: a TLS1_x key is set (x.ini:3)",
			"TLS1_0=0 off: not named", "TLS1_2=1 x.ini:2", "TLS1_3=0 off: not named"}},
		{"TLS1=2", []string{"TLS1=2 x.ini:2", "TLS1_0=0 by TLS1", "TLS1_1=1 by TLS1", "TLS1_2=0 by TLS1", "TLS1_3=0 by TLS1"}},
		{"CacheSize=1", []string{"TLS1_2=1 default", "CacheSize=1 x.ini:2, not used"}},
		{"SSL3=1", []string{"SSL3=0 off: not supported (x.ini:2)", "TLS1_2=0 off: see config check"}},
	} {
		_, out, _ := runIn(t, "[SSLConfigure]\n"+test.text+"\n", "config", "show", "--config", "x.ini")
		var have []string
		for line := range strings.Lines(out) {
			have = append(have, strings.TrimPrefix(strings.Join(strings.Fields(line), " "), "[SSLConfigure] "))
		}
		for _, want := range test.want {
			if !slices.Contains(have, want) {
				t.Errorf("config show of %q has no %q:\n%s", test.text, want, out)
			}
		}
	}
}

func TestConfigUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--set", "opensesame"}, exitUsage, "setting 1 of the command line"},
		{[]string{"--min", "loud"}, exitUsage, `--min: "loud" is not a severity`},
		{[]string{"--config", "missing.ini"}, exitConfig, "name an existing file with --config\n"},
		{nil, exitConfig, "name an existing file with --config ($APPSERVER_CONFIG names this one)\n"},
	} {
		t.Setenv("APPSERVER_CONFIG", filepath.Join(t.TempDir(), "none.ini"))
		if test.code == exitUsage {
			t.Setenv("APPSERVER_CONFIG", "x.ini")
		}
		code, _, errs := runIn(t, "", append([]string{"config", "check"}, test.args...)...)
		if code != test.code || !strings.Contains(errs, test.want) || strings.Contains(errs, "opensesame") {
			t.Errorf("config check %q = %d, %q; want %d, %q", test.args, code, errs, test.code, test.want)
		}
	}
}
