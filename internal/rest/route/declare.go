package route

import "fmt"

// Bounds of what router functions declare.
const (
	maxDeclarations = 1000 // of one router
	maxGlob         = 1024 // bytes of a path or query
)

// Declaration is a route that a Logix router function declares.
type Declaration struct {
	Method string // in any case
	Path   string // glob of what follows the resource
	Query  string // globs of what the query must have: "fields=*,order=name"
	Func   string // that answers, as a program would call it
}

// Declarations takes what a router function declares. The zero value is empty.
type Declarations struct{ list []Declaration }

// Reset takes back all that was declared.
func (d *Declarations) Reset() { d.list = nil }

// Declare adds a route. The error says that there are too many, or one is too long.
func (d *Declarations) Declare(method, path, query, function string) error {
	if len(d.list) >= maxDeclarations {
		return fmt.Errorf("a router cannot declare more than %d routes", maxDeclarations)
	}
	if len(path) > maxGlob || len(query) > maxGlob {
		return fmt.Errorf("path and query of a route cannot be longer than %d bytes", maxGlob)
	}
	d.list = append(d.list, Declaration{method, path, query, function})
	return nil
}

// List returns what was declared, in order.
func (d *Declarations) List() []Declaration { return d.list }
