package config

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// environment returns the one environment of the configuration with the text.
func environmentOf(t *testing.T, text string, o Options) (*Config, Environment) {
	t.Helper()
	c := load(t, text, o)
	if len(c.Environments) != 1 {
		t.Fatalf("%q has %d environments; want 1", text, len(c.Environments))
	}
	e := c.Environments[0]
	e.Keys, e.Line = nil, 0
	return c, e
}

func TestEnvironment(t *testing.T) {
	general := Environment{Name: "PROD", MaxStringSize: 64, ThreadMemLimit: 512}
	with := func(change func(*Environment, func(...string) string)) func(dir string) Environment {
		return func(dir string) Environment {
			e := general
			change(&e, func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) })
			return e
		}
	}
	tests := []struct {
		name, text string
		want       func(dir string) Environment
	}{
		{"paths start at the file's folder", "[PROD]\nSourcePath=apo\nRpoCustom=custom/c.rpo\nRootPath=root\nStartPath=\\system\\\n",
			with(func(e *Environment, at func(...string) string) {
				e.SourcePath, e.RpoCustom, e.RootPath, e.StartPath = at("apo"), at("custom", "c.rpo"), at("root"), `\system\`
			})},
		{"backslashes, quotes and a comment", "[PROD]\nSourcePath=\"apo\\my programs\\\"\nRootPath=.\\data\\ ; here\n",
			with(func(e *Environment, at func(...string) string) {
				e.SourcePath, e.RootPath = at("apo", "my programs"), at("data")
			})},
		{"a list of folders", "[PROD]\nSourcePath=a\nIncludePath=inc ; all\n",
			with(func(e *Environment, at func(...string) string) {
				e.SourcePath, e.IncludePath = at("a"), []string{at("inc")}
			})},
		{"semicolons and commas", "[PROD]\nSourcePath=a\nIncludePath=inc;more\\deep, last;\n",
			with(func(e *Environment, at func(...string) string) {
				e.SourcePath, e.IncludePath = at("a"), []string{at("inc"), at("more", "deep"), at("last")}
			})},
		{"bounds of its own", "[PROD]\nRpoVersion=120\nMaxStringSize=500\nThreadMemLimit=64 ;MiB\nInactiveTimeout=30\nMaxThreads=7\n",
			with(func(e *Environment, _ func(...string) string) {
				e.MaxStringSize, e.ThreadMemLimit, e.InactiveTimeout, e.MaxThreads = 500, 64, 30*time.Second, 7
			})},
		{"bounds of [General]", "[General]\nMaxStringSize=10\nThreadMemLimit=20\nInactiveTimeout=40\nMaxThreads=50\n[PROD]\nRpoDb=sql\nMaxStringSize=\n",
			with(func(e *Environment, _ func(...string) string) {
				e.MaxStringSize, e.ThreadMemLimit, e.InactiveTimeout = 10, 20, 40*time.Second
			})},
		{"0 ends none, though [General] would", "[General]\nInactiveTimeout=40\n[PROD]\nRpoDb=sql\nInactiveTimeout=0\n",
			with(func(*Environment, func(...string) string) {})},
		{"a limit of another unit is that of [General]", "[General]\nThreadMemLimit=100\n[PROD]\nSourcePath=\nThreadMemLimit=2147483648\n",
			with(func(e *Environment, _ func(...string) string) { e.ThreadMemLimit = 100 })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, got := environmentOf(t, tt.text, Options{})
			if want := tt.want(c.Dir); !reflect.DeepEqual(got, want) {
				t.Errorf("environment = %+v; want %+v", got, want)
			}
			if err := c.Err(); err != nil {
				t.Errorf("Err = %v; want none", err)
			}
		})
	}
}

func TestEnvironmentFindings(t *testing.T) {
	for text, want := range map[string][]string{
		"[PROD]\nSourcePath=x\nMaxStringSize=2048\n":                    {"3 error: the value is out of range; allowed: 1 to 2047"},
		"[PROD]\nSourcePath=x\nMaxStringSize=10MB\n":                    {"3 error: the value is not a number; allowed: 1 to 2047"},
		"[PROD]\nSourcePath=x\nThreadMemLimit=0\n":                      {"3 warning: the value is out of range, perhaps for one of another unit: that of [General] applies; allowed: 1 to 1048576 MiB"},
		"[PROD]\nSourcePath=x\nThreadMemLimit=2147483648\n":             {"3 warning: the value is out of range"},
		"[PROD]\nSourcePath=x\nThreadMemLimit=1GB\n":                    {"3 error: the value is not a number"},
		"[PROD]\nSourcePath=x\nInactiveTimeout=-1\n":                    {"3 error: the value is not a number; allowed: 0 to 31536000 seconds"},
		"[PROD]\nSourcePath=x\nMaxThreads=many\n":                       {"3 error: the value is not a number; allowed: 0 to 1000000"},
		"[PROD]\nSourcePath=x\nThreadMemLimit=\n":                       {"3 warning: the value is empty: that of [General] applies"},
		"[PROD]\nSourcePath=x\nMaxThreads=\n":                           {"3 warning: the value is empty: the default 0 applies"},
		"[PROD]\nSourcePath=${RPO}\n":                                   {"2 error: placeholders are not expanded"},
		"[A]\nSourcePath=x\nMaxThreads=a\n[B]\nMaxThreads=b\nRpoDb=c\n": {"3 error: the value is not a number", "5 error: the value is not a number"},
		"[PROD]\nSourcePath=x\nRpoCustom=\nRootPath=\nIncludePath=\n":   nil,
		"[PROD]\nIncludePath=ok;C:\\inc\nSourcePath=x\n":                foreignPaths("2 error: the value is a path of Windows"),
	} {
		c := load(t, text, Options{})
		checkFindings(t, c, want)
		if t.Failed() {
			t.Fatalf("of %q", text)
		}
	}
}

// What programs read of their environment is what the file says.
func TestEnvironmentStaysAsWritten(t *testing.T) {
	c, e := environmentOf(t, "[PROD]\nRootPath=\\data\\root\\\nSourcePath=x\n", Options{})
	for _, s := range c.Settings() {
		if s.Key == "RootPath" && s.Value != `\data\root\` {
			t.Errorf("RootPath in Settings = %q; want it as written", s.Value)
		}
	}
	if want := filepath.FromSlash("/data/root"); e.RootPath != want {
		t.Errorf("RootPath = %q; want %q", e.RootPath, want)
	}
}

// The files of the built-in environment are where the server's are.
func TestBuiltInRoot(t *testing.T) {
	for _, tt := range []struct {
		set  string
		want string
	}{
		{"General.DataPath=/srv/x", "/srv/x/root"},
		{"SAMPLE.RootPath=/other", "/other"},
		{"SAMPLE.RootPath=data/root", "data/root"},
	} {
		c, err := Load(Options{Set: []string{tt.set}, WorkDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		want := absolute(c.Dir, filepath.FromSlash(tt.want))
		if got := c.Environments[0].RootPath; got != want {
			t.Errorf("RootPath with %s = %q; want %q", tt.set, got, want)
		}
	}
}

// Sections of files that exist today: what makes them environments, and what does not.
func TestEnvironmentsByContent(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"[P12]\nSourcePath=apo\nRootPath=data\nStartPath=/system/\nRpoDb=Top\nRpoLanguage=Multi\nRpoVersion=120\n", []string{"P12"}},
		{"[P12.1.25]\nRpoVersion=120\n[_HOM-1]\nRPOCUSTOM=c.rpo\n[comp 99]\nstartpath=\\system\\\n", []string{"P12.1.25", "_HOM-1", "comp 99"}},
		{"[files only]\nRootPath=data\n", []string{"files only"}},
		{"[General]\nApp_Environment=named\n[named]\nx2_path=\n", []string{"named"}},
		{"[ENV]\nSourcePath=a\nMain=U_X\nType=WEB\nInstances=1,1\n", []string{"ENV"}},
		{"[OnStart]\nJobs=J\n[J]\nMain=U_X\nEnvironment=P\n[P]\nRpoLanguage=English\n", []string{"P"}},
		{"[HTTPSERVER]\nServers=s\n[s]\nLocations=l\n[l]\nPath=/\nRootPath=web\n", nil}, // a location has a RootPath too
		{"[HTTP]\nEnable=0\nPath=web\nRootPath=x\n[PROBAT]\nSOURCE_PATH=x\n", nil},
	} {
		var got []string
		for _, e := range load(t, tt.text, Options{}).Environments {
			got = append(got, e.Name)
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("environments of %q = %q; want %q", tt.text, got, tt.want)
		}
	}
}
