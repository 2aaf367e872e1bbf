// Package advpl joins the parts of the language for those who run programs: it
// links compiled units with the core library, and gives threads the compiler that
// macros need.
//
// Sources are compiled by package build; what a program may use is set in
// vm.Options.
package advpl

import (
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Link makes a program of units and the core library.
func Link(units []*code.Unit) (*vm.Program, error) {
	return vm.Link(units, lib.Library())
}

// NewThread makes a thread of the program that can compile macros.
func NewThread(p *vm.Program, o vm.Options) *vm.Thread {
	o.Compile = func(text string, mode vm.MacroMode) (*code.Func, error) {
		return compile.Macro(text, compile.MacroMode(mode))
	}
	return p.NewThread(o)
}

// Text returns the AdvPL string for a text in UTF-8: characters outside cp1252
// become question marks.
func Text(s string) vm.Value {
	encoded, err := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).String(s)
	if err != nil { // not UTF-8: taken as it is
		return vm.Str(s)
	}
	return vm.Str(strings.ReplaceAll(encoded, "\x1a", "?"))
}

// Output returns a writer that turns what programs print, cp1252, to UTF-8 and
// writes it to w.
func Output(w io.Writer) io.Writer {
	return transform.NewWriter(w, charmap.Windows1252.NewDecoder())
}
