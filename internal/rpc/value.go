package rpc

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	"unsafe"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Limits of the values of one message.
const (
	// maxDepth is how deep arrays may be nested.
	maxDepth = 100
	// maxValues is how many values there may be, arrays and their elements.
	maxValues = 1 << 19
	// maxJSON is how long the texts of all JSON objects may be, and maxJSONMemory what they may
	// take when they are read, if the thread that they are for may not have less; in bytes.
	maxJSON       = 64 << 20
	maxJSONMemory = 256 << 20
)

// Errors of values that cannot be sent.
var (
	errObject  = errors.New("objects cannot be sent to another server")
	errBlock   = errors.New("code blocks cannot be sent to another server")
	errDepth   = fmt.Errorf("arrays are nested more than %d deep, or hold each other", maxDepth)
	errValues  = fmt.Errorf("there are more than %d values", maxValues)
	errNumber  = errors.New("a number is not finite")
	errJSON    = fmt.Errorf("the texts of JSON objects have more than %d bytes", maxJSON)
	errUnknown = errors.New("a value is of a kind that is not known here: the peer is of a later version")
)

// EncodeValue returns the message for v with strings as Windows-1252. The error says
// why v cannot be sent: objects other than those of JsonObject, code blocks, arrays that
// hold each other or are nested too deep, numbers that are not finite, too many values.
// An array that is reached twice arrives as two. The message shares the bytes of strings
// with v: it is for sending, not for changing.
func EncodeValue(v vm.Value) (*rpcv1.Value, error) {
	e := encoder{strict: true}
	return e.value(v, 0)
}

// DecodeValue returns the value that m stands for. It shares the bytes of strings with m,
// which must not be changed any more. The error says what is wrong with m.
func DecodeValue(m *rpcv1.Value) (vm.Value, error) {
	var d decoder
	return d.value(m, 0)
}

// encoder makes the messages of the values of one message.
type encoder struct {
	utf8   bool // strings as Unicode text
	strict bool // what cannot be sent is an error; else NIL
	values int
	texts  int // bytes of the texts of strings and JSON objects
	json   int // of those, of JSON objects
}

// Bounds of what a message takes in bytes beside its texts: each value, and all that is
// around them.
const (
	valueBytes    = 32
	envelopeBytes = 64
)

// size returns a bound of the length of the message with what was encoded, in bytes.
func (e *encoder) size() int { return envelopeBytes + valueBytes*e.values + e.texts }

// all encodes values in their order.
func (e *encoder) all(values []vm.Value, depth int) ([]*rpcv1.Value, error) {
	if len(values) > maxValues-e.values {
		return nil, errValues
	}
	list := make([]*rpcv1.Value, len(values))
	for i, v := range values {
		m, err := e.value(v, depth)
		if err != nil {
			return nil, err
		}
		list[i] = m
	}
	return list, nil
}

func (e *encoder) value(v vm.Value, depth int) (*rpcv1.Value, error) {
	if e.values++; e.values > maxValues {
		return nil, errValues
	}
	switch v.Kind() {
	case vm.Nil:
		return &rpcv1.Value{}, nil
	case vm.Logical:
		return &rpcv1.Value{Kind: &rpcv1.Value_Logical{Logical: v.Truth()}}, nil
	case vm.Number:
		return encodeNumber(v.Float())
	case vm.Date:
		return &rpcv1.Value{Kind: &rpcv1.Value_Date{Date: dateText(v.Day())}}, nil
	case vm.String:
		return e.text(v.Text()), nil
	case vm.Array:
		return e.array(v.Array().Elems, depth+1)
	case vm.Object:
		return e.object(v)
	}
	return e.nothing(errBlock)
}

func encodeNumber(f float64) (*rpcv1.Value, error) {
	if !finite(f) {
		return nil, errNumber
	}
	return &rpcv1.Value{Kind: &rpcv1.Value_Number{Number: f}}, nil
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func (e *encoder) text(s string) *rpcv1.Value {
	if e.utf8 {
		s = lib.ToUTF8(s)
		e.texts += len(s)
		return &rpcv1.Value{Kind: &rpcv1.Value_Utf8{Utf8: s}}
	}
	e.texts += len(s)
	return &rpcv1.Value{Kind: &rpcv1.Value_Cp1252{Cp1252: unsafe.Slice(unsafe.StringData(s), len(s))}}
}

func (e *encoder) array(elems []vm.Value, depth int) (*rpcv1.Value, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	list, err := e.all(elems, depth)
	if err != nil {
		return nil, err
	}
	return &rpcv1.Value{Kind: &rpcv1.Value_Array{Array: &rpcv1.Array{Elements: list}}}, nil
}

// object encodes an object of JsonObject.
func (e *encoder) object(v vm.Value) (*rpcv1.Value, error) {
	text, ok, err := lib.JSONText(scratch(maxJSONMemory), v)
	if err != nil {
		return nil, fmt.Errorf("a JSON object: %w", err)
	}
	if !ok {
		return e.nothing(errObject)
	}
	if e.json += len(text); e.json > maxJSON {
		return nil, errJSON
	}
	text = lib.ToUTF8(text)
	e.texts += len(text)
	return &rpcv1.Value{Kind: &rpcv1.Value_Json{Json: text}}, nil
}

// nothing is what stands for a value that cannot be sent.
func (e *encoder) nothing(why error) (*rpcv1.Value, error) {
	if e.strict {
		return nil, why
	}
	return &rpcv1.Value{}, nil
}

// decoder makes the values of one message.
type decoder struct {
	memory int64 // of the thread that they are for, in bytes; 0: maxJSONMemory
	values int
	json   int        // bytes of the texts of JSON objects
	reader *vm.Thread // of these; nil: there was none yet
	read   vm.Value   // array of what it has read, which it thus counts
}

// all decodes values in their order.
func (d *decoder) all(messages []*rpcv1.Value, depth int) ([]vm.Value, error) {
	if len(messages) > maxValues-d.values {
		return nil, errValues
	}
	values := make([]vm.Value, len(messages))
	for i, m := range messages {
		v, err := d.value(m, depth)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

func (d *decoder) value(m *rpcv1.Value, depth int) (vm.Value, error) {
	if d.values++; d.values > maxValues {
		return vm.Value{}, errValues
	}
	switch kind := m.GetKind().(type) {
	case nil:
		return noKind(m)
	case *rpcv1.Value_Logical:
		return vm.Bool(kind.Logical), nil
	case *rpcv1.Value_Number:
		return decodeNumber(kind.Number)
	case *rpcv1.Value_Cp1252:
		return vm.Str(unsafe.String(unsafe.SliceData(kind.Cp1252), len(kind.Cp1252))), nil
	case *rpcv1.Value_Utf8:
		return decodeText(kind.Utf8)
	case *rpcv1.Value_Date:
		return parseDate(kind.Date)
	case *rpcv1.Value_Array:
		return d.array(kind.Array, depth+1)
	case *rpcv1.Value_Json:
		return d.object(kind.Json)
	}
	return vm.Value{}, errUnknown
}

// noKind is NIL, unless the sender set a kind of a later version.
func noKind(m *rpcv1.Value) (vm.Value, error) {
	if m != nil && len(m.ProtoReflect().GetUnknown()) > 0 {
		return vm.Value{}, errUnknown
	}
	return vm.Value{}, nil
}

func decodeNumber(f float64) (vm.Value, error) {
	if !finite(f) {
		return vm.Value{}, errNumber
	}
	return vm.Num(f), nil
}

func decodeText(s string) (vm.Value, error) {
	text, err := toPage(s)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Str(text), nil
}

func (d *decoder) array(m *rpcv1.Array, depth int) (vm.Value, error) {
	if depth > maxDepth {
		return vm.Value{}, errDepth
	}
	elems, err := d.all(m.GetElements(), depth)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.NewArray(elems), nil
}

// object makes an object of JsonObject.
func (d *decoder) object(s string) (vm.Value, error) {
	if d.json += len(s); d.json > maxJSON {
		return vm.Value{}, errJSON
	}
	text, err := toPage(s)
	if err != nil {
		return vm.Value{}, err
	}
	t, err := d.thread()
	if err != nil {
		return vm.Value{}, err
	}
	v, err := lib.ParseJSON(t, text)
	if err != nil {
		return vm.Value{}, fmt.Errorf("a JSON object: %w", err)
	}
	all := d.read.Array()
	all.Elems = append(all.Elems, v)
	return v, nil
}

// thread returns the thread whose limits bound what is read.
func (d *decoder) thread() (*vm.Thread, error) {
	if d.reader != nil {
		return d.reader, nil
	}
	d.reader, d.read = scratch(min(cmp.Or(d.memory, maxJSONMemory), maxJSONMemory)), vm.NewArray(nil)
	return d.reader, d.reader.MakePublic("READ", d.read)
}

// noPrograms is a program without functions.
var noPrograms = sync.OnceValue(func() *vm.Program {
	p, err := vm.Link(nil, nil)
	if err != nil {
		panic(err) // nothing contradicts itself
	}
	return p
})

// scratch returns a thread whose limits bound the reading or writing of JSON texts.
func scratch(memory int64) *vm.Thread {
	return noPrograms().NewThread(vm.Options{Limits: vm.Limits{String: maxJSON, Memory: memory}})
}

// dateText returns a day as YYYY-MM-DD, "" for the empty date.
func dateText(day int) string {
	y, m, d := lib.Civil(day)
	if y == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

func parseDate(s string) (vm.Value, error) {
	if s == "" {
		return vm.DateOf(0), nil
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil || day.Year() < 1 {
		return vm.Value{}, fmt.Errorf("a date is %.20q; YYYY-MM-DD is wanted, of the years 1 to 9999, or nothing for the empty date", s)
	}
	return vm.DateOf(lib.DayOf(day.Year(), int(day.Month()), day.Day())), nil
}

// toPage returns the bytes of s in Windows-1252, the code page of programs. The error names
// a character that it lacks.
func toPage(s string) (string, error) {
	text := lib.FromUTF8(s)
	if lib.ToUTF8(text) == s {
		return strings.Clone(text), nil
	}
	for _, r := range s {
		if c := string(r); lib.ToUTF8(lib.FromUTF8(c)) != c {
			return "", fmt.Errorf("the character %U is not in Windows-1252, the code page of programs: send the bytes as cp1252", r)
		}
	}
	return "", errors.New("a text is not valid UTF-8")
}
