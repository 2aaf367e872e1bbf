package lib

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// namesTSV lists the names of functions of the original product: those that its
// server is known to implement natively, those that public programs call most, and
// what of its framework they call; with how often 3,295 public sources call each, and
// the area to which we count it.
//
//go:embed names.tsv
var namesTSV string

// An Area is a group of functions. It says what they need.
type Area struct {
	Name  string // "text"
	Title string // for people
	Alone bool   // needs no database, screen, network or client
}

// Areas returns the areas of Names, in the order in which people should read them.
func Areas() []Area {
	return []Area{
		{"text", "Text", true},
		{"number", "Numbers", true},
		{"date", "Dates and times", true},
		{"array", "Arrays", true},
		{"type", "Types, classes and objects", true},
		{"program", "Programs: calls, errors, output", true},
		{"json", "JSON and hash maps", true},
		{"xml", "XML", true},
		{"crypto", "Digests, ciphers, compression", true},
		{"file", "Files, settings, archives", true},
		{"server", "The server", true},
		{"thread", "Threads and shared values", true},
		{"test", "Unit tests", true},
		{"database", "Tables, dictionary, users", false},
		{"screen", "Screen and printer", false},
		{"network", "Network and web services", false},
		{"client", "The client's computer", false},
		{"erp", "Business modules", false},
	}
}

// Name is a function of the original product.
type Name struct {
	Name  string `json:"name"` // upper case
	Calls int    `json:"calls"`
	Area  string `json:"area"`
	Here  bool   `json:"here"` // programs find it: Doc knows it
}

// Names returns the names of functions of the original product, those called most
// first.
func Names() []Name {
	here := map[string]bool{}
	for _, name := range Documented() {
		here[name] = true
	}
	names := parseNames()
	for i := range names {
		names[i].Here = here[names[i].Name]
	}
	return names
}

// parseNames reads names.tsv; whether the functions are here it does not know.
func parseNames() []Name {
	lines := strings.Split(strings.TrimSpace(namesTSV), "\n")[1:]
	names := make([]Name, len(lines))
	for i, line := range lines {
		n, err := parseName(line)
		if err != nil {
			panic("names.tsv: " + err.Error()) // it is part of the program
		}
		names[i] = n
	}
	return names
}

// areaOf returns the area of each of Names.
var areaOf = sync.OnceValue(func() map[string]string {
	areas := map[string]string{}
	for _, n := range parseNames() {
		areas[n.Name] = n.Area
	}
	return areas
})

// elsewhere says that name, which is no function here, is one of the original product,
// or returns "".
func elsewhere(name string) string {
	area, ok := areaOf()[name]
	if !ok {
		return ""
	}
	return "it is a function of the original product that does not exist here yet (" + area + ")"
}

// parseName reads a line of names.tsv.
func parseName(line string) (Name, error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 3 {
		return Name{}, fmt.Errorf("%q has not three fields", line)
	}
	calls, err := strconv.Atoi(fields[1])
	return Name{Name: fields[0], Calls: calls, Area: fields[2]}, err
}

// docsText holds the comments of the functions and classes, of this package and of those
// that need the application host, made by gendoc: for each a line with its names and then
// the text, with form feeds between them.
//
//go:embed functions.txt
var docsText string

// Doc returns what the function or class with the name, in any case, does: its signature
// and the text about it.
func Doc(name string) (string, bool) {
	for entry := range strings.SplitSeq(docsText, "\f") {
		names, text, _ := strings.Cut(entry, "\n")
		for n := range strings.FieldsSeq(names) {
			if strings.EqualFold(n, name) {
				return strings.TrimSpace(text), true
			}
		}
	}
	return "", false
}

// Documented returns the names that Doc knows, in upper case.
func Documented() []string {
	var all []string
	for entry := range strings.SplitSeq(docsText, "\f") {
		names, _, _ := strings.Cut(entry, "\n")
		all = append(all, strings.Fields(names)...)
	}
	return all
}
