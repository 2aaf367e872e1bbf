package rest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/odata"
)

// apply makes the page of a list in memory.
func (p *page) apply(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	list, ok := elements(a.Get(0))
	if !ok {
		return vm.Value{}, vm.ArgError(fn, a, 0, "an array of JSON objects")
	}
	if err := t.CheckArray(len(list)); err != nil {
		return vm.Value{}, err
	}
	kept := make([]vm.Value, 0, len(list))
	for i, item := range list {
		if err := poll(t, i); err != nil {
			return vm.Value{}, err
		}
		if p.matches(item) {
			kept = append(kept, item)
		}
	}
	if err := p.sort(t, kept); err != nil {
		return vm.Value{}, err
	}
	from := min(p.offset(), len(kept))
	to := min(from+p.size, len(kept))
	return p.envelope(t, kept[from:to], to < len(kept))
}

// pollTurns is after how many items a thread looks whether it has to end, unless it is told
// before.
const pollTurns = 64

func poll(t *vm.Thread, turn int) error {
	if turn%pollTurns != 0 && !t.Stopping() {
		return nil
	}
	return t.Poll()
}

// result makes the answer of a page that the program has made.
func (p *page) result(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	list, ok := elements(a.Get(0))
	if !ok {
		return vm.Value{}, vm.ArgError(fn, a, 0, "an array of JSON objects")
	}
	more, err := lib.OptBool(fn, a, 1, false)
	if err != nil {
		return vm.Value{}, err
	}
	return p.envelope(t, list, more)
}

// envelope makes {"items", "hasNext"} of items, which are cut to the fields.
func (p *page) envelope(t *vm.Thread, list []vm.Value, more bool) (vm.Value, error) {
	if err := t.CheckArray(len(list)); err != nil {
		return vm.Value{}, err
	}
	items := make([]vm.Value, len(list))
	for i, item := range list {
		if err := poll(t, i); err != nil {
			return vm.Value{}, err
		}
		cut, err := p.cut(t, item)
		if err != nil {
			return vm.Value{}, err
		}
		items[i] = cut
	}
	return jsonWith(t, member{"items", vm.NewArray(items)}, member{"hasNext", vm.Bool(more)})
}

// matchesItem is the method Matches.
func (p *page) matchesItem(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	if err := needItem(fn, a); err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(p.matches(a.Get(0))), nil
}

// selectItem is the method Select.
func (p *page) selectItem(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	if err := needItem(fn, a); err != nil {
		return vm.Value{}, err
	}
	return p.cut(t, a.Get(0))
}

func needItem(fn string, a vm.Args) error {
	if _, ok := lib.JSONMembers(a.Get(0)); !ok {
		return vm.ArgError(fn, a, 0, "a JSON object")
	}
	return nil
}

// cut returns an item with the fields that are asked for: of one within another the outer
// one has only that.
func (p *page) cut(t *vm.Thread, item vm.Value) (vm.Value, error) {
	if len(p.fields) == 0 {
		return item, nil
	}
	o, err := lib.NewJSON(t)
	if err != nil {
		return vm.Value{}, err
	}
	for _, field := range p.fields {
		path := strings.Split(lib.FromUTF8(field), "/")
		v, ok := at(item, path)
		if !ok {
			continue
		}
		if err := put(t, o, path, v); err != nil {
			return vm.Value{}, err
		}
	}
	return o, nil
}

// at returns the value of a field of an item, given in the code page.
func at(item vm.Value, path []string) (v vm.Value, ok bool) {
	for _, name := range path {
		if item, ok = lib.JSONMember(item, name); !ok {
			return vm.Value{}, false
		}
	}
	return item, true
}

// put sets a field of an object, and makes the objects that it is within.
func put(t *vm.Thread, o vm.Value, path []string, v vm.Value) error {
	for _, name := range path[:len(path)-1] {
		inner, ok := lib.JSONMember(o, name)
		if _, object := lib.JSONMembers(inner); !ok || !object {
			var err error
			if inner, err = lib.NewJSON(t); err != nil {
				return err
			}
			if err := lib.SetJSON(t, o, name, inner); err != nil {
				return err
			}
		}
		o = inner
	}
	return lib.SetJSON(t, o, path[len(path)-1], v)
}

// matches tells whether an item passes all filters.
func (p *page) matches(item vm.Value) bool {
	get := func(path []string) odata.Value { return valueAt(item, path) }
	if p.filter != nil && !p.filter.Match(get) {
		return false
	}
	for _, e := range p.equal {
		if !hasText(get(strings.Split(e.Name, "/")), e.Value) {
			return false
		}
	}
	return p.search == "" || p.found(get)
}

// found tells whether one of the fields that are searched has the text.
func (p *page) found(get func([]string) odata.Value) bool {
	sought := strings.ToLower(p.search)
	return slices.ContainsFunc(p.limit.search, func(field string) bool {
		v := get(strings.Split(field, "/"))
		switch v.Type {
		case odata.String:
			return strings.Contains(strings.ToLower(v.String), sought)
		case odata.Number:
			return strings.Contains(strconv.FormatFloat(v.Number, 'f', -1, 64), sought)
		}
		return false
	})
}

// hasText tells whether a value is the one that a text of a query names.
func hasText(v odata.Value, text string) bool {
	switch v.Type {
	case odata.String:
		return v.String == text
	case odata.Number:
		n, ok := number(text)
		return ok && text != "" && n == v.Number
	case odata.Bool:
		b, ok := logical(text)
		return ok && text != "" && b == v.Bool
	case odata.Time:
		when, ok := odata.ParseTime(text)
		if day, plain := date(text); !ok && plain {
			return day == lib.DayOf(v.Time.Year(), int(v.Time.Month()), v.Time.Day())
		}
		return ok && when.Equal(v.Time)
	}
	return false
}

// valueAt returns the value of a field of an item for a filter.
func valueAt(item vm.Value, path []string) odata.Value {
	for _, name := range path {
		m, ok := lib.JSONMember(item, name)
		if !ok {
			if m, ok = lib.JSONMember(item, lib.FromUTF8(name)); !ok {
				return odata.Value{Type: odata.Null}
			}
		}
		item = m
	}
	return valueOf(item)
}

// valueOf returns a value for a filter.
func valueOf(v vm.Value) odata.Value {
	switch v.Kind() {
	case vm.Nil:
		return odata.Value{Type: odata.Null}
	case vm.String:
		return odata.Value{Type: odata.String, String: wire(v.Text())}
	case vm.Number:
		return odata.Value{Type: odata.Number, Number: v.Float()}
	case vm.Logical:
		return odata.Value{Type: odata.Bool, Bool: v.Truth()}
	case vm.Date:
		year, month, day := lib.Civil(v.Day())
		if year == 0 {
			return odata.Value{Type: odata.Null}
		}
		return odata.Value{Type: odata.Time, Time: time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)}
	}
	return odata.Value{Type: odata.Any}
}

// sort orders items. NIL comes first, then logicals, numbers, strings and dates.
func (p *page) sort(t *vm.Thread, list []vm.Value) error {
	if len(p.order) == 0 {
		return nil
	}
	paths := make([][]string, len(p.order))
	for i, o := range p.order {
		paths[i] = strings.Split(lib.FromUTF8(o.field), "/")
	}
	turn := 0
	slices.SortStableFunc(list, func(x, y vm.Value) int {
		if turn++; turn%pollTurns == 0 && t.Stopping() {
			return 0
		}
		for i, o := range p.order {
			a, _ := at(x, paths[i])
			b, _ := at(y, paths[i])
			order := compare(a, b)
			if o.down {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	return t.Poll()
}

// ranks order values of different kinds.
var ranks = map[vm.Kind]int{vm.Nil: 0, vm.Logical: 1, vm.Number: 2, vm.String: 3, vm.Date: 4}

// compare orders two values of items; arrays and objects are all alike.
func compare(a, b vm.Value) int {
	if order, ok := vm.Compare(a, b); ok {
		return order
	}
	rank := func(v vm.Value) int {
		if r, ok := ranks[v.Kind()]; ok {
			return r
		}
		return len(ranks)
	}
	return cmp.Compare(rank(a), rank(b))
}

// getFilter returns the expression of $filter as JSON objects.
func (p *page) getFilter(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	if p.filter == nil {
		return vm.Value{}, nil
	}
	return tree(t, p.filter.Root)
}

// tree returns an expression as JSON objects.
func tree(t *vm.Thread, x odata.Expr) (vm.Value, error) {
	switch x := x.(type) {
	case *odata.Binary:
		left, err := tree(t, x.Left)
		if err != nil {
			return vm.Value{}, err
		}
		right, err := tree(t, x.Right)
		if err != nil {
			return vm.Value{}, err
		}
		return jsonWith(t, member{"op", vm.Str(string(x.Op))}, member{"left", left}, member{"right", right})
	case *odata.Not:
		operand, err := tree(t, x.X)
		if err != nil {
			return vm.Value{}, err
		}
		return jsonWith(t, member{"op", vm.Str("not")}, member{"operand", operand})
	case *odata.Call:
		args := make([]vm.Value, len(x.Args))
		for i, arg := range x.Args {
			v, err := tree(t, arg)
			if err != nil {
				return vm.Value{}, err
			}
			args[i] = v
		}
		return jsonWith(t, member{"function", vm.Str(x.Func)}, member{"arguments", vm.NewArray(args)})
	case *odata.Field:
		return jsonWith(t, member{"field", vm.Str(lib.FromUTF8(strings.Join(x.Path, "/")))})
	case *odata.Literal:
		return jsonWith(t, member{"value", literal(x.Value)}, member{"type", vm.Str(x.Value.Type.String())})
	}
	return vm.Value{}, nil
}

// literal returns a constant: a date as a date, one with a time as text.
func literal(v odata.Value) vm.Value {
	switch v.Type {
	case odata.Bool:
		return vm.Bool(v.Bool)
	case odata.String:
		return vm.Str(lib.FromUTF8(v.String))
	case odata.Number:
		return vm.Num(v.Number)
	case odata.Time:
		if v.Time.Equal(v.Time.Truncate(24 * time.Hour)) {
			return vm.DateOf(lib.DayOf(v.Time.Year(), int(v.Time.Month()), v.Time.Day()))
		}
		return vm.Str(v.Time.Format(time.RFC3339Nano))
	}
	return vm.Value{}
}
