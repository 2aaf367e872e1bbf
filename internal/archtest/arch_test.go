// Package archtest holds the import policy of the module. It has no code of its
// own: its test is the policy. docs/ARCHITECTURE.md explains it.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "appserver"

// allowed names, for each package, the other packages of the module that it may
// import. A package that is not listed may not exist.
var allowed = map[string][]string{
	// Programs wire everything.
	"cmd/appserver": {
		"internal/config", "internal/sslconf", "internal/certs", "internal/tlscheck", "internal/logging", "internal/datadir",
		"internal/mpp", "internal/httpport", "internal/grpcport", "internal/smartclient",
		"internal/webapp", "internal/rest", "internal/rest/route", "internal/rest/access", "internal/rest/openapi", "internal/exchange", "internal/monitor",
		"internal/store", "internal/license", "internal/natives/rest",
		"internal/advpl", "internal/advpl/source", "internal/advpl/check", "internal/advpl/build", "internal/advpl/repo",
		"internal/advpl/code", "internal/advpl/vm", "internal/advpl/lib", "internal/advpl/probat",
		"internal/advpl/eval", "internal/rootfs",
		"internal/auth", "internal/host", "internal/natives", "internal/natives/http", "internal/natives/rpc", "internal/rpc",
		"deploy", "programs",
	},
	"cmd/smartclient": {"internal/smartclient"},

	// Protocols take values and functions; they know neither leaves nor each other.
	"internal/mpp":         {},
	"internal/httpport":    {},
	"internal/grpcport":    {"api/appserver/v1"},
	"internal/smartclient": {},
	"internal/webapp":      {"internal/pages"},
	"internal/rest": {
		"internal/rest/route", "internal/rest/access", "internal/rest/openapi", "internal/exchange", "internal/host", "internal/auth", "internal/license", "internal/lograte",
		"internal/advpl/vm", "internal/advpl/lib", "internal/advpl/build", "internal/advpl/code", // the last two for programs in tests
	},
	"internal/rest/route":   {"internal/glob", "internal/exchange", "internal/advpl/code", "internal/advpl/vm", "internal/advpl/lib", "internal/advpl", "internal/advpl/build"}, // the last two for programs in tests
	"internal/rest/access":  {"internal/glob", "internal/lograte", "internal/auth", "internal/jwt", "internal/store"},
	"internal/rest/openapi": {"internal/pages", "internal/rest/route", "internal/advpl", "internal/advpl/build", "internal/advpl/code", "internal/advpl/vm"},
	"internal/monitor":      {},

	"internal/rpc": {
		"internal/glob", "internal/host", "internal/auth", "internal/shared", "internal/advpl/vm", "internal/advpl/lib", "api/appserver/v1", "api/appserver/rpc/v1",
	},

	// The host runs programs for the protocols.
	"internal/host": {
		"internal/auth", "internal/shared", "internal/rootfs",
		"internal/advpl/build", "internal/advpl/code", "internal/advpl/lib", "internal/advpl/repo", "internal/advpl/source", "internal/advpl/vm",
	},

	// Functions of programs that need the outside.
	"internal/natives/rest":   {"internal/exchange", "internal/odata", "internal/rest/route", "internal/host", "internal/advpl/code", "internal/advpl/vm", "internal/advpl/lib"},
	"internal/natives":        {"internal/natives/rest", "internal/natives/http", "internal/natives/rpc", "internal/natives/thread", "internal/advpl/lib", "internal/advpl/vm"},
	"internal/natives/http":   {"internal/host", "internal/advpl/vm", "internal/advpl/lib"},
	"internal/natives/rpc":    {"internal/host", "internal/rpc", "internal/advpl/vm", "internal/advpl/lib", "api/appserver/rpc/v1"}, // the last for a server in tests
	"internal/natives/thread": {"internal/host", "internal/shared", "internal/advpl/code", "internal/advpl/vm", "internal/advpl/lib"},

	// State.
	"internal/auth":     {"internal/glob", "internal/datadir", "internal/store", "internal/jwt", "internal/jwt/jwttest"},
	"internal/store":    {"internal/datadir"},
	"internal/license":  {"internal/lograte", "internal/jwt", "internal/jwt/jwttest", "internal/datadir"},
	"internal/exchange": {},
	"internal/shared":   {"internal/advpl/vm", "internal/advpl/lib"},

	// The language, usable alone: the front end and the virtual machine meet in
	// code, and know nothing of each other.
	"internal/advpl": {
		"internal/advpl/code", "internal/advpl/compile", "internal/advpl/lib", "internal/advpl/probat", "internal/advpl/vm",
	},
	"internal/advpl/source":  {},
	"internal/advpl/preproc": {"internal/advpl/source"},
	"internal/advpl/syntax":  {"internal/advpl/source", "internal/advpl/preproc"},
	"internal/advpl/check":   {"internal/advpl/source", "internal/advpl/preproc", "internal/advpl/syntax"},
	"internal/advpl/code":    {},
	"internal/advpl/compile": {
		"internal/advpl/source", "internal/advpl/preproc", "internal/advpl/syntax", "internal/advpl/code",
	},
	"internal/advpl/repo":    {"internal/advpl/code"},
	"internal/advpl/include": {},
	"internal/advpl/build": {
		"internal/advpl/source", "internal/advpl/preproc", "internal/advpl/syntax", "internal/advpl/check",
		"internal/advpl/compile", "internal/advpl/code", "internal/advpl/repo", "internal/advpl/include",
	},
	"internal/advpl/eval": {
		"internal/advpl", "internal/advpl/build", "internal/advpl/code", "internal/advpl/compile", "internal/advpl/lib",
		"internal/advpl/preproc", "internal/advpl/source", "internal/advpl/vm",
	},
	"internal/advpl/vm":     {"internal/advpl/code"},
	"internal/advpl/lib":    {"internal/advpl/code", "internal/advpl/vm", "internal/rootfs", "internal/keyfile"},
	"internal/advpl/probat": {"internal/advpl/code", "internal/advpl/lib", "internal/advpl/vm", "internal/rootfs"},

	// Leaves.
	"internal/config":      {"configs"},
	"internal/sslconf":     {},
	"internal/certs":       {"certs", "internal/keyfile"},
	"internal/keyfile":     {},
	"internal/tlscheck":    {},
	"internal/logging":     {},
	"internal/datadir":     {},
	"internal/rootfs":      {},
	"internal/odata":       {},
	"internal/glob":        {},
	"internal/lograte":     {},
	"internal/pages":       {},
	"internal/jwt":         {"internal/jwt/jwttest"}, // tests
	"internal/jwt/jwttest": {},

	// Beside: embedded files, generated code, tools and measurements.
	"api/appserver/v1":           {},
	"api/appserver/rpc/v1":       {},
	"certs":                      {},
	"certs/check":                {"certs"},
	"certs/generate":             {},
	"configs":                    {},
	"deploy":                     {"configs"},
	"programs":                   {},
	"internal/config/gendoc":     {"internal/config"},
	"internal/advpl/code/gendoc": {"internal/advpl/code"},
	"internal/advpl/lib/gendoc":  {"internal/advpl/lib"},
	"internal/archtest":          {},
	"bench/compare":              {},
	"bench/operations":           {"internal/advpl", "internal/advpl/build", "internal/advpl/vm", "internal/advpl/code"},
	"bench/flood":                {},
	"bench/lab":                  {},
	"bench/rpc":                  {"bench/lab", "api/appserver/rpc/v1"},
	"bench/rest":                 {"bench/lab"},
	"bench/host":                 {"internal/advpl", "internal/advpl/build", "internal/advpl/vm", "internal/advpl/code", "internal/host"},
	"test":                       {"api/appserver/rpc/v1", "internal/jwt/jwttest"},
}

// users names the packages that may import each module from outside. A
// dependency that is not listed here, and in docs/ARCHITECTURE.md with its
// reason, may not be used. Tests are free within the listed modules.
var users = map[string][]string{
	"github.com/antchfx/xpath":            {"internal/advpl/lib"},
	"github.com/coreos/go-systemd/v22":    {"cmd/appserver"},
	"github.com/andybalholm/brotli":       {"internal/rest"},
	"github.com/go-jose/go-jose/v4":       {"internal/jwt"},
	"github.com/jackc/pgx/v5":             {"internal/store"},
	"github.com/kardianos/service":        {"cmd/appserver"},
	"github.com/pressly/goose/v3":         {"internal/store"},
	"modernc.org/sqlite":                  {"internal/store"},
	"github.com/peterh/liner":             {"cmd/appserver"},
	"github.com/prometheus/client_golang": {"internal/monitor"},
	"github.com/rogpeppe/go-internal":     {}, // tests
	"github.com/smallstep/truststore":     {"cmd/appserver"},
	"github.com/soheilhy/cmux":            {"internal/mpp"},
	"github.com/spf13/cobra":              {"cmd/appserver", "cmd/smartclient"},
	"go.uber.org/goleak":                  {}, // tests
	"go.uber.org/zap": {
		"cmd/appserver", "internal/logging", "internal/mpp", "internal/httpport",
		"internal/grpcport", "internal/smartclient", "internal/monitor", "internal/host", "internal/rpc",
		"internal/rest", "internal/rest/access", "internal/auth", "internal/license", "internal/store",
	},
	"golang.org/x/crypto":                {"internal/keyfile", "internal/auth"},
	"golang.org/x/net":                   {"cmd/appserver"},
	"golang.org/x/sys":                   {"cmd/appserver", "internal/certs", "internal/mpp", "internal/httpport", "internal/datadir", "internal/monitor", "bench/lab"},
	"golang.org/x/text":                  {"internal/config", "internal/rest", "internal/pages", "internal/advpl", "internal/advpl/source", "internal/advpl/lib"},
	"google.golang.org/grpc":             {"bench/rpc", "internal/grpcport", "internal/rpc", "api/appserver/v1", "api/appserver/rpc/v1"},
	"google.golang.org/protobuf":         {"internal/grpcport", "internal/rpc", "api/appserver/v1", "api/appserver/rpc/v1"},
	"gopkg.in/ini.v1":                    {"internal/config"},
	"gopkg.in/natefinch/lumberjack.v2":   {"internal/logging"},
	"software.sslmate.com/src/go-pkcs12": {"internal/keyfile"},
}

// file is a Go file of the module with its imports.
type file struct {
	path, pkg  string // slash-separated, from the module's root
	test       bool
	imports    []string
	documented bool // has a package comment
}

func TestImports(t *testing.T) {
	for _, f := range moduleFiles(t) {
		edges, known := allowed[f.pkg]
		if !known {
			t.Errorf("%s: package %s is not in the policy; add it to the table in internal/archtest", f.path, f.pkg)
			continue
		}
		for _, imp := range f.imports {
			if msg := fault(f, edges, imp); msg != "" {
				t.Errorf("%s imports %s: %s", f.path, imp, msg)
			}
		}
	}
}

// fault says what is wrong with one import, or returns "".
func fault(f file, edges []string, imp string) string {
	if own, ok := strings.CutPrefix(imp, module+"/"); ok {
		if own == f.pkg || slices.Contains(edges, own) {
			return ""
		}
		if f.test && isLanguage(f.pkg) && isLanguage(own) {
			return "" // its tests go from the source text to the value
		}
		return "the policy does not allow it"
	}
	first, _, _ := strings.Cut(imp, "/")
	if !strings.Contains(first, ".") {
		return "" // standard library
	}
	for mod, pkgs := range users {
		if imp == mod || strings.HasPrefix(imp, mod+"/") {
			if f.test || slices.Contains(pkgs, f.pkg) {
				return ""
			}
			return "only these may: " + strings.Join(pkgs, ", ")
		}
	}
	return "the module is not among the dependencies that were decided on"
}

func isLanguage(pkg string) bool {
	return pkg == "internal/advpl" || strings.HasPrefix(pkg, "internal/advpl/")
}

func TestPolicyNamesWhatExists(t *testing.T) {
	exists := map[string]bool{}
	for _, f := range moduleFiles(t) {
		exists[f.pkg] = true
	}
	for pkg, edges := range allowed {
		for _, p := range append([]string{pkg}, edges...) {
			if !exists[p] {
				t.Errorf("the policy names %s, which does not exist", p)
			}
		}
	}
}

func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range moduleFiles(t) {
		documented[f.pkg] = documented[f.pkg] || f.documented
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

func TestDependenciesAreExplained(t *testing.T) {
	root := moduleRoot(t)
	mod := read(t, filepath.Join(root, "go.mod"))
	architecture := read(t, filepath.Join(root, "docs", "ARCHITECTURE.md"))
	direct, _, _ := strings.Cut(mod[strings.Index(mod, "require ("):], "\n)")
	for line := range strings.Lines(direct) {
		fields := strings.Fields(line)
		if len(fields) != 2 || strings.HasPrefix(fields[0], "require") {
			continue
		}
		if _, ok := users[fields[0]]; !ok {
			t.Errorf("go.mod requires %s, which the policy does not know", fields[0])
		}
		if !strings.Contains(architecture, fields[0]) {
			t.Errorf("docs/ARCHITECTURE.md does not say why %s is used", fields[0])
		}
	}
	for name := range users {
		if !strings.Contains(mod, name+" v") {
			t.Errorf("the policy knows %s, which go.mod does not require", name)
		}
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// moduleFiles parses the imports of every Go file of the module.
func moduleFiles(t *testing.T) []file {
	t.Helper()
	root := moduleRoot(t)
	var files []file
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && isModule(path) {
			return filepath.SkipDir // a module of its own: tools and measurements
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || path != root && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files = append(files, newFile(filepath.ToSlash(rel), syntax))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d Go files found below %s; the policy checks nothing", len(files), root)
	}
	return files
}

// isModule tells whether the folder has a go.mod.
func isModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func newFile(rel string, syntax *ast.File) file {
	f := file{path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go"), documented: syntax.Doc != nil}
	for _, imp := range syntax.Imports {
		path, _ := strconv.Unquote(imp.Path.Value) // the parser has checked it
		f.imports = append(f.imports, path)
	}
	return f
}
