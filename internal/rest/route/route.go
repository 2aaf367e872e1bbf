// Package route finds what of the programs answers HTTP requests: annotated TLPP functions,
// classic REST services and Logix routes, and which of them a request means.
package route

import (
	"slices"
	"strings"

	"appserver/internal/exchange"
)

// Model is a way in which programs declare what they answer.
type Model string

const (
	TLPP    Model = "tlpp"    // @Get("/x/:id") before a function or method
	Classic Model = "classic" // WSRESTFUL … WSMETHOD … END WSRESTFUL
	Logix   Model = "logix"   // a router function <module>_<version>_<resource>
)

// Route is one thing that programs answer. It is immutable. Its texts are UTF-8.
type Route struct {
	Model  Model
	Method string // upper case
	// Path is that below where the route is mounted, with a slash in front:
	// "/orders/:id" (TLPP), "/orders/{id}" (classic), "/api/wms/v1/sizes/normal/*" (Logix).
	Path  string
	Query string // Logix: "fields=*,order=name"; what the query must have
	Func  string // upper case, as Program.Lookup takes it; "" if Class is set
	Class string // upper case: of the method that answers
	Name  string // of the method, upper case, as Thread.Send takes it

	Params   []Param  // that are declared: of the path in their order, then others
	Receive  []string // classic: what WSRECEIVE, PATHPARAM, QUERYPARAM and HEADERPARAM name
	Security string   // classic: SECURITY of the service, the name of a routine
	SSLOnly  bool     // classic: SSL ONLY of the service
	TTalk    bool     // classic: errors have the members of TLPP's (TTALK "v1")
	Loaded   bool     // the configuration declares it (LoadURNs), no annotation
	Open     bool     // classic: what follows the path is the service's business (no PATH)
	Produces string   // media type that is declared, or ""

	Service     string     // what the route belongs to, for people: "Orders", "sample.orders"
	About       string     // description of the service
	Title       string     // of the route, in a few words
	Description string     // of the route
	Syntax      string     // classic: WSSYNTAX, a description of its URLs
	Responses   []Response // that are declared

	File string // of the declaration
	Line int
}

// Param is a parameter of a route.
type Param struct {
	Name     string // as declared
	In       string // path, query or header
	Type     string // string, integer, number, boolean, date or ""
	Optional bool
	Title    string // for people
}

// Response is an answer that a route declares.
type Response struct {
	Status int // 100 to 599
	Title  string
}

// WebService names the classic service of the route, as patterns of what is public name it;
// "" if it is none, or r is nil.
func (r *Route) WebService() string {
	if r == nil || r.Model != Classic {
		return ""
	}
	return r.Class
}

// Handler names the function or method of the route, for people: "U_GETORDER", "ORDERS:GET".
func (r *Route) Handler() string {
	if r.Class != "" {
		return r.Class + ":" + r.Name
	}
	return r.Func
}

// Match is the route that a request means.
type Match struct {
	Route    *Route          // nil: there is none
	Params   []exchange.Pair // of the path, decoded, in order; Name is "" if the route gives none
	Segments []string        // of the path, decoded
	// Rest are the segments after the name of a classic service (aURLParms), or after the
	// resource of a Logix route (pathParams); nil for others.
	Rest []string
}

// Declared returns the segments of the path as its route was declared. A Logix route is also
// reached by another root and by another name of its module; other routes by no other path.
func (m *Match) Declared() []string {
	if m.Route == nil || m.Route.Model != Logix {
		return m.Segments
	}
	return slices.Concat([]string{logixRoots[0]}, strings.SplitN(m.Route.Service, "_", 3), m.Rest)
}
