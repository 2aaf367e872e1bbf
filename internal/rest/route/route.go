// Package route finds what of the programs answers HTTP requests: annotated TLPP functions,
// classic REST services and Logix routes, and which of them a request means.
package route

// Model is a way in which programs declare what they answer.
type Model string

const (
	TLPP    Model = "tlpp"    // @Get("/x/:id") before a function or method
	Classic Model = "classic" // WSRESTFUL … WSMETHOD … END WSRESTFUL
	Logix   Model = "logix"   // a router function <module>_<version>_<resource>
)

// Route is one thing that programs answer. It is immutable.
type Route struct {
	Model  Model
	Method string // upper case
	Path   string // as declared, below where it is mounted: "/orders/:id", "/orders/{id}", "/api/wms/v1/sizes/normal/*"
	Query  string // Logix: "fields=*,order=name"; what the query must have
	Func   string // upper case, as Program.Lookup takes it; "" if Class is set
	Class  string // upper case: of the method that answers
	Name   string // upper case, of the method

	Params   []Param  // of path and query, as far as they are declared
	Receive  []string // Classic: what WSRECEIVE names, which the request's query fills
	Security string   // Classic: SECURITY of the service, the name of a routine
	Title    string   // description, for people
	Produces string   // media type that is declared, or ""

	File string // of the declaration
	Line int
}

// Param is a parameter of a route.
type Param struct {
	Name     string // as declared
	In       string // path or query
	Type     string // string, number, boolean, date or ""
	Optional bool
	Title    string // for people
}

// Handler names the function or method of the route, for people: "U_GETORDER", "ORDERS:GET".
func (r *Route) Handler() string {
	if r.Class != "" {
		return r.Class + ":" + r.Name
	}
	return r.Func
}
