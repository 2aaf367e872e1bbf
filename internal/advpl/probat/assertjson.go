package probat

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"

	"appserver/internal/advpl/vm"
)

// assertJson(xValue, xExpected[, cText]) → whether the two say the same JSON, in whatever order
// their names stand. Each is a JsonObject or a string of JSON; anything else fails. Source: TDN.
func assertJSON(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return verify(t, a, "assertJson", 2, func() (outcome, error) {
		x, first, err := jsonText(t, a.Get(0))
		if err != nil {
			return outcome{}, err
		}
		y, second, err := jsonText(t, a.Get(1))
		if err != nil {
			return outcome{}, err
		}
		o := outcome{actual: cut(x, maxText), expected: cut(y, maxText)}
		if first && second {
			o.ok, err = sameJSON(t, x, y)
		}
		return o, err
	})
}

// jsonCost is about how many bytes a byte of JSON takes while two are compared.
const jsonCost = 16

// jsonText returns the JSON that v is or says, in UTF-8; if it is of another kind, ok is
// false and the text is v as messages show it.
func jsonText(t *vm.Thread, v vm.Value) (text string, ok bool, err error) {
	if v.Kind() == vm.Object && v.Object().ClassName() == "JSONOBJECT" {
		if v, err = t.Send(v, "TOJSON"); err != nil {
			return "", false, err
		}
	}
	if !v.IsStr() {
		return show(v), false, nil
	}
	if err := t.Charge(jsonCost * min(v.Len(), math.MaxInt/jsonCost)); err != nil {
		return "", false, err
	}
	return strings.TrimPrefix(inUTF8(v.Text()), "\ufeff"), true, nil
}

// sameJSON tells whether two texts in UTF-8 say the same. The error is that of Poll.
func sameJSON(t *vm.Thread, x, y string) (bool, error) {
	p, ok, err := readJSON(t, x)
	if !ok || err != nil {
		return false, err
	}
	q, ok, err := readJSON(t, y)
	if !ok || err != nil {
		return false, err
	}
	return sameTree(t, p, q)
}

// maxJSONDepth is how deep JSON is read.
const maxJSONDepth = 1000

var errNoJSON = errors.New("no JSON")

// jsonTree reads JSON as json.Unmarshal does into an any, and polls.
type jsonTree struct {
	thread  *vm.Thread
	decoder *json.Decoder
}

// readJSON returns what a text says; ok is false if it is no JSON. The error is that of Poll.
func readJSON(t *vm.Thread, text string) (tree any, ok bool, err error) {
	r := jsonTree{t, json.NewDecoder(strings.NewReader(text))}
	if tree, err = r.next(0); err == nil {
		_, err = r.decoder.Token()
		ok = err == io.EOF
	}
	return tree, ok, t.Poll()
}

// next reads a value.
func (r *jsonTree) next(depth int) (any, error) {
	if r.thread.Stopping() {
		if err := r.thread.Poll(); err != nil {
			return nil, err
		}
	}
	token, err := r.decoder.Token()
	delim, opens := token.(json.Delim)
	switch {
	case err != nil || !opens:
		return token, err
	case depth == maxJSONDepth:
		return nil, errNoJSON
	case delim == '[':
		return r.array(depth + 1)
	}
	return r.object(depth + 1)
}

func (r *jsonTree) array(depth int) (any, error) {
	list := []any{}
	for r.decoder.More() {
		v, err := r.next(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := r.decoder.Token()
	return list, err
}

func (r *jsonTree) object(depth int) (any, error) {
	members := map[string]any{}
	for r.decoder.More() {
		key, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		if members[key.(string)], err = r.next(depth); err != nil {
			return nil, err
		}
	}
	_, err := r.decoder.Token()
	return members, err
}

// sameTree tells whether two trees of readJSON are equal. The error is that of Poll.
func sameTree(t *vm.Thread, x, y any) (bool, error) {
	if t.Stopping() {
		if err := t.Poll(); err != nil {
			return false, err
		}
	}
	switch p := x.(type) {
	case []any:
		q, ok := y.([]any)
		if !ok || len(p) != len(q) {
			return false, nil
		}
		for i := range p {
			if same, err := sameTree(t, p[i], q[i]); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case map[string]any:
		q, ok := y.(map[string]any)
		if !ok || len(p) != len(q) {
			return false, nil
		}
		for key := range p {
			other, has := q[key]
			if !has {
				return false, nil
			}
			if same, err := sameTree(t, p[key], other); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	}
	switch y.(type) {
	case []any, map[string]any:
		return false, nil
	}
	return x == y, nil
}
