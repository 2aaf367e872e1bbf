package probat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"appserver/internal/advpl/vm"
)

// assertJson(xValue, xExpected[, cText]) → whether the two say the same JSON, in whatever order
// their names stand. Each is a JsonObject or a string of JSON; anything else fails. Source: TDN.
func assertJSON(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return verify(t, a, "assertJson", 2, func() (outcome, error) {
		var o outcome
		x, first, err := jsonText(t, a.Get(0))
		if err != nil {
			return o, err
		}
		y, second, err := jsonText(t, a.Get(1))
		if err != nil {
			return o, err
		}
		if first && second {
			o.ok, o.text, err = sameJSON(t, x, y)
		}
		if text := description(a, 2); text != "" && o.text != "" {
			o.text = text + ": " + o.text
		}
		o.differingTexts(x, y)
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

// sameJSON tells whether two texts in UTF-8 say the same; fault says which of them is no
// JSON, and where. The error is that of Poll.
func sameJSON(t *vm.Thread, x, y string) (same bool, fault string, err error) {
	p, first, err := readJSON(t, x)
	if err != nil {
		return false, "", err
	}
	q, second, err := readJSON(t, y)
	if err != nil {
		return false, "", err
	}
	if first != "" || second != "" {
		var faults []string
		for _, side := range [][2]string{{"the value", first}, {"the expected text", second}} {
			if side[1] != "" {
				faults = append(faults, side[0]+" is no JSON: "+side[1])
			}
		}
		return false, strings.Join(faults, "; "), nil
	}
	same, err = sameTree(t, p, q)
	return same, "", err
}

// maxJSONDepth is how deep JSON is read.
const maxJSONDepth = 1000

// Why a text is no JSON, beside what encoding/json says.
var (
	errDepth = fmt.Errorf("more than %d levels", maxJSONDepth)
	errMore  = errors.New("there is more after its end")
	errEnd   = errors.New("it ends too early")
)

// jsonTree reads JSON as json.Unmarshal does into an any, and polls.
type jsonTree struct {
	thread  *vm.Thread
	decoder *json.Decoder
	at      int64 // where the last token begins, or blanks before it
}

// token reads a token.
func (r *jsonTree) token() (json.Token, error) {
	r.at = r.decoder.InputOffset()
	return r.decoder.Token()
}

// readJSON returns what a text says; fault, if it is no JSON, why and where. The error is that
// of Poll.
func readJSON(t *vm.Thread, text string) (tree any, fault string, err error) {
	r := jsonTree{thread: t, decoder: json.NewDecoder(strings.NewReader(text))}
	switch tree, err = r.next(0); err {
	case nil:
		if _, err = r.token(); err == io.EOF {
			return tree, "", t.Poll()
		}
		err = errMore
	case io.EOF, io.ErrUnexpectedEOF:
		err = errEnd
	}
	return nil, fmt.Sprintf("%v, at %s", err, r.place(text)), t.Poll()
}

// place returns where in the text the last token begins, which is none.
func (r *jsonTree) place(text string) string {
	read := text[:min(int(r.at), len(text))]
	rest := strings.TrimLeft(text[len(read):], " \t\r\n,:")
	read = text[:len(text)-len(rest)]
	line := strings.Count(read, "\n") + 1
	column := utf8.RuneCountInString(read[strings.LastIndexByte(read, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

// next reads a value.
func (r *jsonTree) next(depth int) (any, error) {
	if r.thread.Stopping() {
		if err := r.thread.Poll(); err != nil {
			return nil, err
		}
	}
	token, err := r.token()
	delim, opens := token.(json.Delim)
	switch {
	case err != nil || !opens:
		return token, err
	case depth == maxJSONDepth:
		return nil, errDepth
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
	_, err := r.token()
	return list, err
}

func (r *jsonTree) object(depth int) (any, error) {
	members := map[string]any{}
	for r.decoder.More() {
		key, err := r.token()
		if err != nil {
			return nil, err
		}
		if members[key.(string)], err = r.next(depth); err != nil {
			return nil, err
		}
	}
	_, err := r.token()
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
