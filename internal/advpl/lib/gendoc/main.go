// Command gendoc writes docs/functions.md, the manual of the library, and the text that
// the command "lib show" shows, from the comments of the natives: those of the core
// library, and those that need the application host.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/lib"
)

//go:embed head.md
var head string

func main() {
	log.SetFlags(0)
	log.SetPrefix("gendoc: ")
	source := flag.String("source", strings.Join(folders, ","), "`folders` of the packages, with commas")
	manual := flag.String("manual", "../../../docs/functions.md", "`file` to write the manual to")
	text := flag.String("text", "functions.txt", "`file` to write the entries to")
	flag.Parse()
	entries, err := readAll(strings.Split(*source, ","))
	if err != nil {
		log.Fatal(err)
	}
	err = errors.Join(
		os.WriteFile(*manual, document(entries), 0o644),
		os.WriteFile(*text, plain(entries), 0o644),
	)
	if err != nil {
		log.Fatal(err)
	}
}

// folders are those of the packages with natives, seen from the core library's.
var folders = []string{".", "../../natives/thread", "../../natives/http", "../../natives/rest", "../../natives/rpc"}

// entry is what is to be said of a function or class.
type entry struct {
	names     []string // upper case; the first is the one that the comment uses
	signature string   // "AllTrim(cText)"
	text      string   // what follows the arrow of the signature
	class     bool
}

// readAll reads the packages in the folders. No two of them may have a name in common.
func readAll(folders []string) ([]*entry, error) {
	var all []*entry
	var errs []error
	seen := make(map[string]string)
	for _, folder := range folders {
		entries, err := read(folder)
		errs = append(errs, err)
		for _, name := range namesIn(entries) {
			if other, ok := seen[name]; ok {
				errs = append(errs, fmt.Errorf("%s is in %s and in %s", name, other, folder))
			}
			seen[name] = folder
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(a.names[0], b.names[0]) })
	return all, errors.Join(errs...)
}

func namesIn(entries []*entry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.names...)
	}
	return names
}

// read reads the tables of the package and the comments of what they name.
func read(folder string) ([]*entry, error) {
	files, err := parse(folder)
	if err != nil {
		return nil, err
	}
	comments := make(map[string]string)
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				comments[fn.Name.Name] = fn.Doc.Text()
			}
		}
	}
	r := reader{comments: comments, found: make(map[string]*entry)}
	for _, f := range files {
		ast.Inspect(f, r.visit)
	}
	for _, e := range r.entries {
		e.normal()
	}
	return r.entries, errors.Join(r.errs...)
}

func parse(folder string) ([]*ast.File, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// reader collects the entries of tables.
type reader struct {
	comments map[string]string // by Go name
	found    map[string]*entry // by Go name
	entries  []*entry
	errs     []error
}

// visit looks for the composite literals of tables: table{"NAME": goName}.
func (r *reader) visit(n ast.Node) bool {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return true
	}
	class := isClassTable(lit.Type)
	if !class && !isNamed(lit.Type, "table") {
		return true
	}
	for _, e := range lit.Elts {
		if err := r.line(e, class); err != nil {
			r.errs = append(r.errs, err)
		}
	}
	return true
}

// line reads a line of a table.
func (r *reader) line(e ast.Expr, class bool) error {
	pair, ok := e.(*ast.KeyValueExpr)
	if !ok {
		return errors.New("a table has a line without a name")
	}
	key, ok := pair.Key.(*ast.BasicLit)
	if !ok {
		return errors.New("a name in a table is not a string")
	}
	name, err := strconv.Unquote(key.Value)
	if err != nil {
		return err
	}
	value, ok := pair.Value.(*ast.Ident)
	if !ok {
		return fmt.Errorf("%s: the table must name a function, whose comment is its manual", name)
	}
	return r.add(name, value.Name, class)
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// isClassTable tells whether e is map[string]class.
func isClassTable(e ast.Expr) bool {
	m, ok := e.(*ast.MapType)
	return ok && isNamed(m.Value, "class")
}

// add enters a name of the function goName.
func (r *reader) add(name, goName string, class bool) error {
	if e := r.found[goName]; e != nil {
		e.names = append(e.names, name)
		return nil
	}
	comment := strings.Replace(strings.TrimSpace(r.comments[goName]), "\n→ ", " → ", 1) // of a long signature
	signature, text, ok := strings.Cut(comment, " → ")
	if !ok || strings.Contains(signature, "\n\n") {
		return fmt.Errorf("%s: the comment of %s does not begin with \"%s(…) → …\"", name, goName, name)
	}
	e := &entry{[]string{name}, strings.ReplaceAll(signature, "\n", " "), text, class}
	r.found[goName] = e
	r.entries = append(r.entries, e)
	return nil
}

// normal puts the name first that the signature begins with.
func (e *entry) normal() {
	own, _, _ := strings.Cut(e.signature, "(")
	slices.Sort(e.names)
	if i := slices.Index(e.names, strings.ToUpper(own)); i > 0 {
		e.names = slices.Concat(e.names[i:i+1], e.names[:i], e.names[i+1:])
	}
}

// document returns the manual.
func document(entries []*entry) []byte {
	area := make(map[string]string)
	for _, n := range lib.Names() {
		area[n.Name] = n.Area
	}
	var b bytes.Buffer
	b.WriteString(head)
	sections := slices.Concat([]lib.Area{{Name: "class", Title: "Classes"}}, lib.Areas(), []lib.Area{{Title: "What headers lower commands to"}})
	for _, a := range sections {
		title := "\n## " + a.Title + "\n"
		for _, e := range entries {
			of := area[e.names[0]]
			if e.class {
				of = "class"
			}
			if of == a.Name {
				b.WriteString(title)
				title = ""
				e.write(&b)
			}
		}
	}
	return b.Bytes()
}

// write writes the entry in Markdown.
func (e *entry) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n**`%s`** → %s", e.signature, escape(e.text))
	if len(e.names) > 1 {
		fmt.Fprintf(b, "\nAlso: `%s`.", strings.Join(e.names[1:], "`, `"))
	}
	b.WriteByte('\n')
}

var (
	markdown = strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;", "&", "&amp;")
	listItem = regexp.MustCompile(`^([0-9]*)([-+.)#] )`)
)

// escape keeps Markdown from reading text as its own signs. Lines that begin with a tab
// are code and stay as they are.
func escape(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "\t") {
			lines[i] = listItem.ReplaceAllString(markdown.Replace(line), `$1\$2`)
		}
	}
	return strings.Join(lines, "\n")
}

// plain returns the entries as lib.Doc reads them: the names, then the text, with a form
// feed between two entries.
func plain(entries []*entry) []byte {
	var b bytes.Buffer
	for i, e := range entries {
		if i > 0 {
			b.WriteByte('\f')
		}
		fmt.Fprintf(&b, "%s\n%s → %s\n", strings.Join(e.names, " "), e.signature, e.text)
	}
	return b.Bytes()
}
