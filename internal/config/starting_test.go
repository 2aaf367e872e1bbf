package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// plainStart is what the samples of the original pass, in short.
const plainStart = `{"HTTPSERVER":{"Enable":true,"Log":false,"Servers":["HTTP_REST"],"LoadJSON":false,"OldUrns":false},
"HTTP_REST":{"Port":9995,"HostName":"a name","Locations":["HTTP_ROOT"],"ContentTypes":"TYPES","Charset":"UTF-8"},
"HTTP_ROOT":{"Path":"/rest","RootPath":"/web","DefaultPage":["index.html"],"ThreadPool":"POOL","AllowMethods":["GET","PUT"],"CORS":["PAGES"]},
"POOL":{"MinThreads":2,"MaxThreads":4,"MinFreeThreads":0,"InactiveTimeout":30000,"AcceptTimeout":10000,"Slaves":["AUX"]},
"AUX":{"MinThreads":2},
"PAGES":{"AllowOrigins":["http://localhost:8080"],"AllowMethods":["GET","POST"]},
"TYPES":{"json":"application/json","*":"application/octet-stream"}}`

// readStart loads ini, and reads what a program of environment ENV starts.
func readStart(t *testing.T, ini string, s Start) (*Config, *Config) {
	t.Helper()
	c := load(t, ini+"\n[ENV]\nSourcePath=src\n", Options{})
	if s.Environment == "" {
		s.Environment = "ENV"
	}
	return c, c.ReadStart(s)
}

func TestReadStart(t *testing.T) {
	root := t.TempDir()
	c, got := readStart(t, "", Start{JSON: []byte(plainStart), Root: root})
	if err := got.Err(); err != nil {
		t.Fatalf("ReadStart: %v", err)
	}
	if len(got.REST.Listeners) != 1 || len(got.REST.Listeners[0].Mounts) != 1 {
		t.Fatalf("listeners = %+v; want one with one mount", got.REST.Listeners)
	}
	l := got.REST.Listeners[0]
	if l.Section != "HTTP_REST" || l.Port != 9995 || !reflect.DeepEqual(l.Addresses, []string{"127.0.0.1:9995"}) || l.ContentTypes[".json"] != "application/json" {
		t.Errorf("listener = %+v", l)
	}
	m := l.Mounts[0]
	if m.Path != "/rest" || m.Environment != "ENV" || !m.Security || m.RootPath != filepath.Join(root, "web") || m.DefaultPage != "index.html" ||
		!reflect.DeepEqual(m.Methods, []string{"GET", "PUT"}) || !reflect.DeepEqual(m.CORS.Origins, []string{"http://localhost:8080"}) {
		t.Errorf("mount = %+v", m)
	}
	if p := m.Pool; p.Instances.Min != 2 || p.Instances.Max != 4 || p.Idle != 30*time.Second || p.Wait != 10*time.Second {
		t.Errorf("pool = %+v", p)
	}
	if len(c.REST.Listeners) != 0 || len(c.Findings()) != len(load(t, "\n[ENV]\nSourcePath=src\n", Options{}).Findings()) {
		t.Errorf("the configuration itself has changed: %+v, %v", c.REST.Listeners, c.Findings())
	}
}

func TestReadStartAnybody(t *testing.T) {
	with := func(key string) []byte {
		return []byte(strings.Replace(plainStart, `"Port":9995,`, `"Port":9995,`+key, 1))
	}
	for _, tt := range []struct {
		name, ini, key string
		anybody, open  bool
	}{
		{name: "closed where users are known"},
		{name: "open where nobody is known", anybody: true, open: true},
		{name: "closed by the program", anybody: true, key: `"Security":1,`},
		{name: "with a function of its own", anybody: true, key: `"TlppData":{"Authorization":{"scheme":"basic","OnAuth":"U_AUTH"}},`},
		{name: "not where the network may reach it", anybody: true, ini: "[HTTPSERVER]\nAllowStart=1"},
		{name: "opened by the program", key: `"Security":0,`, open: true},
	} {
		_, got := readStart(t, tt.ini, Start{JSON: with(tt.key), Anybody: tt.anybody})
		if err := got.Err(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if m := got.REST.Listeners[0].Mounts[0]; m.Security == tt.open {
			t.Errorf("%s: Security=%v, OnAuth=%q; want open=%v", tt.name, m.Security, m.OnAuth, tt.open)
		}
	}
}

func TestReadStartAddresses(t *testing.T) {
	with := func(key string) []byte {
		return []byte(strings.Replace(plainStart, `"Port":9995,`, `"Port":9995,`+key, 1))
	}
	for _, tt := range []struct {
		name, ini, key string
		running        string
		want           []string // addresses
		fault          string
		notAllowed     bool
	}{
		{name: "by default on loopback", want: []string{"127.0.0.1:9995"}},
		{name: "an address of loopback", key: `"IpAddress":["127.0.0.2","::1"],`, want: []string{"127.0.0.2:9995", "[::1]:9995"}},
		{name: "another address", key: `"IpAddress":"10.0.0.1",`, fault: "jConfig: error: [HTTP_REST] IpAddress=10.0.0.1: programs may listen on loopback addresses only; the operator can set [HTTPSERVER] AllowStart=1 in the configuration", notAllowed: true},
		{name: "any address is allowed", ini: "[HTTPSERVER]\nAllowStart=1", want: []string{":9995"}},
		{name: "an address where any is allowed", ini: "[HTTPSERVER]\nAllowStart=1", key: `"IpAddress":"10.0.0.1",`, want: []string{"10.0.0.1:9995"}},
		{name: "nobody may", ini: "[HTTPSERVER]\nAllowStart=0", fault: "jConfig: error: [HTTPSERVER]: programs may not start servers here; the operator can set [HTTPSERVER] AllowStart=local or 1 in the configuration", notAllowed: true},
		{name: "one that runs goes on", ini: "[HTTPSERVER]\nAllowStart=0", running: "http_rest", want: []string{":9995"}},
		{name: "what the program says of it does not count", ini: "[HTTPSERVER]\nAllowStart=local", key: `"AllowStart":1,`, want: []string{"127.0.0.1:9995"}},
	} {
		_, got := readStart(t, tt.ini, Start{JSON: with(tt.key), Running: tt.running})
		var addresses []string
		for _, l := range got.REST.Listeners {
			addresses = append(addresses, l.Addresses...)
		}
		fault := ""
		if err := got.Err(); err != nil {
			fault, addresses = err.Error(), nil
		}
		if fault != tt.fault || !reflect.DeepEqual(addresses, tt.want) || got.MayNotStart() != tt.notAllowed {
			t.Errorf("%s: %q, %v, %v; want %q, %v, %v", tt.name, addresses, fault, got.MayNotStart(), tt.want, tt.fault, tt.notAllowed)
		}
	}
}

func TestReadStartFaults(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{`"Port":9995,`, `"Port":99950,`, "jConfig: error: [HTTP_REST] Port=99950: the value is out of range; allowed: 1 to 65535"},
		{`"Port":9995,`, ``, "[HTTP_REST] Port: a server of a program needs a port of its own; set Port to another"},
		{`"Port":9995,`, `"Port":1234,`, "a server of a program needs a port of its own: this is that of the multiprotocol port"},
		{`"Servers":["HTTP_REST"]`, `"Servers":["HTTP_RESTS"]`, "[HTTPSERVER] Servers=HTTP_RESTS: there is no section [HTTP_RESTS]; did you mean [HTTP_REST]?"},
		{`"Servers":["HTTP_REST"],`, ``, "[HTTPSERVER] Servers: no server is named"},
		{`"Enable":true`, `"Enable":false`, "[HTTPSERVER] Enable=0: nothing is started: Enable is 0"},
		{`"ThreadPool":"POOL"`, `"ThreadPool":"POLL"`, "there is no section [POLL]"},
		{`"POOL":{`, `"POOL":{"Environment":"ELSEWHERE",`, "[POOL] Environment=ELSEWHERE: there is no such environment"},
		{`"Log":false`, `"Log":false,"log":true`, `"log" of "HTTPSERVER" is there twice, in another case`},
		{`"AUX":{`, `"aux":{},"AUX":{`, `"AUX" is there twice, in another case`},
		{`"AUX":{`, `"AUX":1,"AUY":{`, `"AUX" is no JSON object of keys`},
		{`["GET","PUT"]`, `[["GET"]]`, `"AllowMethods" of "HTTP_ROOT" is no list of texts`},
		{`"TYPES":{`, `"TYPES":`, "the servers cannot be read"},
	} {
		_, got := readStart(t, "[TCP]\nPort=1234\n[Drivers]\nActive=TCP", Start{JSON: []byte(strings.Replace(plainStart, tt.old, tt.new, 1))})
		if err := got.Err(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %s: %v; want %s", tt.new, tt.old, err, tt.want)
		}
	}
	big := Start{JSON: []byte(`{"X":{"Y":"` + strings.Repeat("y", maxFile) + `"}}`)}
	if _, got := readStart(t, "", big); got.Err() == nil || !strings.Contains(got.Err().Error(), "is larger than") {
		t.Errorf("a large one: %v", got.Err())
	}
}

// Files that a program names are those that it sees.
func TestReadStartFiles(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "data.json"), []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "secret.json"), []byte(`{"secret":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct{ data, root, want string }{
		{"data.json", root, `{"a":1}`},
		{`\data.json`, root, `{"a":1}`},
		{"data.json", "", "data.json"},
		{"../" + filepath.Base(outside) + "/secret.json", root, "../" + filepath.Base(outside) + "/secret.json"},
		{filepath.Join(outside, "secret.json"), root, filepath.Join(outside, "secret.json")},
		{"link/secret.json", root, "link/secret.json"},
	} {
		text := strings.Replace(plainStart, `"Port":9995,`, `"Port":9995,"UserData":`+string(quoted(tt.data))+`,`, 1)
		_, got := readStart(t, "", Start{JSON: []byte(text), Root: tt.root})
		if len(got.REST.Listeners) != 1 {
			t.Fatalf("%s: %v", tt.data, got.Err())
		}
		if data := got.REST.Listeners[0].Mounts[0].UserData; data != tt.want {
			t.Errorf("UserData %s = %s; want %s", tt.data, data, tt.want)
		}
	}
	for _, folder := range []string{`C:\web`, "../web", "link", `\\server\web`} {
		text := strings.Replace(plainStart, `"RootPath":"/web"`, `"RootPath":`+string(quoted(folder)), 1)
		_, got := readStart(t, "", Start{JSON: []byte(text), Root: root})
		if err := got.Err(); err != nil || got.REST.Listeners[0].Mounts[0].RootPath != "" {
			t.Errorf("RootPath %s = %q, %v; want none, and no error", folder, got.REST.Listeners[0].Mounts[0].RootPath, err)
		}
		if !strings.Contains(findingTexts(got), "[HTTP_ROOT] RootPath=") {
			t.Errorf("RootPath %s: %s; want a warning", folder, findingTexts(got))
		}
	}
	text := strings.Replace(plainStart, `"Port":9995,`, `"Port":9995,"SslCertificate":"/etc/../../x.pem",`, 1)
	if _, got := readStart(t, "", Start{JSON: []byte(text), Root: root}); got.Err() == nil || !strings.Contains(got.Err().Error(), "leaves the root path") {
		t.Errorf("a certificate outside: %v", got.Err())
	}
}

func TestReadStartAlso(t *testing.T) {
	_, got := readStart(t, "", Start{JSON: []byte(plainStart), Also: "/myrest/"})
	mounts := got.REST.Listeners[0].Mounts
	if len(mounts) != 2 || mounts[0].Path != "/myrest" || mounts[1].Path != "/rest" || mounts[0].Pool.Name != mounts[1].Pool.Name || mounts[0].RootPath != "" {
		t.Errorf("mounts = %+v", mounts)
	}
	if _, got := readStart(t, "", Start{JSON: []byte(plainStart), Also: "/../x"}); got.Err() == nil {
		t.Error("a path with .. is accepted")
	}
}

func TestLoadURNs(t *testing.T) {
	const server = "[HTTPSERVER]\nServers=S\n[ENV]\nSourcePath=src\n[S]\nPort=9000\nIpAddress=127.0.0.1\nLocations=L\n[L]\nPath=/\nThreadPool=P\n[P]\nEnvironment=ENV\n"
	read := func(urns string) (*Config, []RESTRoute) {
		c := load(t, strings.Replace(server, "Port=9000", "Port=9000\nLoadURNs="+urns, 1), Options{})
		for _, l := range c.REST.Listeners {
			for _, m := range l.Mounts {
				if m.Path == "/" {
					return c, m.Routes
				}
			}
		}
		return c, nil
	}
	c, got := read(`{"/users/:id":{"get":{"ProgramType":0,"ClassName":"","Function":"U_GETUSER","EndPoint":["users",":id"]},"PUT":{"Function":"rest.u_put()"}},"/class/*":{"GET":{"ProgramType":1,"ClassName":"dyn","Function":"answer"}}}`)
	want := []RESTRoute{
		{Section: "S", Method: "GET", Path: "/users/:id", EndPoint: []string{"users", ":id"}, Function: "U_GETUSER"},
		{Section: "S", Method: "PUT", Path: "/users/:id", Function: "rest.u_put"},
		{Section: "S", Method: "GET", Path: "/class/*", Class: "dyn", Function: "answer"},
	}
	if err := c.Err(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("routes = %+v, %v; want %+v", got, err, want)
	}
	for _, tt := range []struct{ urns, want string }{
		{`{"/a":{"GET":{}}}`, `has at "/a", "GET", no Function`},
		{`{"/a":{"TRACE":{"Function":"U_A"}}}`, "no method of HTTP"},
		{`{"/a":{"GET":{"Function":"U_A","ProgramType":1}}}`, "ProgramType 1 without ClassName"},
		{`{"/a":{"GET":{"Function":"U_A","ProgramType":2}}}`, "neither 0"},
		{`{"/a":{"GET":{"Function":"U A"}}}`, "no Function"},
		{`{"/a":{"GET":{"Function":7}}}`, "cannot be read"},
		{`{"/a":7}`, "no JSON object of methods"},
		{`{"/a":{},"/a":{}}`, "is there twice"},
		{`missing.json`, "no file of that name"},
	} {
		if c, _ := read(tt.urns); c.Err() == nil || !strings.Contains(c.Err().Error(), tt.want) {
			t.Errorf("LoadURNs=%s: %v; want %s", tt.urns, c.Err(), tt.want)
		}
	}
}

func FuzzReadStart(f *testing.F) {
	f.Add(plainStart)
	f.Add(`{"HTTPSERVER":{"Servers":"A"},"A":{"Port":1,"Locations":"B","LoadURNs":{"/x/*":{"GET":{"Function":"U_X","EndPoint":["x",":y"]}}}},"B":{"ThreadPool":"P"},"P":{}}`)
	f.Add(`{"":{"":[]}}`)
	f.Add(`{"A":null}`)
	c, err := Load(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := c.ReadStart(Start{JSON: []byte(text), Environment: "SAMPLE", Root: "/nowhere"})
		for _, l := range got.REST.Listeners {
			for _, m := range l.Mounts {
				if got.Err() == nil && m.RootPath != "" && !strings.HasPrefix(m.RootPath, "/nowhere") {
					t.Errorf("%q has files of %s served", text, m.RootPath)
				}
			}
		}
	})
}

// quoted returns s as JSON.
func quoted(s string) []byte {
	b, _ := json.Marshal(s) // of a string it cannot fail
	return b
}

func findingTexts(c *Config) string {
	var lines []string
	for _, f := range c.Findings() {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}
