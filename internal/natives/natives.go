// Package natives joins the functions and classes of programs that need more than the
// core library has: threads, other servers, HTTP, requests that they answer.
package natives

import (
	"maps"

	"appserver/internal/advpl/vm"
	"appserver/internal/natives/http"
	"appserver/internal/natives/rest"
	"appserver/internal/natives/rpc"
	"appserver/internal/natives/thread"
)

// Options are what the natives reach the outside with.
type Options struct {
	HTTP http.Options
	RPC  rpc.Options
	REST rest.Options
}

// Add adds the functions and classes to a library.
func Add(l *vm.Library, o Options) {
	maps.Copy(l.Funcs, thread.Functions())
	for _, t := range []*vm.Library{http.Library(o.HTTP), rest.Library(o.REST), rpc.Library(o.RPC)} {
		maps.Copy(l.Funcs, t.Funcs)
		maps.Copy(l.Classes, t.Classes)
	}
}
