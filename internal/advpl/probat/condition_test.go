package probat

import "testing"

func TestVersionMatches(t *testing.T) {
	for _, tc := range []struct {
		rule, version string
		want          bool
	}{
		{"01.02.10", "01.02.10", true}, {"1.2.10", "01.02.10", true}, {"01.02.1", "01.02.10", false},
		{">= 01.02.10", "01.02.10", true}, {">=01.02.11", "01.02.10", false}, {"> 01.02", "01.02.10", true},
		{"< 01.02.12", "01.02.10", true}, {"<= 01.02.09", "01.02.10", false}, {"= 1.2", "1.2.0", true},
		{"== 1.2", "1.2.1", false}, {"<> 1.2", "1.2.1", true}, {"!= 1.2", "1.2.0", false},
		{" >=  19.3.1.7 ", "20.3.2.8", true}, {">= 1.2.3", "1.2.3-rc1", true},
		{"", "1", false}, {"> ", "1", false}, {"about 1", "1", false}, {"1", "", false},
	} {
		if got := versionMatches(tc.rule, tc.version); got != tc.want {
			t.Errorf("versionMatches(%q, %q) = %v; want %v", tc.rule, tc.version, got, tc.want)
		}
	}
}

func FuzzVersions(f *testing.F) {
	f.Add(">= 01.02.10", "1.2.99999999999999999999")
	f.Add("<1..2", ".")
	f.Fuzz(func(t *testing.T, a, b string) {
		versionMatches(a, b)
		if compareVersions(a, b) != -compareVersions(b, a) {
			t.Errorf("the order of %q and %q depends on which comes first", a, b)
		}
	})
}

// FuzzRequest and FuzzEvent want arguments of any kind to be taken or refused.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{"type:suite", "custom:x", "coverage:on", "a.tlpp", `C:\a`, ":", "type:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := new(request)
		if r.take(s) && len(r.id) > maxID+len("…") {
			t.Errorf("an identifier of %d bytes", len(r.id))
		}
		if _, err := r.selection(nil); err != nil && r.kind != TypeError && r.kind != kindFail {
			t.Error(err)
		}
	})
}

func FuzzEvent(f *testing.F) {
	for _, s := range []string{"custom:x", "step:1", "exitCode:0", "message:a:b", "1:ok", "x:ok", "-1:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []string{eventPlan, eventStep, eventStatus, eventOK, eventExit} {
			e := event{Kind: kind}
			if e.take(s) {
				externalRun("ID", []event{e, e})
			}
		}
	})
}
