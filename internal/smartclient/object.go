package smartclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// object is a JSON object of a control frame, read strictly: names are
// case-sensitive and occur once, which encoding/json does not see to.
//
// Its methods read one member each. The first that does not hold what it
// should sets err, an *Error with CodeBadBody; a caller looks at err once,
// at the end.
type object struct {
	what    string // where the object stands, for messages
	members map[string]json.RawMessage
	err     error
}

// parseObject reads body, the whole of which must be one JSON object.
func parseObject(what string, body []byte) (*object, error) {
	members, err := parseMembers(body)
	if err != nil {
		return nil, badBody("%s: %v", what, err)
	}
	return &object{what: what, members: members}, nil
}

func parseMembers(body []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	members := make(map[string]json.RawMessage)
	for d.More() {
		name, value, err := parseMember(d)
		if err != nil {
			return nil, err
		}
		if _, ok := members[name]; ok {
			return nil, fmt.Errorf("member %q twice", name)
		}
		members[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("not a JSON object: it does not end")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	return members, nil
}

func parseMember(d *json.Decoder) (name string, value json.RawMessage, err error) {
	t, err := d.Token()
	if err != nil {
		return "", nil, fmt.Errorf("not JSON: %v", err)
	}
	name, ok := t.(string)
	if !ok {
		return "", nil, errors.New("not JSON: a member has no name")
	}
	if err := d.Decode(&value); err != nil {
		return "", nil, fmt.Errorf("member %q: not JSON: %v", name, err)
	}
	return name, value, nil
}

// take decodes member name into v and reports whether it was there.
func (o *object) take(name string, required bool, v any, want string) bool {
	raw, ok := o.members[name]
	if !ok {
		if required {
			o.fail("member %q is missing", name)
		}
		return false
	}
	if string(raw) == "null" || json.Unmarshal(raw, v) != nil {
		o.fail("member %q must be %s", name, want)
		return false
	}
	return true
}

// text returns member name, printable text of at most limit bytes.
func (o *object) text(name string, required bool, limit int) string {
	var s string
	if !o.take(name, required, &s, "text") {
		return ""
	}
	if s != printable(s, limit) {
		o.fail("member %q must be at most %d bytes of printable text", name, limit)
		return ""
	}
	return s
}

// message returns the member "message", which may be absent. What a terminal
// could misread is replaced: a message is not worth failing for.
func (o *object) message() string {
	var s string
	o.take("message", false, &s, "text")
	return printable(s, maxMessage)
}

// number returns member name, a whole number from lo to hi, or def if the
// member is absent.
func (o *object) number(name string, lo, hi, def int) int {
	var n int
	if !o.take(name, def == 0, &n, "a whole number") {
		return def
	}
	if n < lo || n > hi {
		o.fail("member %q is %d; it must be from %d to %d", name, n, lo, hi)
	}
	return n
}

// flag returns member name, false if absent.
func (o *object) flag(name string) bool {
	var b bool
	o.take(name, false, &b, "true or false")
	return b
}

// object returns the object in member name, or nil. The caller adopts its
// error when it is done with it.
func (o *object) object(name string, required bool) *object {
	var raw json.RawMessage
	if !o.take(name, required, &raw, "an object") {
		return nil
	}
	in, err := parseObject(o.what+"."+name, raw)
	if err != nil {
		o.keep(err)
		return nil
	}
	return in
}

// adopt takes over the error of an inner object.
func (o *object) adopt(in *object) { o.keep(in.err) }

func (o *object) fail(format string, args ...any) {
	o.keep(badBody("%s: %s", o.what, fmt.Sprintf(format, args...)))
}

func (o *object) keep(err error) {
	if o.err == nil {
		o.err = err
	}
}

// badBody cuts what it says: it may quote the other side.
func badBody(format string, args ...any) error {
	return &Error{Code: CodeBadBody, Message: printable(fmt.Sprintf(format, args...), maxMessage)}
}
