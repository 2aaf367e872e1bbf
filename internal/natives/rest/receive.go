package rest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/rest/route"
)

// fields returns the fields of the request's header, in the order of their names.
func (r *request) fields() []exchange.Pair {
	var list []exchange.Pair
	header := r.x.Request.Header
	for _, name := range slices.Sorted(maps.Keys(header)) {
		list = append(list, exchange.Pair{Name: name, Value: joined(name, header[name])})
	}
	return list
}

// receive sets the data of a service's object that the method receives, and that its path
// names, to what the request says, and returns the arguments of the method: the values of
// what it receives. Data of which the request says nothing keeps its value. The fault
// says what of the request has no value of its data's type.
func (r *request) receive(t *vm.Thread, o vm.Value, m *route.Match) (args []vm.Value, f *fault, err error) {
	for _, name := range m.Route.Receive {
		v, f, err := r.fill(t, o, m, name)
		if f != nil || err != nil {
			return nil, f, err
		}
		args = append(args, v)
	}
	for _, p := range m.Params {
		if p.Name == "" || slices.ContainsFunc(m.Route.Receive, func(name string) bool { return strings.EqualFold(name, p.Name) }) {
			continue
		}
		if _, f, err := r.fill(t, o, m, p.Name); f != nil || err != nil {
			return nil, f, err
		}
	}
	return args, nil, nil
}

// fill sets one member of the object and returns its value; a name that the class does
// not declare as data has a value all the same.
func (r *request) fill(t *vm.Thread, o vm.Value, m *route.Match, name string) (v vm.Value, f *fault, err error) {
	d := dataNamed(o.Object().Class, name)
	texts := r.sources(m, name)
	switch {
	case len(texts) == 0 && d == nil:
		return vm.Value{}, nil, nil
	case len(texts) == 0:
		v, err = t.Get(o, name)
		return v, nil, err
	}
	if v, f, err = typed(t, name, d, texts); f != nil || err != nil || d == nil {
		return v, f, err
	}
	return v, nil, t.Set(o, name, v)
}

// sources returns what the request says of a name: in the path, else in the query, else,
// if the method asks for that, in the header.
func (r *request) sources(m *route.Match, name string) []string {
	if texts := valuesOf(m.Params, name); texts != nil {
		return texts
	}
	if texts := valuesOf(r.x.Query, name); texts != nil {
		return texts
	}
	for _, p := range m.Route.Params {
		if p.In == "header" && strings.EqualFold(p.Name, name) {
			return r.x.Request.Header.Values(name)
		}
	}
	return nil
}

// valuesOf returns the values of a name, in any case.
func valuesOf(pairs []exchange.Pair, name string) []string {
	var texts []string
	for _, p := range pairs {
		if strings.EqualFold(p.Name, name) {
			texts = append(texts, p.Value)
		}
	}
	return texts
}

// dataNamed returns the declaration of the data; nil if the class has none of the name.
func dataNamed(c *vm.Class, name string) *code.Data {
	for ; c != nil; c = c.Parent() {
		for i := range c.Def.Data {
			if strings.EqualFold(c.Def.Data[i].Name, name) {
				return &c.Def.Data[i]
			}
		}
	}
	return nil
}

// typed returns the value that texts of the request have as data: an array of all of them
// if the data is declared so, else the first.
func typed(t *vm.Thread, name string, d *code.Data, texts []string) (vm.Value, *fault, error) {
	if d == nil || !isArray(d) {
		return one(t, name, d, texts[0])
	}
	h := lib.NewHold(t)
	var elems []vm.Value
	for _, s := range texts {
		v, f, err := one(t, name, d, s)
		if f != nil || err != nil {
			return vm.Value{}, f, err
		}
		elems = append(elems, v)
	}
	v, err := h.Array(elems...)
	return v, nil, err
}

func isArray(d *code.Data) bool {
	return slices.ContainsFunc(d.Meta, func(m code.Meta) bool { return m.Key == "ARRAY" })
}

// one returns the value of a text as data of its type: numbers, logicals and dates as in
// JSON or as AdvPL writes them, all else as it is.
func one(t *vm.Thread, name string, d *code.Data, s string) (vm.Value, *fault, error) {
	kind := ""
	if d != nil {
		kind = d.Type
	}
	trimmed := strings.TrimSpace(s)
	switch kind {
	case "integer", "int", "numeric", "number", "float", "double", "decimal", "long":
		n, ok := number(trimmed)
		if !ok {
			return vm.Value{}, badParameter(name, "a number"), nil
		}
		return vm.Num(n), nil, nil
	case "boolean", "logical":
		b, ok := logical(trimmed)
		if !ok {
			return vm.Value{}, badParameter(name, "true or false"), nil
		}
		return vm.Bool(b), nil, nil
	case "date":
		day, ok := date(trimmed)
		if !ok {
			return vm.Value{}, badParameter(name, "a date, YYYY-MM-DD"), nil
		}
		return vm.DateOf(day), nil, nil
	}
	v, err := fromUTF8(t, s)
	return v, nil, err
}

// number reads a number; "" is 0.
func number(s string) (float64, bool) {
	if s == "" {
		return 0, true
	}
	if strings.ContainsAny(s, "xXpP_iInN") { // what only Go writes
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// logical reads a logical; "" is false.
func logical(s string) (b, ok bool) {
	switch strings.ToLower(s) {
	case "true", "1", ".t.", "t", "s", "y":
		return true, true
	case "", "false", "0", ".f.", "f", "n":
		return false, true
	}
	return false, false
}

// date reads a date, YYYY-MM-DD or YYYYMMDD, and what follows it of a time; "" is the empty
// date.
func date(s string) (day int, ok bool) {
	if s == "" {
		return 0, true
	}
	s, _, _ = strings.Cut(s, "T")
	if len(s) == len("2006-01-02") && s[4] == '-' && s[7] == '-' {
		s = s[:4] + s[5:7] + s[8:]
	}
	if len(s) != len("20060102") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, false
	}
	day = lib.DayOf(int(n/10000), int(n/100%100), int(n%100))
	return day, day != 0
}
