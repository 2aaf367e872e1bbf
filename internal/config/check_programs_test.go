package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestProgramsFindings(t *testing.T) {
	const environment = "[PROD]\nRootPath=x\nSourcePath=y\n"
	for _, test := range []struct {
		text string
		want []string
	}{
		{"[General]\nApp_Environment=prod\n[RPC]\nEnvironment=Prod\n" + environment, nil},
		{"[General]\nApp_Environment=PRD\n" + environment, []string{"2 error: there is no such environment; did you mean PROD?"}},
		{"[General]\nApp_Environment=\n" + environment, nil},
		{"[RPC]\nEnvironment=Other\n" + environment, []string{"2 error: there is no such environment; an environment is a section with"}},
		{"[General]\nApp_Environment=TCP\n[TCP]\nPort=1\n", []string{"2 error: there is no such environment"}},
		{"[OnStart]\nJobs=J\n[J]\nMain=U_X\nEnvironment=PORD\n" + environment, []string{"5 warning: there is no such environment: the job is not run; did you mean PROD?"}},
		{"[OnStart]\nJobs=J\n[J]\nMain=U_X\nEnvironment=prod\nNParms=2\nParm1=a\nParm2=b\n" + environment, nil},
		{"[J]\nMain=U_X\nEnvironment=PORD\n", nil}, // not run

		{"[RPC]\nEnable=1\n", nil},
		{"[RPC]\nEnable=1\nSecurity=token\n", nil},
		{"[RPC]\nEnable=1\nSecurity=mtls,token\n", []string{"3 warning: no caller can show a certificate"}},
		{"[RPC]\nEnable=1\nSecurity=mtls\n", []string{"3 warning: nobody can call"}},
		{"[RPC]\nEnable=0\nSecurity=mtls\n", nil},
		{"[RPC]\nEnable=1\nSecurity=mtls\n[MPP]\nClientCA=a\n", []string{"3 warning: nobody can call"}},
		{"[RPC]\nEnable=1\nSecurity=mtls\n[MPP]\nClientCA=a\nSSLClientAuth=optional\n", nil},
		{"[RPC]\nEnable=1\nSecurity=,\n", []string{"3 error: the value names none of them; allowed: a comma list of mtls, token, user"}},
		{"[RPC]\nEnable=1\nSecurity=\n", []string{"3 error: the value is empty"}},
		{"[RPC]\nEnable=1\nSecurity=ip\n", []string{`3 error: the value holds "ip"`}},
		{"[RPC]\nEnable=1\nAllowPlain=1\n", []string{"3 warning: tokens and passwords"}},
		{"[RPC]\nEnable=1\nAllowPlain=1\nSecurity=mtls\n[MPP]\nClientCA=a\nSSLClientAuth=optional\n", nil},
		{"[RPC]\nAllowPlain=1\n", nil}, // there are no calls
		{"[RPC]\nAllowFrom=0.0.0.0/0\n", nil},
		{"[MPP]\nTrustedProxies=0.0.0.0/0\n", []string{"2 warning: every address is in 0.0.0.0/0: any peer can claim"}},

		{"[RPC]\nDenyFunctions=U_A*,ns.?.U_B\nOnCall=U_CHECK ( )\n", nil},
		{"[RPC]\nDenyFunctions=U_A;U_B\n", []string{`2 error: the value holds "U_A;U_B", which no function can be called`}},
		{"[RPC]\nAllowFunctions=U_[A-Z]*\n", []string{"2 error: the value holds"}},
		{"[RPC]\nOnCall=U_CHECK(1)\n", []string{"2 error: the value is not the name of a function; allowed: the name of a function"}},

		{"[SMARTJOB]\nminjobs=20\n", []string{"2 warning: more than maxjobs: 16 may always run"}},
		{"[SMARTJOB]\nminjobs=20\nmaxjobs=20\n", nil},
		{"[General]\nAllowIniWrite=0\n", nil},
		{"[General]\nAllowIniWrite=1\n", []string{"2 warning: every program can change what guards this server"}},

		{"[RPC]\nToken=a\nTokenFile=b\n", []string{"3 error: there is a Token too; keep one of both"}},
		{"[RPC]\nToken=\nTokenFile=b\n", nil},
		{"[SSLConfigure]\nVerifyServer=0\n", []string{"2 warning: programs trust any server"}},
		{"[SSLConfigure]\nVerifyServer=\n", []string{"2 warning: the value is empty: the default 1 applies"}},
	} {
		t.Run("", func(t *testing.T) {
			checkFindings(t, load(t, test.text, Options{}), test.want)
			if t.Failed() {
				t.Logf("of %q", test.text)
			}
		})
	}
}

// What is said of jobs is what becomes of them.
func TestJobNotices(t *testing.T) {
	const environment, job = "[P]\nSourcePath=x\n", "[OnStart]\nJobs=J\n[J]\nMain=U_X\nEnvironment=P\n"
	for text, want := range map[string]string{
		environment + job:                                     "[J]: recognised by its use ([OnStart] Jobs): a job that is run from the start on",
		environment + job + "Type=WEBEX\n":                    "[J]: recognised by its use ([OnStart] Jobs): a job that cannot be run",
		environment + "[J]\nMain=U_X\n":                       "[J]: recognised by its use or content (job); not run: [OnStart] Jobs does not name it",
		environment + job + "[General]\nCanRunJobs=0\n":       "[General] CanRunJobs=0: the jobs of [OnStart] are not run; remove the line",
		"[General]\nCanRunJobs=0\n[TDS]\nAllowBuildPatch=0\n": "[TDS] AllowBuildPatch=0: known, but not used by this version",
	} {
		var all []string
		for _, f := range load(t, text, Options{}).Findings() {
			if f.Severity == Notice {
				all = append(all, f.String())
			}
		}
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("notices of %q = %q; want %q", text, all, want)
		}
	}
}

func TestTokenFileOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions there say nothing of who may read")
	}
	file := filepath.Join(t.TempDir(), "my token")
	for mode, want := range map[os.FileMode]string{0o600: "", 0o400: "", 0o640: "warning", 0o604: "warning"} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(findings(load(t, "[RPC]\nTokenFile="+file+"\n", Options{})), "")
		if (got == "") != (want == "") || !strings.Contains(got, want) || want != "" && !strings.HasSuffix(got, "other users can read the file; chmod 600 '"+file+"'") {
			t.Errorf("mode %o: findings = %q; want %q", mode, got, want)
		}
	}
}

// An empty list of peers is nobody, and no peer called 0.
func TestNobodyAdministers(t *testing.T) {
	c := load(t, "[TDS]\nAllowMonitor=\n", Options{})
	if got := c.TDS; got.AllowMonitor == nil || len(got.AllowMonitor) != 0 || got.EnableStopServer != nil {
		t.Errorf("TDS = %#v; want nobody for AllowMonitor, and nil for others", got)
	}
}
