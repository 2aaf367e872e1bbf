package config

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Each file of testdata/quirks shows one way in which real files are untidy.
// settings are "[Section] Key=value" as read; findings are all warnings and
// errors, as "line severity: begin of the message".
var quirks = []struct {
	file, about string
	settings    []string
	findings    []string
	fails       string // part of Load's error
}{
	{file: "01-utf8-bom.ini", about: "byte order mark", settings: []string{"[General] App_Environment=PRODUÇÃO", "[TCP] Port=5101"},
		findings: []string{"2 error: there is no such environment"}},
	{file: "01-cp1252.ini", about: "Windows-1252", settings: []string{"[Service] DisplayName=Produção – São Paulo €", "[TCP] Port=5102"}},
	{file: "01-damaged.ini", about: "U+FFFD of a broken conversion", settings: []string{"[Service] DisplayName=Produ\ufffd\ufffdo"},
		findings: []string{"2 warning: the line holds U+FFFD"}},
	{file: "01-utf16le.ini", about: "UTF-16 with mark", fails: "UTF-16LE"},
	{file: "01-utf16be-no-mark.ini", about: "UTF-16 without mark", fails: "UTF-16BE"},
	{file: "02-crlf.ini", about: "CRLF, no newline at the end, blank lines of spaces", settings: []string{"[Drivers] Active=TCP", "[TCP] Port=5103"}},
	{file: "02-cr.ini", about: "CR alone", settings: []string{"[Drivers] Active=TCP", "[TCP] Port=5104"}},
	{file: "03-comments.ini", about: "; and # comments; // is none", settings: []string{"[TCP] Port=5105"},
		findings: []string{"7 warning: the line begins with //"}},
	{file: "04-inline.ini", about: "comments behind values and headers",
		settings: []string{"[TCP] Port=8580", "[HTTPURI] PrepareIn=99,01;99,02", "[HTTPURI] URL=/rest", "[MPP] SniffTimeout=7", "[MPP] DrainTimeout=8", "[MPP] SSL_PassPhrase=a;b", "[Service] Name=", "[Service] DisplayName=;no blank"},
		findings: []string{"8 warning: the text from // on is ignored"}},
	{file: "05-commented-header.ini", about: "a commented header with live keys", settings: []string{"[WebApp] SERVERS=SLV1", "[WebApp] Port=9090"},
		findings: []string{"6 warning: NOT IN EFFECT: no listener of its own", "9 warning: LOOK HERE: the header [SERVERNETWORK] in line 8", "9 warning: unknown key", "10 warning: the key is set in line 6"}},
	{file: "06-duplicate-keys.ini", about: "duplicate keys: first wins", settings: []string{"[General] MAXSTRINGSIZE=10", "[TCP] Port=5106"},
		findings: []string{"3 warning: the key is set in line 2", "6 warning: the key is set in line 5"}},
	{file: "07-duplicate-sections.ini", about: "duplicate sections merge", settings: []string{"[General] MAXSTRINGSIZE=10", "[General] LogLevel=debug", "[TCP] Port=5107"},
		findings: []string{"5 warning: the section began in line 1", "6 warning: the key is set in line 2"}},
	{file: "08-padding.ini", about: "blanks and tabs around =", settings: []string{"[TCP] Port=5108", "[BALANCE_HTTP] SERVICE_DISPLAY_NAME=.x", "[ContentTypes] txt=application/json"},
		findings: []string{"3 warning: NOT IN EFFECT: this server is no broker"}},
	{file: "09-trailing.ini", about: "trailing blanks on values and headers", settings: []string{"[TCP] Port=5109", "[HTTPREST] Security=1"}},
	{file: "10-indented.ini", about: "tab-indented file", settings: []string{"[TCP] Port=5110", "[GENERAL] InstallPath=x"}},
	{file: "11-empty.ini", about: "empty is not absent", settings: []string{"[WebApp/webapp] MPP=", "[PROD] x2_path=", "[HTTPREST] IPsBind=", "[SSLConfigure] TLS1_0=", "[MPP] SniffTimeout="},
		findings: []string{"9 warning: the value is empty: the default 5 applies"}},
	{file: "12-no-equals.ini", about: "lines without =", settings: []string{"[TCP] Port=5112"},
		findings: []string{"2 warning: the line is neither", "3 warning: the line is neither", "6 warning: the line is neither"}},
	{file: "13-before-section.ini", about: "keys before any section", settings: []string{"[TCP] Port=5113"},
		findings: []string{"1 warning: the key stands before any section"}},
	{file: "14-windows-paths.ini", about: "backslashes are no escapes and continue no line",
		settings: []string{`[PROD] SourcePath=C:\ERP 12\apo`, `[PROD] RootPath=E:\Program Files (x86)\data\`, `[PROD] StartPath=\system\`, "[HTTP] Path=//html"},
		findings: foreignPaths("2 error: the value is a path of Windows", "3 error: the value is a path of Windows")},
	{file: "15-section-names.ini", about: "odd section names",
		settings: []string{"[WebApp/webapp] MPP=", "[localhost:8013/contatos] Path=x", "[P12.1.25] RpoVersion=120", "[WEBAPP-HEADERS] Access-Control-Allow-Origin=*", "[_DBG_TEMP] server=x", "[HTTPURI/99-01] URL=/a"},
		findings: []string{"9 warning: unknown section"}},
	{file: "16-placeholders.ini", about: "placeholders are not expanded", settings: []string{"[TCP] Port=APPSERVER_PORT", "[${ENV_APP}] RootPath=x", "[MPP] SSL_Key=${KEY}", "[${OTHER}] a=b"},
		findings: []string{"2 error: the value is not a number", "4 error: placeholders are not expanded", "7 warning: unknown section; placeholders"}},
	{file: "17-json.ini", about: "JSON and quotes",
		settings: []string{`[srv] TlppData={"Authorization":{"scheme":"basic","OnAuth":"U_fn"}}`, `[srv] UserData={"a": 1, "b": "x ;y"}`, "[Service] Name=My Server", "[Service] DisplayName='"}},
	{file: "18-equals.ini", about: "values that begin with = or .", settings: []string{"[PROD] Serie===AV", "[PROD] localdbextension=.dtc", "[PROD] pict=a|b", "[Service] Name=.Server-x"},
		findings: []string{"7 warning: the line is neither"}},
	{file: "19-odd-keys.ini", about: "keys that are * or header names", settings: []string{"[types] *=text/plain", "[WEBAPP-HEADERS] X-Frame-Options=DENY", "[WEBAPP-HEADERS] -=x", "[types] `=q", `[types] "a=b`}},
	{file: "20-strings.ini", about: "leading zeros and inner blanks stay", settings: []string{"[HTTPURI] PrepareIn=T1,D MG 01", "[HTTPURI] Instances=01,01", "[JOB1] PrepareIn=00,00000"},
		findings: []string{"6 warning: no function to run"}},
	{file: "21-lists.ini", about: "lists with and without blanks", settings: []string{"[Drivers] Active=TCP, TCP2", "[BALANCE_HTTP] REMOTE_SERVER_1=host1 8080"},
		findings: []string{"7 warning: NOT IN EFFECT: this server is no broker"}},
	{file: "22-zero-width.ini", about: "invisible characters", settings: []string{"[TCP] Port=5122", "[TCP] Type=TCPIP"}},
	{file: "23-typos.ini", about: "typos that live for years", findings: []string{
		"2 warning: unknown key: ignored; did you mean BuildKillUsers?",
		"3 warning: unknown key: ignored; did you mean FWTraceLog?",
		"5 warning: unknown key: ignored; did you mean MultiProtocolPort?",
		"6 warning: unknown key: ignored",
		"8 error: the value is not a switch; allowed: 0 or 1",
		"9 warning: unknown section: its keys are ignored; did you mean [APP_MONITOR]?"}},
	{file: "24-orphans.ini", about: "keys left behind by a commented header", findings: []string{
		"4 warning: LOOK HERE: the header [Service] in line 3",
		"4 warning: unknown key: ignored; a key of this name belongs to [Service]",
		"5 warning: unknown key: ignored; a key of this name belongs to [Service]"}},
	{file: "25-many-names.ini", about: "the database under many names", settings: []string{"[PROD] DBAlias=a", "[PROD] TopServer=b", "[DBAccess] Server=c", "[TopConnect] Alias=d"}},
	{file: "26-secrets.ini", about: "secrets in clear", settings: []string{"[SSLConfigure] PassPhrase=123", "[HTTPREST] PASSPHRASE=open"}},
	{file: "27-headers.ini", about: "headers without name or end, text behind", settings: []string{"[TCP] Port=5127", "[Metrics] Enable=0"},
		findings: []string{"1 warning: the section has no name", "2 warning: the key stands before", "3 warning: the header has no closing ]", "5 warning: the text after ] is ignored"}},
}

// foreignPaths are findings about paths of Windows, which only other systems have.
func foreignPaths(findings ...string) []string {
	if runtime.GOOS == "windows" {
		return nil
	}
	return findings
}

func TestQuirks(t *testing.T) {
	for _, q := range quirks {
		t.Run(q.file, func(t *testing.T) {
			c, err := Load(Options{Path: filepath.Join("testdata", "quirks", q.file)})
			if q.fails != "" {
				if err == nil || !strings.Contains(err.Error(), q.fails) {
					t.Fatalf("Load = %v; want an error with %q", err, q.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, s := range c.table.sections {
				for _, v := range s.values {
					have = append(have, fmt.Sprintf("[%s] %s=%s", v.section, v.key, v.text))
				}
			}
			for _, want := range q.settings {
				if !slices.Contains(have, want) {
					t.Errorf("%s: no setting %q; have %q", q.about, want, have)
				}
			}
			checkFindings(t, c, q.findings)
		})
	}
}

// checkFindings compares all warnings and errors of c with "line severity:
// message; hint", of which the end may be missing.
func checkFindings(t *testing.T, c *Config, want []string) {
	t.Helper()
	var have []string
	for _, f := range c.Findings() {
		if f.Severity > Notice {
			have = append(have, strings.TrimSuffix(fmt.Sprintf("%d %v: %s; %s", f.Line, f.Severity, f.Message, f.Hint), "; "))
		}
	}
	if !slices.EqualFunc(have, want, strings.HasPrefix) {
		t.Errorf("findings =\n%s\nwant these beginnings:\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}
