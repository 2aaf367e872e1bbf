// Package include holds the headers that AdvPL and TLPP sources include, such
// as protheus.ch and tlpp-core.th, inside the program.
//
// The headers are our own. They are written from the documented syntax of the
// commands and lower each command to calls of the documented classes and
// functions: DEFINE MSDIALOG becomes MsDialog():New(…), TCQUERY becomes
// DbUseArea(…). A source's own folders come before these headers, so that a site
// can put its own header in their place.
//
// The headers define neither functions, classes, web services, Default, BeginSql,
// Begin Sequence, Try, Begin Transaction, annotations, namespaces nor ?: these are
// part of the grammar.
package include

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed headers
var headers embed.FS

// Open returns the header that a source names, such as "TOTVS.CH". Case does not
// matter, and of a name with folders the last part counts. The caller must not
// change the bytes. The result is false if there is no such header.
func Open(name string) ([]byte, bool) {
	text, err := headers.ReadFile(path.Join("headers", base(name)))
	return text, err == nil
}

// base returns the last part of a path of either kind, in lower case.
func base(name string) string {
	name = strings.ToLower(name)
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// Names returns the names of all headers, in lower case and in order.
func Names() []string {
	entries, err := headers.ReadDir("headers")
	if err != nil {
		return nil // not reached: the folder is part of the program
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}
