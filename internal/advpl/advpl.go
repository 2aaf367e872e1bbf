// Package advpl joins the parts of the language for those who run programs: it
// links compiled units with the core library, and gives threads the compiler that
// macros need.
//
// Sources are compiled by package build; what a program may use is set in
// vm.Options.
package advpl

import (
	"io"
	"maps"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/vm"
)

// Link makes a program of units, the core library, the functions of unit tests, and what
// the functions in more add to the library.
func Link(units []*code.Unit, more ...func(*vm.Library)) (*vm.Program, error) {
	library := lib.Library()
	maps.Copy(library.Funcs, probat.Functions())
	for _, add := range more {
		add(library)
	}
	return vm.Link(units, library)
}

// NewThread makes a thread of the program that can compile macros.
func NewThread(p *vm.Program, o vm.Options) *vm.Thread {
	return p.NewThread(WithMacros(o))
}

// WithMacros returns o with the compiler of macros, for those that make threads
// themselves.
func WithMacros(o vm.Options) vm.Options {
	o.Compile = func(text string, mode vm.MacroMode) (*code.Func, error) {
		return compile.Macro(text, compile.MacroMode(mode))
	}
	return o
}

// Release gives back what the thread's programs have left open, files above all. The host
// calls it when it is done with the thread.
func Release(t *vm.Thread) error { return lib.Release(t) }

// Text returns the AdvPL string for a text in UTF-8: characters outside cp1252
// become question marks. A text that is not UTF-8 is taken as it is.
func Text(s string) vm.Value {
	if !utf8.ValidString(s) {
		return vm.Str(s)
	}
	encoded, err := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).String(s)
	if err != nil {
		return vm.Str(s)
	}
	return vm.Str(strings.ReplaceAll(encoded, "\x1a", "?"))
}

// Output returns a writer that turns what programs print, cp1252, to UTF-8 and
// writes it to w.
func Output(w io.Writer) io.Writer {
	return transform.NewWriter(w, charmap.Windows1252.NewDecoder())
}
