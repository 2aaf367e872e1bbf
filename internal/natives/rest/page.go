package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/odata"
	"appserver/internal/rest/route"
)

var pageClasses = map[string]class{
	"RESTPAGE": newRestPage,
}

// page is an object of RestPage: what a request asks of a list. Text is UTF-8.
type page struct {
	self  vm.Value
	limit pageLimits
	fault string // why the query cannot be answered; ""

	number, size int
	order        []orderBy
	fields       []string // asked for; empty: all
	filter       *odata.Filter
	equal        []exchange.Pair // fields that must have a value
	search       string          // text that one of limit.search must contain; ""

	bytes int // about what all this takes
}

// orderBy is a field that a list is ordered by.
type orderBy struct {
	field string
	down  bool
}

// pageLimits are the options of a page.
type pageLimits struct {
	size, most int
	fields     []string // that there are; empty: any
	search     []string // in which "filter" is looked for as text; empty: it is an expression
}

// Bounds of what a query can ask for.
const (
	defaultPageSize = 20
	defaultMostSize = 100
	maxPageSize     = 10_000
	maxPageNumber   = 1_000_000
	maxOrder        = 20
	maxFields       = 200
	pageBytes       = 1024
)

// RestPage():New([jOptions]) → an object that says what the request of the thread asks of a list,
// with the parameters page, pageSize, order, fields, filter and $filter of its query. jOptions
// may have the names
//
//	pageSize      how many items a page has if the request does not say; 20
//	maxPageSize   the most it may have: more is taken for that; 100, 10,000 at most
//	fields        an array of the names of fields that there are: others in order, fields and
//	              filters are an error, and name=value in the query is a filter of a field; without
//	              it any field may be named, and name=value is not looked at
//	search        an array of fields: one of them must contain the text of the parameters
//	              filter or search, in any case; without it filter is the same as $filter
//	query         a JSON object with the parameters, in place of the request's query
//
// Its methods:
//
//	IsValid()               whether the query makes sense
//	GetError()              why not, for people; "" if it does
//	GetPage(), GetPageSize()  the number of the page, from 1, and how many items it has
//	GetOffset()             how many items come before the page
//	GetOrder()              an array of {cField, lDescending}
//	GetFields()             an array of the fields that are asked for; empty: all
//	GetFilter()             the expression of $filter as a tree of JSON objects, NIL if there is none
//	GetFilters()            a JSON object of the fields that must have a value: name=value
//	GetSearch()             the text to search for, "" if there is none
//	Matches(jItem)          whether an item passes all filters
//	Select(jItem)           a JSON object with those fields of an item that are asked for
//	Apply(aItems)           the page of a list in memory: a JSON object {"items", "hasNext"}; the list
//	                        is filtered, ordered, cut to the page, and its items to the fields
//	Result(aItems, lHasNext)  the same of a page that the program has made itself: its items
//	                        are only cut to the fields
//	Answer(aItems)          Apply, made the answer to the request; .F. if the query makes no sense:
//	                        then the answer is Fault()
//	Fault()                 makes {"code", "message", "detailedMessage"} with status 400 the answer
//
// Items are JSON objects; a field may be one within another: "city/name", "city.name". The tree
// of GetFilter has nodes {"op": "and", "left": …, "right": …}, with op one of and, or, eq, ne, gt,
// ge, lt, le; {"op": "not", "operand": …}; {"function": "contains", "arguments": […]};
// {"field": "city/name"}; and {"value": …, "type": "string"} or null, boolean, number, date. The
// guide to REST programs has the language of $filter. Source: decided here, after the guide to
// APIs of TDN.
func newRestPage(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(pageBytes); err != nil {
		return vm.Value{}, err
	}
	p := &page{number: 1, size: defaultPageSize, bytes: pageBytes}
	p.self = vm.NewNative(p)
	return p.self, nil
}

// pageMethods are the methods, by upper-case name.
var pageMethods = map[string]func(p *page, t *vm.Thread, fn string, a vm.Args) (vm.Value, error){
	"NEW":         (*page).begin,
	"ISVALID":     func(p *page, _ *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return vm.Bool(p.fault == ""), nil },
	"GETERROR":    func(p *page, t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return fromUTF8(t, p.fault) },
	"GETPAGE":     func(p *page, _ *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return vm.Int(p.number), nil },
	"GETPAGESIZE": func(p *page, _ *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return vm.Int(p.size), nil },
	"GETOFFSET":   func(p *page, _ *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return vm.Int(p.offset()), nil },
	"GETORDER":    (*page).getOrder,
	"GETFIELDS":   func(p *page, t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return textArray(t, p.fields) },
	"GETFILTER":   (*page).getFilter,
	"GETFILTERS":  func(p *page, t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return objectOf(t, p.equal) },
	"GETSEARCH":   func(p *page, t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) { return fromUTF8(t, p.search) },
	"MATCHES":     (*page).matchesItem,
	"SELECT":      (*page).selectItem,
	"APPLY":       (*page).apply,
	"RESULT":      (*page).result,
	"ANSWER":      (*page).answer,
	"FAULT":       (*page).fail,
}

func (p *page) ClassName() string { return "RESTPAGE" }

// Walk visits no values.
func (p *page) Walk(func(vm.Value)) int { return p.bytes }

// Get is o:name. There are no such members.
func (p *page) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, vm.Errorf(vm.GenNoVarMethod, name, "class RESTPAGE has no property %s", name)
}

// Set is o:name := x.
func (p *page) Set(_ *vm.Thread, name string, _ vm.Value) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "class RESTPAGE has no property %s", name)
}

// Send calls a method; newRestPage says which.
func (p *page) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	m, ok := pageMethods[name]
	if !ok {
		return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "class RESTPAGE has no method %s", name)
	}
	v, err := m(p, t, name, a)
	return v, lib.WithoutArguments(err)
}

// offset returns how many items come before the page.
func (p *page) offset() int { return (p.number - 1) * p.size }

// begin is New: it reads the options and the query.
func (p *page) begin(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	options := a.Get(0)
	if _, ok := lib.JSONMembers(options); !ok && !options.IsNil() {
		return vm.Value{}, vm.ArgError(fn, a, 0, "a JSON object")
	}
	p.limit = pageLimits{
		size:   wholeOption(options, "pageSize", defaultPageSize),
		most:   min(wholeOption(options, "maxPageSize", defaultMostSize), maxPageSize),
		fields: namesOption(options, "fields"),
		search: namesOption(options, "search"),
	}
	p.size = min(p.limit.size, p.limit.most)
	query, err := p.query(t, options)
	if err != nil {
		return vm.Value{}, err
	}
	p.bytes = pageBytes + p.limit.bytes() + queryBytes(query)
	if err := t.Charge(p.bytes); err != nil {
		return vm.Value{}, err
	}
	for _, q := range query {
		if err := p.parameter(q.Name, q.Value); err != nil {
			p.fault = err.Error()
			break
		}
	}
	return p.self, nil
}

// bytes is about what the names take.
func (l *pageLimits) bytes() int {
	n := 0
	for _, name := range slices.Concat(l.fields, l.search) {
		n += len(name) + int(unsafe.Sizeof(name))
	}
	return n
}

// queryBytes is about what a page keeps of a query.
func queryBytes(query []exchange.Pair) int {
	n := 0
	for _, q := range query {
		n += len(q.Name) + len(q.Value) + int(unsafe.Sizeof(q))
	}
	return n
}

// query returns the parameters: those of the options, else of the request.
func (p *page) query(t *vm.Thread, options vm.Value) ([]exchange.Pair, error) {
	given, ok := lib.JSONMember(options, "query")
	if !ok {
		if r := requestOf(t); r != nil {
			return r.x.Query, nil
		}
		return nil, nil
	}
	members, ok := lib.JSONMembers(given)
	if !ok {
		return nil, vm.Errorf(vm.GenArg, "NEW", "the option query must be a JSON object")
	}
	var query []exchange.Pair
	for name, v := range members {
		if !v.IsNil() {
			query = append(query, exchange.Pair{Name: lib.ToUTF8(name), Value: lib.ToUTF8(lib.PlainText(t, v))})
		}
	}
	return query, nil
}

// wholeOption returns an option that is a number above 0.
func wholeOption(options vm.Value, name string, def int) int {
	v, _ := lib.JSONMember(options, name)
	if n := intIn(v); v.IsNum() && n > 0 {
		return n
	}
	return def
}

// namesOption returns an option that is an array of names.
func namesOption(options vm.Value, name string) []string {
	v, _ := lib.JSONMember(options, name)
	list, _ := elements(v)
	var names []string
	for _, e := range list {
		if e.IsStr() {
			names = append(names, dotted(lib.ToUTF8(e.Text())))
		}
	}
	return names
}

// dotted returns the name of a field with slashes for dots.
func dotted(name string) string { return strings.ReplaceAll(strings.TrimSpace(name), ".", "/") }

// parameter takes a parameter of the query. The error says what is wrong with it.
func (p *page) parameter(name, value string) (err error) {
	switch name {
	case "page":
		p.number, err = whole(name, value, maxPageNumber)
	case "pageSize":
		p.size, err = whole(name, value, 0)
		p.size = min(p.size, p.limit.most)
	case "order":
		return p.setOrder(value)
	case "fields":
		return p.setFields(value)
	case "$filter":
		return p.setFilter(name, value)
	case "filter":
		if len(p.limit.search) == 0 {
			return p.setFilter(name, value)
		}
		p.search = strings.TrimSpace(value)
	case "search":
		if len(p.limit.search) > 0 {
			p.search = strings.TrimSpace(value)
		}
	default:
		if field := dotted(name); slices.Contains(p.limit.fields, field) {
			p.equal = append(p.equal, exchange.Pair{Name: field, Value: value})
		}
	}
	return err
}

// whole reads a number from 1 to most, 0 for no bound.
func whole(name, value string, most int) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil || n < 1 || most > 0 && n > uint64(most) {
		return 1, fmt.Errorf("%s must be a whole number from 1", name)
	}
	return int(n), nil
}

// split splits a list of fields, of which there may be at most a number.
func split(name, value string, most int) ([]string, error) {
	var list []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if len(list) == most {
			return nil, fmt.Errorf("%s names more than %d fields", name, most)
		}
		list = append(list, part)
	}
	return list, nil
}

// known returns an error if there is no such field.
func (p *page) known(parameter, field string) error {
	if len(p.limit.fields) > 0 && !slices.Contains(p.limit.fields, field) {
		return fmt.Errorf("%s: there is no field %.60q", parameter, field)
	}
	return nil
}

func (p *page) setOrder(value string) error {
	list, err := split("order", value, maxOrder)
	if err != nil {
		return err
	}
	p.order = nil
	for _, part := range list {
		name, down := strings.CutPrefix(part, "-")
		field := dotted(strings.TrimPrefix(name, "+"))
		if err := p.known("order", field); err != nil {
			return err
		}
		p.order = append(p.order, orderBy{field, down})
	}
	return nil
}

func (p *page) setFields(value string) error {
	list, err := split("fields", value, maxFields)
	if err != nil {
		return err
	}
	p.fields = nil
	for _, part := range list {
		field := dotted(part)
		if err := p.known("fields", field); err != nil {
			return err
		}
		p.fields = append(p.fields, field)
	}
	return nil
}

func (p *page) setFilter(name, value string) error {
	if strings.TrimSpace(value) == "" {
		return nil
	}
	if p.filter != nil {
		return fmt.Errorf("%s: there is a filter already", name)
	}
	f, err := odata.Parse(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, field := range f.Fields() {
		if err := p.known(name, strings.Join(field.Path, "/")); err != nil {
			return err
		}
	}
	p.filter = f
	return nil
}

// getOrder returns the order as an array.
func (p *page) getOrder(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	h := lib.NewHold(t)
	elems := make([]vm.Value, len(p.order))
	for i, o := range p.order {
		field, err := h.Text(lib.FromUTF8(o.field))
		if err != nil {
			return vm.Value{}, err
		}
		if elems[i], err = h.Array(field, vm.Bool(o.down)); err != nil {
			return vm.Value{}, err
		}
	}
	return h.Array(elems...)
}

// fail makes what is wrong with the query the answer.
func (p *page) fail(t *vm.Thread, fn string, _ vm.Args) (vm.Value, error) {
	r, err := needRequest(t, fn)
	if err != nil || p.fault == "" {
		return vm.Bool(false), err
	}
	f := &fault{
		code:    vm.Int(http.StatusBadRequest),
		message: "the parameters of the list make no sense",
		detail:  lib.FromUTF8(p.fault),
		status:  http.StatusBadRequest,
	}
	return yes, r.setAnswer(t, f, &route.Route{Model: route.TLPP})
}

// answer makes the page of a list the answer.
func (p *page) answer(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	r, err := needRequest(t, fn)
	if err != nil {
		return vm.Value{}, err
	}
	if p.fault != "" {
		_, err := p.fail(t, fn, nil)
		return vm.Bool(false), err
	}
	v, err := p.apply(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	if r.x.Header.Get("Content-Type") == "" && !r.x.Started() {
		r.x.Header.Set("Content-Type", typeJSON)
	}
	return r.setResponse(t, fn, vm.Args{v})
}
